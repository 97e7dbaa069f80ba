import { join } from 'node:path';
import { IntlZones } from '../../adapter/intl/zones.ts';
import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { connect } from '../../client/attune-client.ts';
import { LIMITS } from '../../config/limits.ts';
import { createCatalog } from '../../world/catalog.ts';
import { BENCH_PLACEMENT, benchPolicyFiles } from './bench-policy.ts';
import { fill } from './bench-scale.ts';
import { considered, profileBytes } from './considered.ts';
import { DECIDE, uniformDecideBody } from './decide-bodies.ts';
import type { BenchReport, BenchSetting } from './report.ts';
import { Series, sampleOpenUnary } from './sample.ts';
import { atMost, rounded } from './summary.ts';
import { startTarget, type Target, writeBenchPolicy } from './target.ts';
import { statusBytes, weighStore } from './weigh.ts';

const ZONE = 'Europe/Berlin';
/** Decides a second, evenly, while customers are considered and after. */
const PER_SECOND = 500;
/** Share of the customers who are considered when the service is killed. */
const KILLED_AT = 0.4;
/** What a start, and going through the stored customers, may take longer than at full rate. */
const WALK_FACTOR = 1.2;
const START_MS = 45 * SECOND_MS;
/** Customers who ask: few, so that what they leave behind does not count. */
const FEW = 1_000;
const SLOT_MINUTES_MIN = 2;
const NOISE_BYTES = 2 ** 21;
const RESIDENT_FEW = '4MiB';
const ASKED = /^attune_considerations_total/;

/**
 * Fills a store with customers who then send nothing more, gives them a policy that has them considered in a few minutes, twice as many a
 * second as a node takes, kills the service in the middle of it, and asks for decisions all the while. What is counted is what the log says.
 */
export async function considerReport(setting: BenchSetting): Promise<BenchReport> {
  const { customers, progress, directory } = setting;
  const data = join(directory, 'all');
  const policyDir = join(directory, 'policy');
  const start = (flags: readonly string[] = []): Promise<Target> =>
    startTarget({
      ...{ dataDir: data, policyDir, core: setting.core, flags },
      nodeFlags: ['--expose-gc'],
    });
  writeBenchPolicy(policyDir, policyFiles());
  progress(`a store of ${customers} customers`);
  const filled = await start(['--resident-bytes-max', RESIDENT_FEW]);
  await fill(filled, setting, createCatalog(setting.seed), customers);
  await filled.stop();
  const before = {
    memory: await restartedBytes(start),
    store: await profileBytes(data),
  };

  const rate = LIMITS.considerationsPerSecondMax;
  const minutes = Math.max(SLOT_MINUTES_MIN, Math.ceil(customers / (2 * rate * 60)));
  const walkMs = (customers / rate) * SECOND_MS * WALK_FACTOR;
  const startsAt = Math.ceil((Date.now() + START_MS + walkMs) / MINUTE_MS) * MINUTE_MS;
  const wall = startsAt + new IntlZones().offsetMin(ZONE, startsAt) * MINUTE_MS;
  progress(`considered from ${new Date(startsAt).toISOString()} on, within ${minutes} minutes`);
  let target = await start();
  const appliedAt = Date.now();
  await applyPolicy(target, policyFiles({ wall, minutes }));
  await until(target, 'attune_enrolment_shards', (shards) => shards === 0, startsAt - Date.now());
  const walkSeconds = (Date.now() - appliedAt) / SECOND_MS;

  const plan = {
    ...{ path: DECIDE, connections: 1, perSecond: PER_SECOND },
    ...{ warmSeconds: setting.warmSeconds, seconds: setting.seconds },
    nextBody: uniformDecideBody(Math.min(FEW, customers), BENCH_PLACEMENT),
  };
  const meanwhile = new Series();
  const idle = new Series();
  // Before and after, since a machine is not the same all the time.
  const runMs = (setting.warmSeconds + setting.seconds + 1) * SECOND_MS;
  for (let run = 0; run < setting.runs && Date.now() + 2 * runMs < startsAt; run++)
    idle.add(await sampleOpenUnary(target, plan));
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, startsAt - Date.now())));
  let counted = 0;
  let isKilled = false;
  const endsBy = startsAt + minutes * MINUTE_MS + (customers / rate) * SECOND_MS * 2 + MINUTE_MS;
  for (let last = -1; Date.now() < endsBy; ) {
    const now = await askedOf(target);
    if (counted + now >= customers || (now === last && Date.now() > startsAt + minutes * MINUTE_MS)) break;
    last = now;
    if (!isKilled && now >= customers * KILLED_AT) {
      progress(`kill -9 after ${now} of ${customers}`);
      isKilled = true;
      await target.stop('SIGKILL');
      // What was counted and is not in the log is asked again: the log has the last word.
      counted = now;
      target = await start();
      last = -1;
      continue;
    }
    meanwhile.add(await sampleOpenUnary(target, plan));
  }
  progress('the same without');
  for (let run = 0; run < setting.runs; run++) idle.add(await sampleOpenUnary(target, plan));
  const peakMiB = Math.round(statusBytes(target.pid, 'VmHWM') / 2 ** 20);
  await target.stop();
  const after = { memory: await restartedBytes(start), store: await profileBytes(data) };
  const found = await considered(data, wall, startsAt);
  const p99 = { idle: idle.quantileMs(0.99), meanwhile: meanwhile.quantileMs(0.99) };
  const memoryBytes = (after.memory - before.memory) / customers;
  const errors = idle.errorCount + meanwhile.errorCount;
  return {
    bench: 'consider',
    figures: {
      customers,
      due: found.due,
      asked: found.asked,
      doubled: found.doubled,
      killed: isKilled,
      slotMinutes: minutes,
      lastSeconds: rounded(found.lastSeconds),
      perSecond: rounded(found.asked / found.lastSeconds),
      walkSeconds: rounded(walkSeconds),
      p99Ms: { idle: rounded(p99.idle), meanwhile: rounded(p99.meanwhile) },
      p50Ms: { idle: rounded(idle.quantileMs(0.5)), meanwhile: rounded(meanwhile.quantileMs(0.5)) },
      p99Ratio: rounded(p99.meanwhile / p99.idle),
      decidesPerSecond: PER_SECOND,
      memoryBytes: rounded(memoryBytes),
      peakMiB,
      profileBytes: { before: before.store, after: after.store },
      storeBytes: rounded(weighStore(data).profileBytes / customers),
      recordBytes: rounded(found.bytesMean),
      errors,
      runs: setting.runs,
      secondsPerRun: setting.seconds,
    },
    laws: [
      atMost('not due', customers - found.due, 0),
      atMost('due and not asked', found.due - found.asked, 0),
      atMost('doubled', found.doubled, 0),
      atMost('not killed', isKilled ? 0 : 1, 0),
      atMost('p99Ratio', p99.meanwhile / p99.idle, 2),
      // A timer, and the index of due times beside it.
      atMost('profileBytes added', after.store - before.store, 30),
      // What a process takes more or less from start to start is not its customers'.
      atMost('memoryBytes added', memoryBytes, 20 + NOISE_BYTES / customers),
      atMost('errors', errors, 0),
    ],
    notMeasured: [
      'considerations that find something to send: a message costs what it costs when a caller asks for it',
      'customers in several zones: all of them are due within one window, which is the worst case',
    ],
  };
}

