import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { watchOtherLoad } from '../bench/other-load.ts';
import { OTHER_CORES_MAX } from '../bench/rounds.ts';
import { startTarget, writeBenchPolicy } from '../bench/target.ts';
import { ChannelSystems } from './channel-systems.ts';
import { ChannelsLoad } from './channels-load.ts';
import { channelsPolicyFiles } from './channels-policy.ts';
import { checkDispatches, type DispatchCheck } from './check-dispatches.ts';

/** Decisions a second, with a fifth as many events: a tenth of what a core takes, since waiting is measured and not throughput. */
const PER_SECOND = 120;
const WARM_MS = 2_000;
/** Behind the load: healthy channels finish, what lapses does. */
const REST_MS = 4_000;
const SENTENCES_MAX = 10;
/** For each pair that is to count so many are tried, where others use the machine. */
const TRIES_PER_PAIR = 2;
/** Of so few pairs nothing is judged, unless fewer were asked for. */
const JUDGED_MIN = 3;

export interface ChannelsPlan {
  /** Pairs of rounds that are to count: with bad channels, and without. */
  readonly rounds: number;
  /** How long each of a pair is measured. */
  readonly seconds: number;
  /** A fresh directory. */
  readonly directory: string;
  readonly progress: (rounds: number) => void;
}

export interface ChannelsReport {
  /**
   * The worse of the two medians: what bad channels make of the p99 that others see. Over the pairs that count, or over all of them where none does
   * and nothing is judged.
   */
  readonly otherP99Ratio: number;
  /** Median over the pairs: p99 of Decide, where the message goes to a healthy channel, beside bad ones ÷ without them. */
  readonly decideP99Ratio: number;
  /** The same of the time from hand-over to acceptance on healthy channels. */
  readonly acceptanceP99Ratio: number;
  readonly doubledEffects: number;
  readonly lost: number;
  /** Calls that failed, or a channel that was turned away. */
  readonly failed: number;
  /** Pairs that count for the ratios, and those that do not because others used the machine meanwhile; for what is lost or doubled all count. */
  readonly rounds: number;
  readonly disturbed: number;
  /** Enough pairs count to judge the ratios. */
  readonly judged: boolean;
  readonly requests: number;
  readonly dispatches: number;
  /** What became of the dispatches of each channel beside bad ones. */
  readonly byChannel: DispatchCheck['byChannel'];
  readonly pairs: readonly { readonly without: RoundTimes; readonly beside: RoundTimes }[];
  /** Cores that other processes of the machine used, the median of all rounds. */
  readonly otherCores: number;
  readonly notMeasured: readonly string[];
  /** The first of everything that is wrong. */
  readonly sentences: readonly string[];
}

interface RoundTimes {
  readonly decideP99Ms: number;
  readonly acceptanceP99Ms: number;
}

interface Round extends RoundTimes {
  readonly check: DispatchCheck;
  readonly failed: readonly string[];
  readonly requests: number;
  readonly otherCores: number;
}

const NOT_MEASURED = [
  'more than one node',
  'channel systems on another machine: load, channel systems and service share this one',
  'rates near what the machine can take: a bad channel costs CPU there, which this load leaves free',
];

/**
 * Pairs of rounds on services of their own; every second pair begins with the bad channels, so that a drift favours neither. A pair during which other
 * processes used the machine is tried again.
 */
export async function runChannels({
  rounds,
  seconds,
  directory,
  progress,
}: ChannelsPlan): Promise<ChannelsReport> {
  const policyDir = join(directory, 'policy');
  writeBenchPolicy(policyDir, channelsPolicyFiles());
  const pairs: Pair[] = [];
  let counted = 0;
  for (let n = 0; counted < rounds && n < rounds * TRIES_PER_PAIR; n++) {
    const run = (areBad: boolean): Promise<Round> =>
      runRound({ policyDir, dataDir: join(directory, `data-${n}-${areBad}`), areBad, seconds });
    const first = await run(n % 2 === 1);
    const second = await run(n % 2 === 0);
    const pair = n % 2 === 0 ? { without: first, beside: second } : { without: second, beside: first };
    pairs.push(pair);
    if (isCalm(pair)) progress(++counted);
  }
  return reportOf(pairs, rounds);
}

interface Pair {
  readonly without: Round;
  readonly beside: Round;
}

