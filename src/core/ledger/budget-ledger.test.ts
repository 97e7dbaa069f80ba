import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CustomerId } from '../../base/brand.ts';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';
import { civilDay } from '../calendar/civil-time.ts';
import type { ChoiceRef, CustomerFact, DecisionFact } from '../fact/fact.ts';
import { BudgetLedger } from './budget-ledger.ts';
import type { BudgetState } from './shard-state.ts';

const START = Date.UTC(2026, 2, 3, 20);
const WINDOW = 3 * HOUR_MS;
const ALLOWANCE = 12;
const BUDGETS = new Map([['daily', 0]]);
const MESSAGE = 1;

function decision(customer: string, at: number, discount: number): DecisionFact {
  const reserved = { budget: 'daily', day: civilDay(at, 0), discount, message: MESSAGE };
  const choices = [{ offer: { reserved } }];
  return { kind: 'decision', customer, at, purchaseMs: WINDOW, choices } as unknown as DecisionFact;
}

function order(customer: string, at: number): CustomerFact {
  return { kind: 'event', name: 'Order Completed', customer, at, receivedAt: at } as unknown as CustomerFact;
}

function answer(
  ref: ChoiceRef,
  what: Partial<CustomerFact> & { kind: CustomerFact['kind'] },
  at: number,
): CustomerFact {
  return { customer: 'anna' as CustomerId, ref, at, receivedAt: at, ...what } as unknown as CustomerFact;
}

function drawnOf(ledgers: readonly BudgetLedger[], now: number): number {
  const used = new Float64Array(1);
  for (const ledger of ledgers) ledger.addTo(used, civilDay(now, 0), BUDGETS);
  return used[0] as number;
}

/** A shard's log, one fact a record. */
type Log = { readonly fact: CustomerFact; readonly seq: number }[];

/** What the day of `now` has drawn, read from the log as the rules say it. */
function plainDrawn(log: Log, now: number): number {
  let drawn = 0;
  for (const { fact, seq } of log) {
    if (fact.kind !== 'decision') continue;
    const reserved = fact.choices[0]?.offer?.reserved;
    if (reserved === undefined || reserved.day !== civilDay(now, 0)) continue;
    const until = fact.at + fact.purchaseMs;
    let [back, returned, ordered] = [false, false, false];
    for (const { fact: later, seq: place } of log) {
      if (place <= seq) continue;
      if (later.kind === 'event') {
        if (later.customer === fact.customer && later.at >= fact.at && later.at < until) ordered = true;
        continue;
      }
      if (!('ref' in later) || later.ref?.seq !== seq || later.at >= until || returned) continue;
      if (later.kind === 'handed') back = false;
      else if (later.kind === 'delivery' && later.state === 'rejected' && later.retryable) back = true;
      else if (later.kind === 'delivery') returned = later.state !== 'accepted' && later.state !== 'too_late';
      else if (later.kind === 'withdraw') returned = back;
      else if (later.kind === 'feedback') returned = later.feedback.startsWith('bounced');
    }
    if (!returned) drawn += reserved.message + (now >= until && !ordered ? 0 : reserved.discount);
  }
  return drawn;
}

const ANSWERS = [
  { kind: 'handed' },
  { kind: 'delivery', state: 'accepted', retryable: false },
  { kind: 'delivery', state: 'rejected', retryable: false },
  { kind: 'delivery', state: 'rejected', retryable: true },
  { kind: 'delivery', state: 'withdrawn', retryable: false },
  { kind: 'delivery', state: 'too_late', retryable: false },
  { kind: 'delivery', state: 'expired', retryable: false },
  { kind: 'withdraw' },
  { kind: 'feedback', feedback: 'bounced_hard' },
  { kind: 'feedback', feedback: 'bounced_soft' },
  { kind: 'feedback', feedback: 'clicked' },
] as const;

const arbStep = fc.oneof(
  fc.record({
    step: fc.constant('decide' as const),
    customer: fc.constantFrom('anna', 'bea'),
    discount: fc.integer({ min: 0, max: 6 }),
  }),
  fc.record({ step: fc.constant('answer' as const), what: fc.constantFrom(...ANSWERS), to: fc.nat(5) }),
  fc.record({ step: fc.constant('order' as const), customer: fc.constantFrom('anna', 'bea') }),
);
const arbTurn = fc.record({
  shard: fc.nat(2),
  steps: fc.array(arbStep, { minLength: 1, maxLength: 4 }),
  laterMin: fc.constantFrom(0, 0, 10, 100, 179, 300),
  becomes: fc.constantFrom('durable', 'durable', 'lost', 'checkpointed'),
  restart: fc.boolean(),
});

