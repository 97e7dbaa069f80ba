import { DECIDE, DECIDE_REPLIES, DECIDE_STREAM, type DecideBodies } from './decide-bodies.ts';
import type { MeasuredChild } from './measured-child.ts';
import { type RoundStep, Rounds, type RoundsPlan } from './rounds.ts';
import { sampleCore, sampleOpenStream, sampleOpenUnary, sampleStream, sampleUnary } from './sample.ts';
import { atMost, type Law, quartiles, rounded } from './summary.ts';

/** The servers of the comparison, running, each with its CPU clock. */
export interface DecideSides {
  readonly target: MeasuredChild;
  /** The same service over TLS. */
  readonly tls: MeasuredChild;
  /** The same node without any transport, which asks itself. */
  readonly core: MeasuredChild;
  readonly echo: MeasuredChild;
}

export interface DecidePlan extends RoundsPlan {
  readonly warmSeconds: number;
  readonly seconds: number;
  readonly bodies: DecideBodies;
  /** The CA of `sides.tls`, as PEM. */
  readonly ca: string;
  /** Runs a load and answers the service's own account of it: microseconds a request by stage. */
  readonly stages: (load: () => Promise<unknown>) => Promise<Record<string, number>>;
}

const IN_FLIGHT = 64;
const IN_FLIGHT_FEW = 8;
/** Decisions of one stream message; `requestField`, `replyField`: where the contract keeps entries. */
const BATCH_OF_8 = { count: 8, requestField: 5, replyField: 4 };
/** Share of the highest rate of a closed loop at which the open loop runs. */
const OPEN_SHARE = 0.5;
const ECHO_ALLOWANCE_MS = 3;
const P99_MS_MAX = 10;

type Closed =
  | 'echo'
  | 'target'
  | 'stream'
  | 'batch8'
  | 'echoFew'
  | 'targetFew'
  | 'tls'
  | 'core'
  | 'oneKey'
  | 'threeKeys'
  | 'ledKey'
  | 'echoStream';
type Open = 'echoOpen' | 'targetOpen' | 'streamOpen';
type Name = Closed | Open;

export interface DecideFigures {
  readonly figures: Record<
    string,
    number | boolean | readonly number[] | Record<string, number | readonly number[]>
  >;
  readonly laws: readonly Law[];
  /** Microseconds of a unary Decide at 64 in flight by stage, in wall time of the service. */
  readonly stages: Record<string, number>;
}

/**
 * Decide against a bare echo in rounds, each of which runs everything once, turn about. CPU comes from closed loops, latency
 * from an open loop at half of the service's highest rate, the echo's at the same rate, or at half of its own highest where
 * that is less.
 */
export async function benchDecide(sides: DecideSides, plan: DecidePlan): Promise<DecideFigures> {
  const { bodies, seconds, warmSeconds, ca } = plan;
  const base = { connections: 1, warmSeconds, seconds };
  const unary = { ...base, path: DECIDE, nextBody: bodies.unary, inFlight: IN_FLIGHT };
  const few = { ...unary, inFlight: IN_FLIGHT_FEW };
  const stream = {
    ...base,
    path: DECIDE_STREAM,
    nextBody: bodies.stream,
    replies: DECIDE_REPLIES,
    inFlight: IN_FLIGHT,
  };
  const closed: RoundStep<Name>[] = [
    { name: 'echo', sample: () => sampleUnary(sides.echo, unary) },
    { name: 'target', sample: () => sampleUnary(sides.target, unary) },
    { name: 'stream', sample: () => sampleStream(sides.target, stream) },
    { name: 'batch8', sample: () => sampleStream(sides.target, { ...stream, entries: BATCH_OF_8 }) },
    { name: 'echoFew', sample: () => sampleUnary(sides.echo, few) },
    { name: 'targetFew', sample: () => sampleUnary(sides.target, few) },
    { name: 'tls', sample: () => sampleUnary(sides.tls, { ...unary, ca }) },
    { name: 'oneKey', sample: () => sampleUnary(sides.target, { ...unary, nextBody: bodies.byKeys.one }) },
    {
      name: 'threeKeys',
      sample: () => sampleUnary(sides.target, { ...unary, nextBody: bodies.byKeys.three }),
    },
    { name: 'ledKey', sample: () => sampleUnary(sides.target, { ...unary, nextBody: bodies.byKeys.led }) },
    { name: 'core', sample: () => sampleCore(sides.core, { ...base, inFlight: IN_FLIGHT }) },
    { name: 'echoStream', sample: () => sampleStream(sides.echo, stream) },
  ];
  plan.progress('finding the rates of the open loops');
  const perSecond = {
    target: Math.max(1, (await sampleUnary(sides.target, unary)).perSecond * OPEN_SHARE),
    echo: Math.max(1, (await sampleUnary(sides.echo, unary)).perSecond * OPEN_SHARE),
    stream: Math.max(1, (await sampleStream(sides.target, stream)).perSecond * OPEN_SHARE),
  };
  // Where the service outruns the echo, its rate would drown the echo and make any latency look fine beside it.
  const echoRate = Math.min(perSecond.target, perSecond.echo);
  const open: RoundStep<Name>[] = [
    { name: 'echoOpen', sample: () => sampleOpenUnary(sides.echo, { ...unary, perSecond: echoRate }) },
    {
      name: 'targetOpen',
      sample: () => sampleOpenUnary(sides.target, { ...unary, perSecond: perSecond.target }),
    },
    {
      name: 'streamOpen',
      sample: () => sampleOpenStream(sides.target, { ...stream, perSecond: perSecond.stream }),
    },
  ];
  const rounds = new Rounds<Name>();
  await rounds.run([...closed, ...open], plan);
  const stages = await plan.stages(() => sampleUnary(sides.target, unary));
  for (const [stage, micros] of Object.entries(stages)) stages[stage] = rounded(micros);
  return { ...report(rounds, plan, { ...perSecond, echo: echoRate }), stages };
}