/** What the system does not tell is taken for calm. */
function isCalm({ without, beside }: Pair): boolean {
  return !(Math.max(without.otherCores, beside.otherCores) >= OTHER_CORES_MAX);
}

interface RoundPlan {
  readonly policyDir: string;
  readonly dataDir: string;
  readonly areBad: boolean;
  readonly seconds: number;
}

async function runRound({ policyDir, dataDir, areBad, seconds }: RoundPlan): Promise<Round> {
  const flags = ['--shards', '8', '--snapshot-every', '250ms'];
  const service = await startTarget({ dataDir, policyDir, core: undefined, flags });
  try {
    const others = watchOtherLoad();
    const systems = await ChannelSystems.start(service.port, areBad);
    const load = new ChannelsLoad(service.port, PER_SECOND);
    load.start();
    await pause(WARM_MS);
    load.measure();
    const measuredFrom = Date.now();
    await pause(seconds * 1_000);
    await load.stop();
    const otherCores = others() ?? Number.NaN;
    await pause(REST_MS);
    await systems.stop();
    const code = await service.stop();
    if (code !== 0) throw new Error(`the service ended with ${code}:\n${service.output().slice(-4_000)}`);
    const check = await checkDispatches(dataDir, systems.sent, measuredFrom);
    return {
      decideP99Ms: load.decide.quantileMs(0.99),
      acceptanceP99Ms: quantile(check.acceptedMs, 0.99),
      failed: [...load.failed, ...systems.failed],
      requests: load.requests,
      ...{ check, otherCores },
    };
  } finally {
    await service.stop('SIGKILL').catch(() => {});
  }
}

function reportOf(pairs: readonly Pair[], rounds: number): ChannelsReport {
  const calm = pairs.filter(isCalm);
  const compared = calm.length === 0 ? pairs : calm;
  const all = pairs.flatMap(({ without, beside }) => [without, beside]);
  const ratioOf = (of: (round: Round) => number): number =>
    rounded(median(compared.map(({ without, beside }) => of(beside) / of(without))));
  const decideP99Ratio = ratioOf((round) => round.decideP99Ms);
  // Whole milliseconds by the service's clock: one more on both sides, so that 1 ms against 0 is no matter.
  const acceptanceP99Ratio = ratioOf((round) => round.acceptanceP99Ms + 1);
  const doubled = all.flatMap(({ check }) => check.doubled);
  const lost = all.flatMap(({ check }) => check.lost);
  const failed = all.flatMap((round) => round.failed);
  return {
    otherP99Ratio: Math.max(decideP99Ratio, acceptanceP99Ratio),
    ...{ decideP99Ratio, acceptanceP99Ratio },
    ...{ doubledEffects: doubled.length, lost: lost.length, failed: failed.length },
    ...{ rounds: calm.length, disturbed: pairs.length - calm.length },
    judged: calm.length >= Math.min(rounds, JUDGED_MIN),
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    dispatches: all.reduce((sum, { check }) => sum + check.dispatches, 0),
    byChannel: summed(pairs.map(({ beside }) => beside.check.byChannel)),
    pairs: pairs.map(({ without, beside }) => ({ without: timesOf(without), beside: timesOf(beside) })),
    otherCores: rounded(median(all.map(({ otherCores }) => otherCores))),
    notMeasured: NOT_MEASURED,
    sentences: [...firstOf('lost', lost), ...firstOf('doubled', doubled), ...firstOf('failed', failed)],
  };
}

function timesOf({ decideP99Ms, acceptanceP99Ms }: Round): RoundTimes {
  return { decideP99Ms: rounded(decideP99Ms), acceptanceP99Ms };
}

function summed(parts: readonly DispatchCheck['byChannel'][]): DispatchCheck['byChannel'] {
  const sum: Record<string, Record<string, number>> = {};
  for (const part of parts)
    for (const [channel, ends] of Object.entries(part)) {
      sum[channel] ??= {};
      const of = sum[channel];
      for (const [end, count] of Object.entries(ends)) of[end] = (of[end] ?? 0) + count;
    }
  return sum;
}

function firstOf(what: string, sentences: readonly string[]): string[] {
  return sentences.slice(0, SENTENCES_MAX).map((sentence) => `${what}: ${sentence}`);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