/** A node of three shards: what it has in memory and what is stored. */
class Shards {
  readonly logs: Log[] = [[], [], []];
  readonly ledgers = this.logs.map(() => new BudgetLedger());
  readonly #stored: { readonly state: BudgetState; readonly upTo: number }[] = this.logs.map(() => ({
    state: { days: [], open: [], loans: [] },
    upTo: 0,
  }));

  checkpoint(shard: number): void {
    const ledger = this.ledgers[shard] as BudgetLedger;
    this.#stored[shard] = { state: structuredClone(ledger.state), upTo: (this.logs[shard] as Log).length };
  }

  /** From checkpoint and log. */
  recover(shard: number): BudgetLedger {
    const { state, upTo } = this.#stored[shard] as { state: BudgetState; upTo: number };
    const ledger = new BudgetLedger(state);
    for (const { fact, seq } of (this.logs[shard] as Log).slice(upTo)) {
      ledger.fold(fact, seq, 0);
      ledger.commit();
    }
    return ledger;
  }
}

describe('budgets over the shards of a node', () => {
  test('a day draws what a plain reading of the log says, and no more than its budget, wherever turns fail and shards restart', () => {
    let exhausted = 0;
    fc.assert(
      fc.property(fc.array(arbTurn, { maxLength: 40 }), (turns) => {
        const node = new Shards();
        let now = START;
        for (const { shard, steps, laterMin, becomes, restart } of turns) {
          now += laterMin * 60_000;
          for (const ledger of node.ledgers) ledger.endWindows(now);
          const [log, ledger] = [node.logs[shard] as Log, node.ledgers[shard] as BudgetLedger];
          const turn: Log = [];
          for (const step of steps) {
            const seq = log.length + turn.length + 1;
            let fact: CustomerFact;
            if (step.step === 'decide') {
              if (drawnOf(node.ledgers, now) + step.discount + MESSAGE > ALLOWANCE) {
                exhausted++;
                continue;
              }
              fact = decision(step.customer, now, step.discount);
            } else if (step.step === 'order') fact = order(step.customer, now);
            else fact = answer({ seq: Math.max(1, seq - 1 - step.to), index: 0, choice: 0 }, step.what, now);
            ledger.fold(fact, seq, 0);
            turn.push({ fact, seq });
            expect(drawnOf(node.ledgers, now)).toBeLessThanOrEqual(ALLOWANCE);
          }
          if (becomes === 'lost') {
            // Until the shard is back the others count what it had, and may take all that is left.
            const other = (shard + 1) % 3;
            const left = ALLOWANCE - drawnOf(node.ledgers, now) - MESSAGE;
            if (left >= 0) {
              const fact = decision('carl', now, left);
              const seq = (node.logs[other] as Log).length + 1;
              (node.ledgers[other] as BudgetLedger).fold(fact, seq, 0);
              (node.logs[other] as Log).push({ fact, seq });
            }
            node.ledgers[shard] = node.recover(shard);
          } else {
            log.push(...turn);
            ledger.commit();
            if (becomes === 'checkpointed') node.checkpoint(shard);
          }
          if (restart) for (let at = 0; at < 3; at++) node.ledgers[at] = node.recover(at);
          for (const each of node.ledgers) each.endWindows(now);
          const plain = node.logs.map((each) => plainDrawn(each, now));
          expect(node.ledgers.map((each) => drawnOf([each], now))).toEqual(plain);
          expect(plain.reduce((a, b) => a + b)).toBeLessThanOrEqual(ALLOWANCE);
        }
      }),
      { numRuns: 400 },
    );
    expect(exhausted).toBeGreaterThan(100);
  });

  test('days and open reservations are bounded, and what is forgotten of the newest days stays drawn', () => {
    const ledger = new BudgetLedger();
    const most = BOUNDS.reservations + 10;
    for (let seq = 1; seq <= most; seq++) ledger.fold(decision('anna', START, 1), seq, 0);
    expect(ledger.state.open).toHaveLength(BOUNDS.reservations);
    expect(drawnOf([ledger], START)).toBe(2 * most);
    const forgotten = { seq: 1, index: 0, choice: 0 };
    ledger.fold(answer(forgotten, { kind: 'delivery', state: 'expired' } as never, START), most + 1, 0);
    ledger.commit();
    expect(drawnOf([ledger], START)).toBe(2 * most);
    for (let day = 1; day <= 40; day++) {
      ledger.fold(decision('anna', START + day * DAY_MS, 1), most + 1 + day, 0);
      expect(ledger.state.days.length).toBeLessThanOrEqual(2);
    }
    expect(ledger.state.open).toHaveLength(2);
    for (let id = 0; id < BOUNDS.budgetDays + 10; id++) {
      const fact = decision('anna', START + 40 * DAY_MS, 1);
      const reserved = fact.choices[0]?.offer?.reserved as { budget: string };
      reserved.budget = `renamed-${id}`;
      ledger.fold(fact, 10_000 + id, 0);
    }
    expect(ledger.state.days.length).toBe(BOUNDS.budgetDays);
  });
});