function report(
  rounds: Rounds<Name>,
  plan: DecidePlan,
  openPerSecond: Record<string, number>,
): Omit<DecideFigures, 'stages'> {
  const at = (name: Name) => rounds.of(name);
  const ratios: Record<string, readonly [Name, Name]> = {
    cpuRatioUnary: ['target', 'echo'],
    cpuRatioUnary8: ['targetFew', 'echoFew'],
    cpuRatioStream: ['stream', 'echo'],
    cpuRatioBatch8: ['batch8', 'echo'],
    cpuRatioCore: ['core', 'echo'],
    tlsCpuRatioUnary: ['tls', 'target'],
    keys3Ratio: ['threeKeys', 'oneKey'],
    redirectRatio: ['ledKey', 'oneKey'],
  };
  const medians: Record<string, number> = {};
  const spread: Record<string, readonly number[]> = {};
  for (const [name, [one, other]] of Object.entries(ratios)) {
    medians[name] = rounded(at(one).cpuRatioTo(at(other)));
    spread[name] = quartiles(at(one).cpuRatiosTo(at(other))).map(rounded);
  }
  const p99Ms = at('targetOpen').quantileMs(0.99);
  const echoP99Ms = at('echoOpen').quantileMs(0.99);
  const errorCount = rounds.all.reduce((sum, one) => sum + one.errorCount, 0);
  const micros = (name: Name) => rounded(at(name).serverMicros);
  const rate = (name: Name) => Math.round(at(name).perSecond);
  const latency = (name: Name, q: number) => rounded(at(name).quantileMs(q));
  const figures = {
    ...medians,
    quartiles: spread,
    rounds: rounds.counted,
    roundsDisturbed: rounds.disturbed,
    otherCores: rounds.otherCores,
    judged: rounds.judged,
    p50Ms: latency('targetOpen', 0.5),
    p99Ms: rounded(p99Ms),
    p999Ms: latency('targetOpen', 0.999),
    echoP50Ms: latency('echoOpen', 0.5),
    echoP99Ms: rounded(echoP99Ms),
    echoP999Ms: latency('echoOpen', 0.999),
    maxMs: rounded(at('targetOpen').maxMs),
    clientLateP99Ms: rounded(at('targetOpen').latenessMs(0.99)),
    streamP50Ms: latency('streamOpen', 0.5),
    streamP99Ms: latency('streamOpen', 0.99),
    streamP999Ms: latency('streamOpen', 0.999),
    openPerSecond: Object.fromEntries(
      Object.entries(openPerSecond).map(([name, value]) => [name, Math.round(value)]),
    ),
    microsPerCall: {
      decideUnary: micros('target'),
      decideUnary8: micros('targetFew'),
      decideStream: micros('stream'),
      decideBatch8: micros('batch8'),
      decideTls: micros('tls'),
      decideCore: micros('core'),
      decideUnaryOpen: micros('targetOpen'),
      echoUnary: micros('echo'),
      echoUnary8: micros('echoFew'),
      echoStream: micros('echoStream'),
    },
    clientMicrosPerCall: {
      unary: rounded(at('target').clientMicros),
      unary8: rounded(at('targetFew').clientMicros),
      stream: rounded(at('stream').clientMicros),
      batch8: rounded(at('batch8').clientMicros),
    },
    perSecond: {
      decideUnary: rate('target'),
      decideStream: rate('stream'),
      decideBatch8: rate('batch8'),
      decideCore: rate('core'),
      echoUnary: rate('echo'),
      echoStream: rate('echoStream'),
    },
    requestBytes: Math.round(plan.bodies.bytesMean),
    errors: errorCount,
    errorsByStatus: mergedErrors(rounds),
    secondsPerRun: plan.seconds,
  };
  // What was not judged breaks no law but the errors'.
  const judgedLaws = [
    atMost('cpuRatioUnary', medians.cpuRatioUnary as number, 1.8),
    atMost('cpuRatioUnary8', medians.cpuRatioUnary8 as number, 2.3),
    atMost('cpuRatioStream', medians.cpuRatioStream as number, 1.5),
    atMost('cpuRatioBatch8', medians.cpuRatioBatch8 as number, 1.15),
    atMost('keys3Ratio', medians.keys3Ratio as number, 1.2),
    atMost('p99Ms', p99Ms, Math.max(P99_MS_MAX, echoP99Ms + ECHO_ALLOWANCE_MS)),
  ];
  return { figures, laws: [...(rounds.judged ? judgedLaws : []), atMost('errors', errorCount, 0)] };
}

function mergedErrors(rounds: Rounds<Name>): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const { errors } of rounds.all) {
    for (const [code, count] of Object.entries(errors)) merged[code] = (merged[code] ?? 0) + count;
  }
  return merged;
}
