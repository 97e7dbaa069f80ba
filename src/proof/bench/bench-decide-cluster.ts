import { DECIDE, DECIDE_REPLIES, DECIDE_STREAM, type DecideBodies } from './decide-bodies.ts';
import type { MeasuredChild } from './measured-child.ts';
import { cpuMicrosOf } from './other-load.ts';
import { Rounds, type RoundsPlan } from './rounds.ts';
import { type Sample, sampleOpenUnary, sampleStream, sampleUnary } from './sample.ts';
import { atMost, type Law, median, quartiles, rounded } from './summary.ts';

/** The processes of the comparison, running. */
export interface DecideClusterSides {
  readonly node: MeasuredChild;
  /** A node over a directory, with the same customers. */
  readonly directory: MeasuredChild;
  readonly echo: MeasuredChild;
  /** What the node writes to, by name. */
  readonly servers: Readonly<Record<string, { readonly pid: number }>>;
}

export interface DecideClusterPlan extends RoundsPlan {
  readonly warmSeconds: number;
  readonly seconds: number;
  readonly bodies: DecideBodies;
}

const IN_FLIGHT = 64;
const BATCH_OF_8 = { count: 8, requestField: 5, replyField: 4 };
/** Share of the highest rate of a closed loop at which the open loop runs. */
const OPEN_SHARE = 0.5;
const P99_MS_MAX = 20;
const ECHO_ALLOWANCE_MS = 10;

type Name =
  | 'echo'
  | 'node'
  | 'directory'
  | 'nodeBatch8'
  | 'directoryBatch8'
  | 'echoOpen'
  | 'nodeOpen'
  | 'directoryOpen';

/**
 * Decide at a node of a cluster against a bare echo, and against a node with a directory, in rounds, each of which runs everything once. Of
 * the servers' CPU what they use while the node is asked is told, a call.
 */
export async function benchDecideCluster(sides: DecideClusterSides, plan: DecideClusterPlan) {
  const { bodies, seconds, warmSeconds } = plan;
  const base = { connections: 1, inFlight: IN_FLIGHT, warmSeconds, seconds };
  const unary = { ...base, path: DECIDE, nextBody: bodies.unary };
  const batch = {
    ...{ ...base, path: DECIDE_STREAM, nextBody: bodies.stream },
    ...{ replies: DECIDE_REPLIES, entries: BATCH_OF_8 },
  };
  const { directory, echo } = sides;
  const watched = new WatchedNode(sides);
  const servers = { unary: new ServerCosts(), batch8: new ServerCosts() };
  plan.progress('finding the rates of the open loops');
  const halfOf = async (side: MeasuredChild): Promise<number> =>
    Math.max(1, (await sampleUnary(side, unary)).perSecond * OPEN_SHARE);
  const openPerSecond = {
    node: await halfOf(sides.node),
    directory: await halfOf(directory),
    echo: await halfOf(echo),
  };
  // Beyond its own highest rate the echo would drown, and make any latency look fine beside it.
  openPerSecond.echo = Math.min(openPerSecond.node, openPerSecond.echo);
  const open = (side: MeasuredChild, perSecond: number) => () =>
    sampleOpenUnary(side, { ...unary, perSecond });
  const rounds = new Rounds<Name>();
  await rounds.run(
    [
      { name: 'echo', sample: () => sampleUnary(echo, unary) },
      {
        name: 'node',
        sample: async () => servers.unary.add(await sampleUnary(watched.node, unary), watched),
      },
      { name: 'directory', sample: () => sampleUnary(directory, unary) },
      {
        name: 'nodeBatch8',
        sample: async () => servers.batch8.add(await sampleStream(watched.node, batch), watched),
      },
      { name: 'directoryBatch8', sample: () => sampleStream(directory, batch) },
      { name: 'echoOpen', sample: open(echo, openPerSecond.echo) },
      { name: 'nodeOpen', sample: open(sides.node, openPerSecond.node) },
      { name: 'directoryOpen', sample: open(directory, openPerSecond.directory) },
    ],
    plan,
  );
  return report(rounds, { servers, openPerSecond, plan });
}

interface Measured {
  readonly servers: Readonly<Record<'unary' | 'batch8', ServerCosts>>;
  readonly openPerSecond: Readonly<Record<'node' | 'directory' | 'echo', number>>;
  readonly plan: DecideClusterPlan;
}

