import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryArchive } from '../adapter/memory/memory-archive.ts';
import { type FactLogStorage, MemoryFactLog } from '../adapter/memory/memory-fact-log.ts';
import { DAY_MS } from '../base/clock.ts';
import { decodeRecord, encodeRecord } from '../codec/stored/record-codec.ts';
import { sampleOutcome } from '../codec/stored/sample-values.fixture.ts';
import { CHANNELS } from '../core/channel.ts';
import type { DecisionFact, OutcomeFact, OutcomeStage } from '../core/fact/fact.ts';
import { FEATURE_COUNT, FEATURES } from '../core/feature/feature-spec.ts';
import { recordsOf } from '../node/open-directory.ts';
import { readPolicyDirectory } from '../policy/policy-directory.ts';
import { type ShopLog, writeShopLog } from './shop-log.ts';
import { trainingPolicy } from './training-policy.ts';
import { ROW_COLUMNS, type RowsFrom, type TrainingRows, trainingRows } from './training-rows.ts';

const START_AT = Date.UTC(2026, 2, 2, 6);
const DAYS = 12;

function write(): Promise<ShopLog> {
  return writeShopLog({
    seed: 4,
    customers: 50,
    days: DAYS,
    startAt: START_AT,
    outreachPerDay: 3,
    policyFiles: trainingPolicy(readPolicyDirectory('policies/starter'), { explore: 0.5, holdout: 0.4 }),
  });
}

/** Within days in place of a month: the customers of this shop unsubscribe when they read. */
function until({ closesAt }: ShopLog): RowsFrom['decidedUntil'] {
  return { click: closesAt - DAY_MS, purchase: closesAt - 7 * DAY_MS, unsubscribe: closesAt - 3 * DAY_MS };
}

function rowsOf(log: ShopLog): Promise<TrainingRows> {
  return trainingRows({
    stores: log.node.stores,
    shards: log.shards,
    decidedUntil: until(log),
    closesAt: log.closesAt,
    policy: log.policy,
    truthOf: log.truthOf,
  });
}

let log: ShopLog;
let rows: TrainingRows;
let decisions: Map<string, DecisionFact>;
let outcomes: (OutcomeFact & { readonly shard: number })[];

beforeAll(async () => {
  log = await write();
  rows = await rowsOf(log);
  decisions = new Map();
  outcomes = [];
  for (let shard = 0; shard < log.shards; shard++) {
    for await (const { sequence, bytes } of recordsOf(log.node.stores, shard)) {
      for (const [index, fact] of decodeRecord(bytes).facts.entries()) {
        if (fact.kind === 'decision') decisions.set(`${shard}-${sequence}-${index}`, fact);
        if (fact.kind === 'outcome') outcomes.push({ ...fact, shard });
      }
    }
  }
});
afterAll(() => log.node.close());

function table(of: TrainingRows): Record<string, number>[] {
  return Array.from({ length: of.rows }, (_, row) =>
    Object.fromEntries(
      ROW_COLUMNS.map((name, i) => [name, of.data[row * ROW_COLUMNS.length + i] ?? Number.NaN]),
    ),
  );
}

/** Outcomes of a stage that had its whole window while the shop was alive, with the choice that they are of. */
function whole(stage: OutcomeStage) {
  return outcomes
    .filter((fact) => fact.stage === stage && !fact.truncated && fact.decidedAt <= until(log)[stage])
    .map((outcome) => {
      const { seq, index, choice } = outcome.ref;
      const decision = decisions.get(`${outcome.shard}-${seq}-${index}`);
      return { outcome, decision, choice: decision?.choices[choice] };
    });
}

describe('the log of a simulated shop', () => {
  test('was written without a refusal, and every decision in it has matured', () => {
    expect([...log.totals.refusals]).toEqual([]);
    expect(log.totals.decisions).toBeGreaterThan(300);
    const choices = [...decisions.values()]
      .filter(({ at }) => at < log.closesAt)
      .reduce((sum, { choices }) => sum + choices.length, 0);
    const matured = outcomes.filter(
      ({ stage, decidedAt }) => stage === 'purchase' && decidedAt < log.closesAt,
    );
    expect(matured).toHaveLength(choices);
  });

  test('gives the same rows when it is written again', async () => {
    const again = await write();
    expect(Buffer.from((await rowsOf(again)).data.buffer).equals(Buffer.from(rows.data.buffer))).toBe(true);
    await again.node.close();
  });
});

