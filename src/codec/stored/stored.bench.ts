/**
 * What it costs to store: µs and bytes of the values that the hot path packs, on one core, warm. Run it with
 * `node src/codec/stored/stored.bench.ts`; prints one JSON object. Not measured: the log, the store, cold caches.
 */
import { cpus } from 'node:os';
import type { Fact } from '../../core/fact/fact.ts';
import { decodeProfile, encodeProfile } from './profile-codec.ts';
import { decodeRecord, RecordBuilder, RecordCursor } from './record-codec.ts';
import { sampleDecision, sampleEvent, sampleOutcome, sampleProfile } from './sample-values.fixture.ts';

const ROUNDS = 9;
const CALLS = 20_000;
const header = { generation: 1, epoch: 3, batch: 'node-1-18f2', at: 1_790_000_000_000 };
const builder = new RecordBuilder();

/** Median over rounds of the CPU µs per call, all threads: a busy machine and garbage collection do not hide in it. */
function micros(call: (i: number) => void): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + 2; round++) {
    const from = process.cpuUsage();
    for (let i = 0; i < CALLS; i++) call(i);
    const used = process.cpuUsage(from);
    if (round >= 2) times.push((used.user + used.system) / CALLS);
  }
  times.sort((a, b) => a - b);
  return round3(times[ROUNDS >> 1] ?? 0);
}

function round3(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Into one record of 64 facts, as a turn packs them. */
function packing(facts: readonly Fact[]): number {
  return micros((i) => {
    if ((i & 63) === 0) builder.begin(header);
    builder.addFact(facts[i % facts.length] as Fact);
  });
}

function stored(facts: readonly Fact[]): Uint8Array {
  builder.begin(header);
  for (const fact of facts) builder.addFact(fact);
  return builder.finish();
}

function bytesOf(fact: Fact): number {
  const cursor = new RecordCursor(stored([fact]));
  cursor.next();
  return cursor.length;
}

const steps = Array.from({ length: 16 }, (_, step) => step);
const decisions = steps.map(sampleDecision);
const events = steps.map((step) => sampleEvent(step + 1));
const mixed = steps.flatMap((step) => [sampleEvent(step + 1), sampleDecision(step)]);
const record = stored(mixed);
const decisionRecord = stored(decisions);
const eventRecord = stored(events);
const profile = sampleProfile();
const profileBytes = encodeProfile(profile);
const other = decisions[0]?.customer ?? '';

const results = {
  machine: cpus()[0]?.model ?? 'unknown',
  node: process.version,
  decisionFactBytes: bytesOf(sampleDecision()),
  decisionPackUs: packing(decisions),
  decisionReadUs: round3(micros(() => void decodeRecord(decisionRecord)) / decisions.length),
  decisionReadForFoldUs: round3(
    micros(() => void decodeRecord(decisionRecord, { columns: false })) / decisions.length,
  ),
  eventFactBytes: bytesOf(sampleEvent(1)),
  eventPackUs: packing(events),
  eventReadUs: round3(micros(() => void decodeRecord(eventRecord)) / events.length),
  outcomeFactBytes: bytesOf(sampleOutcome()),
  outcomePackUs: packing([sampleOutcome()]),
  recordFinishUs: micros(() => {
    builder.begin(header);
    builder.addFact(events[0] as Fact);
    builder.finish();
  }),
  scanUsPerFact: round3(
    micros(() => {
      const cursor = new RecordCursor(record);
      while (cursor.next()) cursor.isOf(other as never);
    }) / mixed.length,
  ),
  profileBytes: profileBytes.length,
  profileOf12EventsBytes: encodeProfile(sampleProfile(12)).length,
  profileOf4EventsBytes: encodeProfile(sampleProfile(4)).length,
  profileEncodeUs: micros(() => void encodeProfile(profile)),
  profileDecodeUs: micros(() => void decodeProfile(profileBytes)),
  profileMemoryBytes: memoryOf(profileBytes),
};
process.stdout.write(`${JSON.stringify(results)}\n`);

/** Heap and array buffers per decoded profile; needs --expose-gc, else 0. */
function memoryOf(bytes: Uint8Array): number {
  const collect = globalThis.gc;
  if (collect === undefined) return 0;
  const count = 5_000;
  const kept: unknown[] = new Array(count).fill(undefined);
  collect();
  const before = process.memoryUsage();
  for (let i = 0; i < count; i++) kept[i] = decodeProfile(bytes);
  collect();
  const after = process.memoryUsage();
  const grown = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  return Math.round(grown / kept.length);
}
