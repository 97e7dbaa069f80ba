/** How long ticks wait for a scorer, and when they stop, by a clock that only the test turns. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../../adapter/onnx/base-rate-scorer.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { DecideOutcome } from '../../port/customers.ts';
import { decideInput, emptyStores, event, product, startNode, TUESDAY } from '../engine.fixture.ts';
import { Scoring } from './scoring.ts';
import type { ScoreRows } from './turn.ts';

const WAIT_MS = LIMITS.scorerWaitMsMax;
const LATE_MAX = LIMITS.scorerLateRunsMax;
const NEVER = Number.POSITIVE_INFINITY;
const WELL = { ms: 1, holds: false, fails: false };

interface Scored {
  readonly from: 'model' | 'rates';
  readonly afterMs: number;
}

/** A scorer that takes as long as `is` says; `holds`: it keeps the event loop meanwhile, so that no timer is heard. */
class Bench {
  is = WELL;
  asked = 0;
  /** The most runs that were under way at once. */
  underWayMost = 0;
  readonly faults: string[] = [];
  readonly counts: Record<string, number> = {};
  /** The rows of each run, as they are now. */
  readonly read: Float32Array[] = [];
  readonly scoring: Scoring;
  readonly #clock = new VirtualClock(TUESDAY);
  /** One for all ticks, as the engine's: each writes its number. */
  readonly #rows = oneRow();
  #ticks = 0;
  #heldMs = 0;
  #underWay = 0;

  constructor() {
    const virtual = this.#clock;
    this.scoring = new Scoring(
      {
        clock: {
          now: () => this.#now(),
          after: (ms, fn) => virtual.after(ms, fn),
          soon: (fn) => virtual.soon(fn),
        },
        observer: {
          count: (name, by, label) => {
            const key = `${name} ${label ?? ''}`.trim();
            this.counts[key] = (this.counts[key] ?? 0) + by;
          },
          gauge: () => {},
          time: () => {},
          info: () => {},
          fault: (sentence) => void this.faults.push(sentence),
        },
        scorer: {
          info: new BaseRateScorer().info,
          run: (features, count) => {
            this.read.push(features);
            return this.#run(count);
          },
          close: async () => {},
        },
      },
      WAIT_MS,
    );
  }

  /** Scores a row as a tick does. */
  async tick(deadlineMs = NEVER): Promise<Scored> {
    const startedAt = this.#now();
    let fallback: boolean | undefined;
    this.#rows.features[0] = ++this.#ticks;
    void this.scoring.score(this.#rows, startedAt + deadlineMs).then((scores) => {
      fallback = scores.fallback;
    });
    for (await settled(); fallback === undefined; await settled())
      this.#clock.advanceTo(this.#clock.next ?? Number.NaN);
    return { from: fallback ? 'rates' : 'model', afterMs: this.#now() - startedAt };
  }

  async pass(ms: number): Promise<void> {
    for (const until = this.#clock.now() + ms; (this.#clock.next ?? NEVER) <= until; await settled())
      this.#clock.advanceTo(this.#clock.next ?? until);
    this.#clock.advanceTo(this.#clock.now() + ms);
    await settled();
  }

  #now(): number {
    return this.#clock.now() + this.#heldMs;
  }

