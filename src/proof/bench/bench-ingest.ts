import { join } from 'node:path';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import { createCatalog } from '../../world/catalog.ts';
import { BENCH_PLACEMENT } from './bench-policy.ts';
import { DECIDE, type DecideBodies, decideBodies } from './decide-bodies.ts';
import { startEcho } from './echo-child.ts';
import {
  EVENT_REPLIES,
  EVENTS_OF_8,
  PUBLISH,
  publishBodies,
  STREAM_EVENTS,
  streamEventBodies,
} from './event-bodies.ts';
import type { MeasuredChild } from './measured-child.ts';
import type { BenchReport, BenchSetting } from './report.ts';
import { type RoundStep, Rounds } from './rounds.ts';
import { type Series, sampleOpenStream, sampleStream, sampleUnary } from './sample.ts';
import { sendCatalog, sendEvents, shopEvents } from './shop-setup.ts';
import { atMost, quartiles, rounded } from './summary.ts';
import { startTarget, writeBenchPolicy } from './target.ts';

const BATCH = 100;
const STREAM_IN_FLIGHT = 256;
const PUBLISH_IN_FLIGHT = 64;
const BATCHES_IN_FLIGHT = 8;
const ECHO_IN_FLIGHT = 64;
/** Prepared events; each is sent many times, under a new id each time. */
const EVENTS = 20_000;
const OPEN_SHARE = 0.5;
const SECONDS_MAX = 600;
const CPU_RATIO_MAX = 0.4;

type Name = 'echo' | 'stream' | 'entries' | 'single' | 'batch' | 'open';

/**
 * Events of the simulated shop, each acknowledged when durable, beside a bare gRPC echo: StreamEvents with an event a message
 * and with eight, Publish of one and of a hundred.
 */
export async function ingestReport(setting: BenchSetting): Promise<BenchReport> {
  const { core, customers, seed, progress } = setting;
  const policyDir = join(setting.directory, 'policy');
  writeBenchPolicy(policyDir);
  const target = await startTarget({ dataDir: join(setting.directory, 'data'), policyDir, core });
  const children: MeasuredChild[] = [target];
  try {
    progress(`publishing three weeks of ${customers} customers`);
    await sendCatalog(target.port, createCatalog(seed));
    const recent = latest(shopEvents(seed, customers, Date.now()), EVENTS);
    await sendEvents(target.port, recent);
    const asked = decideBodies(seed, customers, BENCH_PLACEMENT);
    const echo = await startEcho(target, asked, core);
    children.push(echo);
    const rounds = new Rounds<Name>();
    await rounds.run(await stepsOf(setting, { target, echo }, recent, asked), {
      rounds: setting.runs,
      secondsMax: SECONDS_MAX,
      progress,
    });
    return report(rounds, setting);
  } finally {
    for (const child of children) await child.stop();
  }
}

async function stepsOf(
  { warmSeconds, seconds }: BenchSetting,
  { target, echo }: { readonly target: MeasuredChild; readonly echo: MeasuredChild },
  recent: readonly Event[],
  asked: DecideBodies,
): Promise<RoundStep<Name>[]> {
  const base = { connections: 1, warmSeconds, seconds };
  const streamed = {
    ...base,
    path: STREAM_EVENTS,
    nextBody: streamEventBodies(recent).body,
    replies: EVENT_REPLIES,
    inFlight: STREAM_IN_FLIGHT,
  };
  const publish = { ...base, path: PUBLISH };
  const single = { ...publish, nextBody: publishBodies(recent, 1).body, inFlight: PUBLISH_IN_FLIGHT };
  const batched = { ...publish, nextBody: publishBodies(recent, BATCH).body, inFlight: BATCHES_IN_FLIGHT };
  const unary = { ...base, path: DECIDE, nextBody: asked.unary, inFlight: ECHO_IN_FLIGHT };
  const perSecond = Math.max(1, (await sampleStream(target, streamed)).perSecond * OPEN_SHARE);
  return [
    { name: 'echo', sample: () => sampleUnary(echo, unary) },
    { name: 'stream', sample: () => sampleStream(target, streamed) },
    { name: 'entries', sample: () => sampleStream(target, { ...streamed, entries: EVENTS_OF_8 }) },
    { name: 'single', sample: () => sampleUnary(target, single) },
    { name: 'batch', sample: () => sampleUnary(target, batched) },
    { name: 'open', sample: () => sampleOpenStream(target, { ...streamed, perSecond }) },
  ];
}

function report(rounds: Rounds<Name>, setting: BenchSetting): BenchReport {
  const at = (name: Name) => rounds.of(name);
  const perCpuSecond = (one: Series, events: number) => Math.round((events * 1e6) / one.serverMicros);
  const errors = rounds.all.reduce((sum, one) => sum + one.errorCount, 0);
  const cpuRatioEventBatch = at('entries').cpuRatioTo(at('echo'));
  return {
    bench: 'ingest',
    figures: {
      cpuRatioEventBatch: rounded(cpuRatioEventBatch),
      cpuRatioEventStream: rounded(at('stream').cpuRatioTo(at('echo'))),
      quartiles: {
        cpuRatioEventBatch: quartiles(at('entries').cpuRatiosTo(at('echo'))).map(rounded),
        cpuRatioEventStream: quartiles(at('stream').cpuRatiosTo(at('echo'))).map(rounded),
      },
      rounds: rounds.counted,
      roundsDisturbed: rounds.disturbed,
      otherCores: rounds.otherCores,
      judged: rounds.judged,
      eventsPerCpuSecond: {
        stream: perCpuSecond(at('stream'), 1),
        entries8: perCpuSecond(at('entries'), 1),
        single: perCpuSecond(at('single'), 1),
        batch100: perCpuSecond(at('batch'), BATCH),
      },
      eventsPerSecond: {
        stream: Math.round(at('stream').perSecond),
        entries8: Math.round(at('entries').perSecond),
        single: Math.round(at('single').perSecond),
        batch100: Math.round(at('batch').perSecond * BATCH),
      },
      microsPerEvent: {
        stream: rounded(at('stream').serverMicros),
        entries8: rounded(at('entries').serverMicros),
        single: rounded(at('single').serverMicros),
        batch100: rounded(at('batch').serverMicros / BATCH),
        echoUnary: rounded(at('echo').serverMicros),
      },
      ackP50Ms: rounded(at('open').quantileMs(0.5)),
      ackP99Ms: rounded(at('open').quantileMs(0.99)),
      ackP999Ms: rounded(at('open').quantileMs(0.999)),
      openPerSecond: Math.round(at('open').perSecond),
      errors,
      errorsByStatus: rounds.all.map((one) => one.errors),
      customers: setting.customers,
      secondsPerRun: setting.seconds,
    },
    laws: [
      ...(rounds.judged ? [atMost('cpuRatioEventBatch', cpuRatioEventBatch, CPU_RATIO_MAX)] : []),
      atMost('errors', errors, 0),
    ],
    notMeasured: [
      'TLS, several connections',
      'event statuses inside Publish replies under load (the stream checks each one)',
    ],
  };
}

function latest(events: Iterable<Event>, count: number): Event[] {
  const kept: Event[] = [];
  for (const event of events) {
    kept.push(event);
    if (kept.length >= 2 * count) kept.splice(0, count);
  }
  return kept.slice(-count);
}
