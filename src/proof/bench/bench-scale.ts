import { join } from 'node:path';
import { DAY_MS } from '../../base/clock.ts';
import { seedRng } from '../../base/rng.ts';
import { eventMessage } from '../../codec/message/event-message.ts';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import { createCatalog, type ShopCatalog } from '../../world/catalog.ts';
import { makeEvent, makeOrder, makeProduct } from '../../world/make-event.ts';
import { BENCH_PLACEMENT } from './bench-policy.ts';
import { crmOf, DECIDE, uniformDecideBody } from './decide-bodies.ts';
import { feed } from './feed.ts';
import type { BenchReport, BenchSetting } from './report.ts';
import { Series, sampleUnary } from './sample.ts';
import { sendCatalog, sendEvents } from './shop-setup.ts';
import { atMost, rounded } from './summary.ts';
import { startTarget, type Target, writeBenchPolicy } from './target.ts';
import { RESIDENT, RESIDENT_FEW, restartedBytes, settledBytes, statusBytes, weighStore } from './weigh.ts';
import { weighKeys } from './weigh-keys.ts';

const FEW = 1_000;
const IN_FLIGHT = 64;
/** Customers that are brought into memory to weigh an active one. */
const WEIGHED = 20_000;
const HISTORY_MS = 20 * DAY_MS;
const ORDER_SHARE = 0.35;

/**
 * Fills a store with customers, and weighs: the process with all of them passive against one with a thousand (its heap
 * after the fill, and its private memory when started anew), the store's pages, active customers; then Decide over all of them against Decide over a thousand, a restart after a
 * kill to the first decision, and what one key more weighs.
 */
export async function scaleReport(setting: BenchSetting): Promise<BenchReport> {
  const { customers, progress } = setting;
  const policyDir = join(setting.directory, 'policy');
  writeBenchPolicy(policyDir);
  const start = (data: string, flags: readonly string[] = []) =>
    startTarget({
      dataDir: join(setting.directory, data),
      policyDir,
      core: setting.core,
      flags,
      nodeFlags: ['--expose-gc'],
    });
  const catalog = createCatalog(setting.seed);

  progress(`a store of ${FEW} customers, for comparison`);
  const few = await start('few', ['--resident-bytes-max', RESIDENT_FEW]);
  await fill(few, setting, catalog, FEW);
  const fewBytes = await settledBytes(few);
  await few.stop();
  const fewRestarted = await restartedBytes(() => start('few'));

  progress(`a store of ${customers} customers`);
  const beginMs = performance.now();
  const filled = await start('all', ['--resident-bytes-max', RESIDENT_FEW]);
  const events = await fill(filled, setting, catalog, customers);
  const fillSeconds = (performance.now() - beginMs) / 1000;
  const allBytes = await settledBytes(filled);
  const fillPeakBytes = statusBytes(filled.pid, 'VmHWM');
  const residentLeft = (await filled.metrics()).get(RESIDENT) ?? Number.NaN;
  await filled.stop();
  const allRestarted = await restartedBytes(() => start('all'));
  const store = weighStore(join(setting.directory, 'all'));

  progress('active customers');
  const weighing = await start('all');
  const activeBytes = await weighActive(weighing, Math.min(WEIGHED, customers));

  progress('a kill and a restart');
  await weighing.stop('SIGKILL');
  const restarted = await start('all');
  const restartMs = restarted.startMs + (await firstDecisionMs(restarted, customers));
  const series = await compare(restarted, setting, customers);
  await restarted.stop();
  const again = await start('all');
  const restartCleanMs = again.startMs + (await firstDecisionMs(again, customers));
  await again.stop();

  progress('one key more');
  const keys = await weighKeys({ ...setting, data: 'all', start });

  const per = (all: number, one: number) => (all - one) / (customers - FEW);
  const passiveBytes = per(allBytes, fewBytes);
  const passiveRestartedBytes = per(allRestarted, fewRestarted);
  const storeBytes = store.profileBytes / customers;
  const cpuRatio1M = series.all.cpuRatioTo(series.few);
  const errors = series.all.errorCount + series.few.errorCount;
  return {
    bench: 'scale',
    figures: {
      customers,
      passiveBytes: rounded(passiveBytes),
      passiveRestartedBytes: rounded(passiveRestartedBytes),
      bytesPerKey: rounded(keys.bytesPerKey),
      bytesPerKeyQuartiles: keys.quartiles.map(rounded),
      storeBytesPerKey: rounded(keys.storeBytesPerKey),
      keys: keys.keys,
      fillPeakMiB: Math.round(fillPeakBytes / 2 ** 20),
      storeBytes: rounded(storeBytes),
      activeBytes: rounded(activeBytes),
      cpuRatio1M: rounded(cpuRatio1M),
      restartMs: Math.round(restartMs),
      restartCleanMs: Math.round(restartCleanMs),
      microsPerCall: { all: rounded(series.all.serverMicros), few: rounded(series.few.serverMicros) },
      p99Ms: { all: rounded(series.all.quantileMs(0.99)), few: rounded(series.few.quantileMs(0.99)) },
      logBytesPerEvent: rounded(store.logBytes / events),
      residentLeft,
      events,
      fillSeconds: Math.round(fillSeconds),
      errors,
      runs: setting.runs,
      secondsPerRun: setting.seconds,
    },
    laws: [
      atMost('passiveBytes', passiveBytes, 100),
      ...(keys.isJudged ? [atMost('bytesPerKey', keys.bytesPerKey, 60)] : []),
      atMost('storeBytes', storeBytes, 900),
      atMost('activeBytes', activeBytes, 6_000),
      atMost('cpuRatio1M', cpuRatio1M, 1.3),
      atMost('restartMs', restartMs, 5_000),
      atMost('errors', errors, 0),
    ],
    notMeasured: [
      'pages of the store that the system keeps in its cache (a file mapping, given back under pressure)',
      'the log and the archive, which grow with events and not with customers (logBytesPerEvent)',
      'customers richer than two views and a third of an order each',
    ],
  };
}