describe('training rows', () => {
  test('are one for each click window of a treatment, and one for each month after a dispatched one', () => {
    const treated = whole('click');
    const dispatched = whole('unsubscribe');
    expect(treated.length).toBeGreaterThan(50);
    expect(dispatched.length).toBeGreaterThan(5);
    expect(treated.every(({ choice }) => choice?.kind === 'treatment')).toBe(true);
    expect(dispatched.every(({ decision }) => decision?.dispatch)).toBe(true);
    const contacts = table(rows).filter((row) => row.weight_engage === 1);
    expect(contacts).toHaveLength(treated.length);
    const sent = table(rows).filter((row) => row.weight_unsubscribe === 1);
    expect(sent).toHaveLength(dispatched.length);
    const engaged = treated.filter(({ outcome }) => outcome.engaged).length;
    expect(engaged).toBeGreaterThan(0);
    expect(contacts.filter((row) => row.engaged === 1)).toHaveLength(engaged);
    for (const row of [...contacts, ...sent])
      expect(row[`channel_${CHANNELS[row.channel ?? -1]}`], 'the row of the channel').toBe(1);
  });

  test('are one for each week after "nothing" in the holdout, weighted by its propensity', () => {
    const untouched = whole('purchase').filter(
      ({ decision, choice }) =>
        decision?.heldOut && decision.choices.length === 1 && choice?.kind === 'nothing',
    );
    const p0 = table(rows).filter((row) => (row.weight_p0 ?? 0) > 0);
    expect(untouched.length).toBeGreaterThan(50);
    expect(p0).toHaveLength(untouched.length);
    const weights = untouched.map(({ choice }) => Math.fround(Math.min(10, 1 / (choice?.propensity ?? 0))));
    expect(p0.map((row) => row.weight_p0).sort()).toEqual(weights.sort());
    expect(p0.filter((row) => row.bought === 1)).toHaveLength(
      untouched.filter(({ outcome }) => outcome.orders > 0).length,
    );
    expect(p0.every((row) => row.weight_engage === 0 && row.weight_unsubscribe === 0)).toBe(true);
  });

  test('leave out outcomes of customers who had both arms', async () => {
    const storage: FactLogStorage = new Map();
    const plain = { ...sampleOutcome(), heldOut: true, choice: 'nothing' as const, decidedAt: START_AT };
    const facts = [plain, { ...plain, mixed: true }].map((fact) => ({
      ...fact,
      features: new Float32Array(FEATURE_COUNT),
    }));
    const header = { generation: 1, epoch: 1, batch: 'b', at: START_AT };
    storage.set(0, { first: 1, records: [encodeRecord(header, facts)] });
    const stores = { ...log.node.stores, log: new MemoryFactLog({ storage }), archive: new MemoryArchive() };
    const until = { click: log.closesAt, purchase: log.closesAt, unsubscribe: log.closesAt };
    const { policy, closesAt } = log;
    const found = await trainingRows({ stores, shards: 1, decidedUntil: until, closesAt, policy });
    expect([found.outcomes, found.rows]).toEqual([2, 1]);
  });

  test('come with the weeks of the holdout, whole ones while the shop was open', () => {
    const held = new Set(
      [...decisions.values()].filter(({ heldOut }) => heldOut).map(({ customer }) => customer),
    );
    const { customers, weeks, buying } = rows.weeks;
    expect(customers).toBeGreaterThan(0);
    expect(customers).toBeLessThanOrEqual(held.size);
    expect(weeks).toBeLessThanOrEqual(customers * Math.floor(DAYS / 7));
    expect(buying).toBeLessThanOrEqual(weeks);
  });

  test('have the features of the profile at the decision, where the record has none', () => {
    const p0 = table(rows).filter((row) => (row.weight_p0 ?? 0) > 0);
    for (const row of p0) {
      expect(FEATURES.every((name) => Number.isFinite(row[name]))).toBe(true);
      expect(FEATURES.filter((name) => name.startsWith('stage_') && row[name] === 1)).toHaveLength(1);
    }
    expect(new Set(p0.map((row) => row.views_14d)).size).toBeGreaterThan(20);
    // The holdout gets no marketing: the few messages that reached them were service messages.
    expect(p0.every((row) => (row.sends ?? 0) < Math.log1p(6))).toBe(true);
  });

  test('know the truth between visits only, and keep each customer in one part', () => {
    const p0 = table(rows).filter((row) => (row.weight_p0 ?? 0) > 0);
    const known = p0.filter((row) => !Number.isNaN(row.true_p0));
    expect(known.length).toBeGreaterThan(20);
    expect(known.length).toBeLessThan(p0.length);
    for (const row of known) {
      expect(row.true_p0).toBeGreaterThanOrEqual(0);
      expect(row.true_p0).toBeLessThan(1);
    }
    const customers = new Set(table(rows).map((row) => row.customer));
    expect(customers.size).toBeGreaterThan(30);
    expect(customers.size).toBeLessThanOrEqual(50);
    expect(rows.data).toHaveLength(rows.rows * (FEATURE_COUNT + 9));
  });
});
