import { join } from 'node:path';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import { createCatalog } from '../../world/catalog.ts';
import { EVENT_REPLIES, PUBLISH, publishBodies, STREAM_EVENTS, streamEventBodies } from './event-bodies.ts';
import type { BenchReport, BenchSetting } from './report.ts';
import { Series, sampleOpenStream, sampleStream, sampleUnary } from './sample.ts';
import { sendCatalog, sendEvents, shopEvents } from './shop-setup.ts';
import { atMost, rounded } from './summary.ts';
import { startTarget, writeBenchPolicy } from './target.ts';

const BATCH = 100;
const STREAM_IN_FLIGHT = 256;
const PUBLISH_IN_FLIGHT = 64;
const BATCHES_IN_FLIGHT = 8;
/** Prepared events; each is sent many times, under a new id each time. */
const EVENTS = 20_000;
const OPEN_SHARE = 0.5;

/** Events of the simulated shop through StreamEvents, Publish of one, and Publish of a hundred; each acknowledged when durable. */
export async function ingestReport(setting: BenchSetting): Promise<BenchReport> {
  const { core, customers, seed, progress } = setting;
  const policyDir = join(setting.directory, 'policy');
  writeBenchPolicy(policyDir);
  const target = await startTarget({ dataDir: join(setting.directory, 'data'), policyDir, core });
  try {
    progress(`publishing three weeks of ${customers} customers`);
    await sendCatalog(target.port, createCatalog(seed));
    const recent = latest(shopEvents(seed, customers, Date.now()), EVENTS);
    await sendEvents(target.port, recent);
    const base = { connections: 1, warmSeconds: setting.warmSeconds, seconds: setting.seconds };
    const streamed = {
      ...base,
      path: STREAM_EVENTS,
      nextBody: streamEventBodies(recent).body,
      replies: EVENT_REPLIES,
    };
    const single = {
      ...base,
      path: PUBLISH,
      nextBody: publishBodies(recent, 1).body,
      inFlight: PUBLISH_IN_FLIGHT,
    };
    const batched = {
      ...base,
      path: PUBLISH,
      nextBody: publishBodies(recent, BATCH).body,
      inFlight: BATCHES_IN_FLIGHT,
    };
    const series = { stream: new Series(), single: new Series(), batch: new Series(), open: new Series() };
    for (let run = 0; run < setting.runs; run++) {
      progress(`run ${run + 1} of ${setting.runs}`);
      series.stream.add(await sampleStream(target, { ...streamed, inFlight: STREAM_IN_FLIGHT }));
      series.single.add(await sampleUnary(target, single));
      series.batch.add(await sampleUnary(target, batched));
    }
    const perSecond = Math.max(1, series.stream.perSecond * OPEN_SHARE);
    for (let run = 0; run < setting.runs; run++) {
      progress(`open loop, run ${run + 1} of ${setting.runs}`);
      series.open.add(await sampleOpenStream(target, { ...streamed, perSecond }));
    }
    const perCpuSecond = (one: Series, events: number) => Math.round((events * 1e6) / one.serverMicros);
    const all = Object.values(series);
    const errors = all.reduce((sum, one) => sum + one.errorCount, 0);
    return {
      bench: 'ingest',
      figures: {
        eventsPerCpuSecond: {
          stream: perCpuSecond(series.stream, 1),
          single: perCpuSecond(series.single, 1),
          batch100: perCpuSecond(series.batch, BATCH),
        },
        eventsPerSecond: {
          stream: Math.round(series.stream.perSecond),
          single: Math.round(series.single.perSecond),
          batch100: Math.round(series.batch.perSecond * BATCH),
        },
        microsPerEvent: {
          stream: rounded(series.stream.serverMicros),
          single: rounded(series.single.serverMicros),
          batch100: rounded(series.batch.serverMicros / BATCH),
        },
        ackP50Ms: rounded(series.open.quantileMs(0.5)),
        ackP99Ms: rounded(series.open.quantileMs(0.99)),
        ackP999Ms: rounded(series.open.quantileMs(0.999)),
        openPerSecond: Math.round(perSecond),
        errors,
        errorsByStatus: all.map((one) => one.errors),
        customers,
        runs: setting.runs,
        secondsPerRun: setting.seconds,
      },
      laws: [atMost('errors', errors, 0)],
      notMeasured: [
        'TLS, several connections',
        'event statuses inside Publish replies under load (the stream checks each one)',
      ],
    };
  } finally {
    await target.stop();
  }
}

function latest(events: Iterable<Event>, count: number): Event[] {
  const kept: Event[] = [];
  for (const event of events) {
    kept.push(event);
    if (kept.length >= 2 * count) kept.splice(0, count);
  }
  return kept.slice(-count);
}
