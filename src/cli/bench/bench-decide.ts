import { DECIDE, DECIDE_REPLIES, DECIDE_STREAM, type DecideBodies } from './decide-bodies.ts';
import type { MeasuredChild } from './measured-child.ts';
import { Series, sampleOpenStream, sampleOpenUnary, sampleStream, sampleUnary } from './sample.ts';
import { atLeast, atMost, type Law, rounded } from './summary.ts';

/** The three servers of the comparison, running, each with its CPU clock. */
export interface DecideSides {
  readonly target: MeasuredChild;
  readonly echo: MeasuredChild;
  /** The echo that leaves the bytes unread. */
  readonly echoRaw: MeasuredChild;
}

export interface DecidePlan {
  readonly runs: number;
  readonly warmSeconds: number;
  readonly seconds: number;
  readonly bodies: DecideBodies;
  /** Called with a sentence before each load run. */
  readonly progress: (done: number, of: number, what: string) => void;
  /** Runs a load and answers the service's own account of it: microseconds a request by stage. */
  readonly stages: (load: () => Promise<unknown>) => Promise<Record<string, number>>;
}

const IN_FLIGHT = 64;
const IN_FLIGHT_FEW = 8;
/** Share of the highest rate of a closed loop at which the open loop runs. */
const OPEN_SHARE = 0.5;
const ECHO_ALLOWANCE_MS = 3;
const P99_MS_MAX = 10;

export interface DecideFigures {
  readonly figures: Record<string, number | Record<string, number>>;
  readonly laws: readonly Law[];
  /** Microseconds of a unary Decide at 64 in flight by stage, in wall time of the service. */
  readonly stages: Record<string, number>;
}

/**
 * Decide against a bare echo, turn about, so that what the machine does to one it does to the other. CPU and throughput
 * come from closed loops, latency from an open loop at half of the service's highest rate,
 * the echo's at the same rate, or at half of its own highest where that is less.
 */
export async function benchDecide(sides: DecideSides, plan: DecidePlan): Promise<DecideFigures> {
  const { bodies, seconds, warmSeconds } = plan;
  const base = { connections: 1, warmSeconds, seconds };
  const unary = { ...base, path: DECIDE, nextBody: bodies.unary };
  const stream = { ...base, path: DECIDE_STREAM, nextBody: bodies.stream, replies: DECIDE_REPLIES };
  const series = {
    echo: new Series(),
    target: new Series(),
    echoRaw: new Series(),
    echoFew: new Series(),
    targetFew: new Series(),
    echoStream: new Series(),
    targetStream: new Series(),
    targetOpen: new Series(),
    echoOpen: new Series(),
    targetOpenStream: new Series(),
  };
  const steps: [keyof typeof series, () => ReturnType<typeof sampleUnary>][] = [
    ['echo', () => sampleUnary(sides.echo, { ...unary, inFlight: IN_FLIGHT })],
    ['target', () => sampleUnary(sides.target, { ...unary, inFlight: IN_FLIGHT })],
    ['targetStream', () => sampleStream(sides.target, { ...stream, inFlight: IN_FLIGHT })],
    ['echoFew', () => sampleUnary(sides.echo, { ...unary, inFlight: IN_FLIGHT_FEW })],
    ['targetFew', () => sampleUnary(sides.target, { ...unary, inFlight: IN_FLIGHT_FEW })],
    ['echoRaw', () => sampleUnary(sides.echoRaw, { ...unary, inFlight: IN_FLIGHT })],
    ['echoStream', () => sampleStream(sides.echo, { ...stream, inFlight: IN_FLIGHT })],
  ];
  const openSteps = (): typeof steps => {
    const perSecond = Math.max(1, series.target.perSecond * OPEN_SHARE);
    // Where the service outruns the echo, its rate would drown the echo and make any latency look fine beside it.
    const perSecondEcho = Math.min(perSecond, Math.max(1, series.echo.perSecond * OPEN_SHARE));
    const perSecondStream = Math.max(1, series.targetStream.perSecond * OPEN_SHARE);
    return [
      ['echoOpen', () => sampleOpenUnary(sides.echo, { ...unary, perSecond: perSecondEcho })],
      ['targetOpen', () => sampleOpenUnary(sides.target, { ...unary, perSecond })],
      ['targetOpenStream', () => sampleOpenStream(sides.target, { ...stream, perSecond: perSecondStream })],
    ];
  };
  const total = plan.runs * (steps.length + 3);
  let done = 0;
  for (let phase = 0; phase < 2; phase++) {
    const phaseSteps = phase === 0 ? steps : openSteps();
    for (let run = 0; run < plan.runs; run++) {
      // Every second run goes backwards, so that a drift of the machine does not favour who comes first.
      for (const [name, sample] of run % 2 === 0 ? phaseSteps : [...phaseSteps].reverse()) {
        plan.progress(done++, total, `${name}, run ${run + 1} of ${plan.runs}`);
        series[name].add(await sample());
      }
    }
  }
  const stages = await plan.stages(() => sampleUnary(sides.target, { ...unary, inFlight: IN_FLIGHT }));
  for (const [stage, micros] of Object.entries(stages)) stages[stage] = rounded(micros);
  return { ...report(series, plan), stages };
}