/** Everybody may be written to, and no proactive action has anything to say; with a slot, everybody is considered in it. */
function policyFiles(slot?: { readonly wall: number; readonly minutes: number }): Map<string, string> {
  const files = new Map(benchPolicyFiles());
  const edit = (name: string, change: (content: string) => string): void =>
    void files.set(name, change(files.get(name) ?? ''));
  edit('actions/elsewhere.yaml', (content) => content.replaceAll('local_hour >= 0.0', 'local_hour < 0.0'));
  edit('channels.yaml', (content) => content.replaceAll('consent: granted', 'consent: not_withdrawn'));
  if (slot === undefined) return files;
  edit('policy.yaml', (content) => `${content}consider: daily at ${localTime(slot.wall)}\n`);
  // Customers are not spread over the beginning of quiet hours: so the window is as long as it should be.
  const from = slot.wall + slot.minutes * MINUTE_MS;
  edit('guardrails.yaml', (content) =>
    content
      .replace(/from: "?21:00"?/, `from: "${localTime(from)}"`)
      .replace(/to: "?08:00"?/, `to: "${localTime(from + MINUTE_MS)}"`),
  );
  return files;
}

async function applyPolicy(target: Target, files: Map<string, string>): Promise<void> {
  const client = connect(`127.0.0.1:${target.port}`);
  const { faults } = await client.admin.applyPolicy(Object.fromEntries(files));
  client.close();
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('\n'));
}

function localTime(wall: number): string {
  return new Date(wall).toISOString().slice(11, 16);
}

async function askedOf(target: Target): Promise<number> {
  let asked = 0;
  for (const [name, value] of await target.metrics()) if (ASKED.test(name)) asked += value;
  return asked;
}

async function until(
  target: Target,
  metric: string,
  holds: (value: number) => boolean,
  ms: number,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!holds((await target.metrics()).get(metric) ?? Number.NaN) && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, SECOND_MS));
}

/** Heap of a process that was just started over a filled store, collected. */
async function restartedBytes(start: () => Promise<Target>): Promise<number> {
  const target = await start();
  const { heapBytes, externalBytes } = await target.memory();
  await target.stop();
  return heapBytes + externalBytes;
}