/** Sends the catalogue and the first events of so many customers; answers how many events that were. */
export async function fill(
  target: Target,
  setting: BenchSetting,
  catalog: ShopCatalog,
  customers: number,
): Promise<number> {
  await sendCatalog(target.port, catalog);
  const { events, accepted } = await sendEvents(
    target.port,
    customerEvents(setting, catalog, customers, Date.now()),
  );
  if (accepted !== events) throw new Error(`Of ${events} events ${accepted} were accepted.`);
  return events;
}

/** Two views for everybody, an order for some, over the last weeks: all customers' first events, then all second ones. */
function* customerEvents(
  { seed, progress }: BenchSetting,
  catalog: ShopCatalog,
  customers: number,
  now: number,
): Generator<Event> {
  const rng = seedRng(seed, 1);
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < customers; index++) {
      if (index % 100_000 === 99_999) progress(`round ${round + 1} of 3: ${index + 1} customers`);
      if (round === 2 && rng.float() > ORDER_SHARE) continue;
      const product = catalog.products[Math.floor(rng.float() * catalog.products.length)];
      if (!product) continue;
      const { productId, category, brand, price } = product;
      const line = makeProduct({ productId, price, quantity: 1, category, brand, size: 'M' });
      const order =
        round === 2
          ? makeOrder({ orderId: `o${index}`, total: price + 4.95, revenue: price, shipping: 4.95 })
          : undefined;
      yield eventMessage(
        makeEvent({
          id: `s${round}-${index}`,
          source: 'bench',
          identifiers: [{ kind: 'crm', value: crmOf(index) }],
          name: order ? 'Order Completed' : 'Product Viewed',
          occurredAt: now - HISTORY_MS + Math.floor(((round + rng.float()) / 3) * HISTORY_MS),
          channel: 'web',
          sessionId: `${index}-${round}`,
          products: [line],
          order,
          currency: 'EUR',
          context: { timeZone: 'Europe/Berlin', locale: 'de-DE', device: 'desktop', page: 'product' },
        }),
      );
    }
  }
}

async function weighActive(target: Target, customers: number): Promise<number> {
  const before = await target.memory();
  const residentBefore = (await target.metrics()).get(RESIDENT) ?? Number.NaN;
  const body = uniformDecideBody(customers, BENCH_PLACEMENT);
  await feed({ port: target.port, path: DECIDE, bodies: callsOf(body, customers), inFlight: IN_FLIGHT });
  const after = await target.memory();
  const resident = ((await target.metrics()).get(RESIDENT) ?? Number.NaN) - residentBefore;
  return (after.heapBytes + after.externalBytes - before.heapBytes - before.externalBytes) / resident;
}

function* callsOf(body: (i: number) => Buffer, count: number): Generator<Buffer> {
  // A copy each, as a call that is refused for a moment is sent again.
  for (let i = 0; i < count; i++) yield Buffer.from(body(i));
}

async function firstDecisionMs(target: Target, customers: number): Promise<number> {
  const beginMs = performance.now();
  const body = uniformDecideBody(customers, BENCH_PLACEMENT);
  await feed({ port: target.port, path: DECIDE, bodies: [body(1)], inFlight: 1 });
  return performance.now() - beginMs;
}

async function compare(
  target: Target,
  setting: BenchSetting,
  customers: number,
): Promise<{ all: Series; few: Series }> {
  const series = { all: new Series(), few: new Series() };
  const base = {
    path: DECIDE,
    connections: 1,
    inFlight: IN_FLIGHT,
    warmSeconds: setting.warmSeconds,
    seconds: setting.seconds,
  };
  const all = { ...base, nextBody: uniformDecideBody(customers, BENCH_PLACEMENT) };
  const few = { ...base, nextBody: uniformDecideBody(FEW, BENCH_PLACEMENT) };
  await sampleUnary(target, { ...few, seconds: 3 });
  for (let run = 0; run < setting.runs; run++) {
    setting.progress(`run ${run + 1} of ${setting.runs}`);
    series.few.add(await sampleUnary(target, few));
    series.all.add(await sampleUnary(target, all));
  }
  return series;
}