  async #run(count: number): Promise<Float32Array> {
    const { ms, holds, fails } = this.is;
    this.asked++;
    this.underWayMost = Math.max(this.underWayMost, ++this.#underWay);
    if (holds) this.#heldMs += ms;
    else await new Promise<void>((resolve) => ms !== NEVER && this.#clock.after(ms, resolve));
    this.#underWay--;
    if (fails) throw new Error('the model failed');
    return new Float32Array(count * 3);
  }
}

function oneRow(): ScoreRows {
  return { features: new Float32Array(8), channels: Uint8Array.of(1, 0), width: 4, max: 2, count: 1 };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('a run that takes longer than a tick may wait is given up, and base rates answer', async () => {
  const bench = new Bench();
  bench.is = { ...WELL, ms: WAIT_MS - 1 };
  expect(await bench.tick()).toEqual({ from: 'model', afterMs: WAIT_MS - 1 });
  bench.is = { ...WELL, ms: WAIT_MS + 1 };
  expect(await bench.tick()).toEqual({ from: 'rates', afterMs: WAIT_MS });
  expect(bench.counts).toEqual({
    attune_scorer_late_total: 1,
    'attune_scorer_fallbacks_total late': 1,
  });
  // Lateness is a number, not an error.
  expect(bench.faults).toEqual([]);
});

test('a run that held the event loop is late, and what it computed is used', async () => {
  const bench = new Bench();
  bench.is = { ms: 3 * WAIT_MS, holds: true, fails: false };
  expect(await bench.tick()).toEqual({ from: 'model', afterMs: 3 * WAIT_MS });
  expect(bench.counts).toEqual({ attune_scorer_late_total: 1 });
});

test('a tick waits up to the earliest deadline in it, which makes no run late', async () => {
  const bench = new Bench();
  for (let n = 0; n < 3 * LATE_MAX; n++) {
    bench.is = { ...WELL, ms: 30 };
    expect(await bench.tick(20)).toEqual({ from: 'rates', afterMs: 20 });
    await bench.pass(10);
  }
  expect(await bench.tick(40)).toEqual({ from: 'model', afterMs: 30 });
  expect(bench.counts).toEqual({ 'attune_scorer_fallbacks_total deadline': 3 * LATE_MAX });
});

test('after three late runs in a row ticks do not wait, until a probe comes back in time', async () => {
  const bench = new Bench();
  const late = { ...WELL, ms: WAIT_MS + 50 };
  bench.is = late;
  for (let n = 1; n < LATE_MAX; n++) await bench.tick();
  bench.is = WELL;
  expect(await bench.tick()).toMatchObject({ from: 'model' });
  bench.is = late;
  for (let n = 0; n < LATE_MAX; n++) expect(await bench.tick()).toEqual({ from: 'rates', afterMs: WAIT_MS });
  expect(bench.scoring.isResting).toBe(true);
  const { asked } = bench;
  expect(await bench.tick()).toEqual({ from: 'rates', afterMs: 0 });
  expect(bench.asked).toBe(asked);
  // A probe that is late itself changes nothing.
  await bench.pass(INTERVALS.scorerProbeMs);
  expect(await bench.tick()).toEqual({ from: 'rates', afterMs: 0 });
  expect(bench.asked).toBe(asked + 1);
  await bench.pass(late.ms);
  bench.is = WELL;
  expect(await bench.tick()).toEqual({ from: 'rates', afterMs: 0 });
  expect(bench.asked).toBe(asked + 1);
  await bench.pass(INTERVALS.scorerProbeMs);
  expect(await bench.tick()).toEqual({ from: 'rates', afterMs: 0 });
  await bench.pass(WELL.ms);
  expect(bench.scoring.isResting).toBe(false);
  expect(await bench.tick()).toEqual({ from: 'model', afterMs: WELL.ms });
  expect(bench.faults).toEqual([]);
});

test('a run that was given up, and a probe, keep the rows that they read', async () => {
  const bench = new Bench();
  bench.is = { ...WELL, ms: NEVER };
  for (let n = 0; n < LATE_MAX; n++) await bench.tick();
  await bench.pass(INTERVALS.scorerProbeMs);
  await bench.tick();
  await bench.tick();
  expect(bench.read.map((features) => features[0])).toEqual([1, 2, 3, 4]);
});

test('a scorer that fails is told, and asked again', async () => {
  const bench = new Bench();
  bench.is = { ...WELL, fails: true };
  for (let n = 0; n < 2 * LATE_MAX; n++) expect(await bench.tick()).toMatchObject({ from: 'rates' });
  expect(bench.faults).toHaveLength(2 * LATE_MAX);
  expect(bench.counts).toEqual({ 'attune_scorer_fallbacks_total failed': 2 * LATE_MAX });
  bench.is = WELL;
  expect(await bench.tick()).toMatchObject({ from: 'model' });
});

const arbTick = fc.record({
  ms: fc.constantFrom(0, 1, 30, WAIT_MS - 1, WAIT_MS + 1, 350, 5_000, NEVER),
  deadlineMs: fc.constantFrom(10, 40, WAIT_MS - 5, NEVER),
  gapMs: fc.constantFrom(0, 5, WAIT_MS, INTERVALS.scorerProbeMs),
});

test('whatever a scorer does, each tick is answered while it may wait, by the model where it was in time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbTick, { maxLength: 40 }), async (ticks) => {
      const bench = new Bench();
      for (const { ms, deadlineMs, gapMs } of ticks) {
        bench.is = { ...WELL, ms };
        const waitMs = bench.scoring.isResting ? 0 : Math.min(WAIT_MS, deadlineMs);
        const scored = await bench.tick(deadlineMs);
        const inTime = ms < waitMs;
        expect(scored).toEqual({ from: inTime ? 'model' : 'rates', afterMs: inTime ? ms : waitMs });
        await bench.pass(gapMs);
      }
      // The runs that were given up, and a probe.
      expect(bench.underWayMost).toBeLessThanOrEqual(LATE_MAX + 1);
      expect(bench.faults).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('a scorer that is well again is asked again, whatever it did before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbTick, { maxLength: 20 }), async (ticks) => {
      const bench = new Bench();
      for (const { ms, deadlineMs, gapMs } of ticks) {
        bench.is = { ...WELL, ms: ms === NEVER ? 9_000 : ms };
        await bench.tick(deadlineMs);
        await bench.pass(gapMs);
      }
      bench.is = WELL;
      await bench.pass(10_000);
      await bench.tick();
      await bench.pass(WELL.ms);
      expect(await bench.tick()).toEqual({ from: 'model', afterMs: WELL.ms });
    }),
    { numRuns: 100 },
  );
});

test('an engine’s tick goes by the deadlines of its requests, and the records say that base rates answered', async () => {
  const node = await startNode(emptyStores());
  const { runtime } = node.engine;
  const sound = runtime.scorer;
  runtime.scorer = { info: sound.info, run: () => new Promise(() => {}), close: () => sound.close() };
  await node.publish(event('Product Viewed', TUESDAY - 1000, { products: [product('p1')] }));
  const decided = new Promise<DecideOutcome>((resolve) => {
    node.gateway.decide(decideInput('r1'), 200, TUESDAY + 30, resolve);
  });
  let outcome: DecideOutcome | undefined;
  void decided.then((given) => {
    outcome = given;
  });
  node.clock.advanceTo(TUESDAY + 29);
  for (let turns = 0; turns < 10; turns++) await settled();
  expect(outcome).toBeUndefined();
  node.clock.advanceTo(TUESDAY + 30);
  expect(await decided).toMatchObject({ kind: 'decided', fact: { fallback: true } });
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});