function report(series: Record<string, Series>, plan: DecidePlan): Omit<DecideFigures, 'stages'> {
  const at = (name: string) => series[name] as Series;
  const p99Ms = at('targetOpen').quantileMs(0.99);
  const echoP99Ms = at('echoOpen').quantileMs(0.99);
  const cpuRatioUnary = at('target').cpuRatioTo(at('echo'));
  const cpuRatioStream = at('targetStream').cpuRatioTo(at('echo'));
  const throughputRatioStream = at('targetStream').throughputRatioTo(at('echo'));
  const errorCount = Object.values(series).reduce((sum, one) => sum + one.errorCount, 0);
  const micros = (name: string) => rounded(at(name).serverMicros);
  const rate = (name: string) => Math.round(at(name).perSecond);
  const latency = (name: string, q: number) => rounded(at(name).quantileMs(q));
  const figures = {
    cpuRatioUnary: rounded(cpuRatioUnary),
    cpuRatioUnary8: rounded(at('targetFew').cpuRatioTo(at('echoFew'))),
    cpuRatioUnaryRaw: rounded(at('target').cpuRatioTo(at('echoRaw'))),
    cpuRatioStream: rounded(cpuRatioStream),
    throughputRatioStream: rounded(throughputRatioStream),
    p50Ms: latency('targetOpen', 0.5),
    p99Ms: rounded(p99Ms),
    p999Ms: latency('targetOpen', 0.999),
    echoP99Ms: rounded(echoP99Ms),
    echoP50Ms: latency('echoOpen', 0.5),
    echoP999Ms: latency('echoOpen', 0.999),
    maxMs: rounded(at('targetOpen').maxMs),
    openPerSecond: Math.round(at('target').perSecond * OPEN_SHARE),
    echoOpenPerSecond: Math.round(Math.min(at('target').perSecond, at('echo').perSecond) * OPEN_SHARE),
    clientLateP99Ms: rounded(at('targetOpen').latenessMs(0.99)),
    streamP50Ms: latency('targetOpenStream', 0.5),
    streamP99Ms: latency('targetOpenStream', 0.99),
    streamP999Ms: latency('targetOpenStream', 0.999),
    openPerSecondStream: Math.round(at('targetStream').perSecond * OPEN_SHARE),
    microsPerCall: {
      decideUnary: micros('target'),
      decideUnary8: micros('targetFew'),
      decideStream: micros('targetStream'),
      decideUnaryOpen: micros('targetOpen'),
      echoUnary: micros('echo'),
      echoUnary8: micros('echoFew'),
      echoUnaryRaw: micros('echoRaw'),
      echoStream: micros('echoStream'),
    },
    clientMicrosPerCall: {
      unary: rounded(at('target').clientMicros),
      unary8: rounded(at('targetFew').clientMicros),
      stream: rounded(at('targetStream').clientMicros),
    },
    perSecond: {
      decideUnary: rate('target'),
      decideStream: rate('targetStream'),
      echoUnary: rate('echo'),
      echoStream: rate('echoStream'),
    },
    requestBytes: Math.round(plan.bodies.bytesMean),
    errors: errorCount,
    errorsByStatus: mergedErrors(Object.values(series)),
    runs: plan.runs,
    secondsPerRun: plan.seconds,
  };
  const laws = [
    atMost('cpuRatioUnary', cpuRatioUnary, 1.5),
    atMost('cpuRatioStream', cpuRatioStream, 0.7),
    atLeast('throughputRatioStream', throughputRatioStream, 1.5),
    atMost('p99Ms', p99Ms, Math.max(P99_MS_MAX, echoP99Ms + ECHO_ALLOWANCE_MS)),
    atMost('errors', errorCount, 0),
  ];
  return { figures, laws };
}

function mergedErrors(all: readonly Series[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const { errors } of all) {
    for (const [code, count] of Object.entries(errors)) merged[code] = (merged[code] ?? 0) + count;
  }
  return merged;
}