function report(rounds: Rounds<Name>, { servers, openPerSecond, plan }: Measured) {
  const at = (name: Name) => rounds.of(name);
  const ratios = {
    cpuRatioUnary: at('node').cpuRatiosTo(at('echo')),
    cpuRatioBatch8: at('nodeBatch8').cpuRatiosTo(at('echo')),
    overDirectoryUnary: at('node').cpuRatiosTo(at('directory')),
    overDirectoryBatch8: at('nodeBatch8').cpuRatiosTo(at('directoryBatch8')),
  };
  const medians = Object.fromEntries(
    Object.entries(ratios).map(([name, values]) => [name, rounded(median(values))]),
  ) as Record<keyof typeof ratios, number>;
  const latency = (name: Name, q: number) => rounded(at(name).quantileMs(q));
  const micros = (name: Name) => rounded(at(name).serverMicros);
  const rate = (name: Name) => Math.round(at(name).perSecond);
  const errors = rounds.all.reduce((sum, one) => sum + one.errorCount, 0);
  const p99Ms = at('nodeOpen').quantileMs(0.99);
  const echoP99Ms = at('echoOpen').quantileMs(0.99);
  const figures = {
    ...medians,
    quartiles: Object.fromEntries(
      Object.entries(ratios).map(([name, values]) => [name, quartiles(values).map(rounded)]),
    ),
    ...{ rounds: rounds.counted, roundsDisturbed: rounds.disturbed },
    ...{ otherCores: rounds.otherCores, judged: rounds.judged },
    ...{ p50Ms: latency('nodeOpen', 0.5), p99Ms: rounded(p99Ms), p999Ms: latency('nodeOpen', 0.999) },
    ...{ echoP50Ms: latency('echoOpen', 0.5), echoP99Ms: rounded(echoP99Ms) },
    ...{ directoryP50Ms: latency('directoryOpen', 0.5), directoryP99Ms: latency('directoryOpen', 0.99) },
    clientLateP99Ms: rounded(at('nodeOpen').latenessMs(0.99)),
    openPerSecond: Object.fromEntries(
      Object.entries(openPerSecond).map(([name, value]) => [name, Math.round(value)]),
    ),
    microsPerCall: {
      ...{ nodeUnary: micros('node'), nodeBatch8: micros('nodeBatch8'), nodeUnaryOpen: micros('nodeOpen') },
      ...{ directoryUnary: micros('directory'), directoryBatch8: micros('directoryBatch8') },
      echoUnary: micros('echo'),
    },
    serversMicrosPerCall: { unary: servers.unary.medians, batch8: servers.batch8.medians },
    perSecond: {
      ...{ nodeUnary: rate('node'), nodeBatch8: rate('nodeBatch8'), directoryUnary: rate('directory') },
      echoUnary: rate('echo'),
    },
    errors,
    secondsPerRun: plan.seconds,
  };
  const judged: Law[] = [
    atMost('cpuRatioUnary', medians.cpuRatioUnary, 2.5),
    atMost('cpuRatioBatch8', medians.cpuRatioBatch8, 1.6),
    atMost('p99Ms', p99Ms, Math.max(P99_MS_MAX, echoP99Ms + ECHO_ALLOWANCE_MS)),
  ];
  return { figures, laws: [...(rounds.judged ? judged : []), atMost('errors', errors, 0)] };
}

/** A node, whose CPU clock is read together with those of its servers. */
class WatchedNode {
  readonly node: MeasuredChild;
  /** CPU of each server at the last two readings. */
  #readings: readonly Readonly<Record<string, number>>[] = [];

  constructor({ node, servers }: DecideClusterSides) {
    this.node = {
      ...node,
      cpuMicros: () => {
        const now = Object.entries(servers).map(([name, { pid }]) => [name, cpuMicrosOf(pid)]);
        this.#readings = [...this.#readings.slice(-1), Object.fromEntries(now)];
        return node.cpuMicros();
      },
    };
  }

  /** Microseconds of each server between the last two readings. */
  get used(): readonly (readonly [string, number])[] {
    const [before = {}, after = {}] = this.#readings;
    return Object.entries(after).map(([name, micros]) => [name, micros - (before[name] ?? Number.NaN)]);
  }
}

/** What servers use for a call, run by run. */
class ServerCosts {
  readonly #micros = new Map<string, number[]>();

  add(sample: Sample, { used }: WatchedNode): Sample {
    for (const [name, micros] of used)
      this.#micros.set(name, [...(this.#micros.get(name) ?? []), micros / Math.max(1, sample.calls)]);
    return sample;
  }

  get medians(): Record<string, number> {
    return Object.fromEntries([...this.#micros].map(([name, values]) => [name, rounded(median(values))]));
  }
}
