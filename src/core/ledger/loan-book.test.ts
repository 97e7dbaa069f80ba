import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BOUNDS } from '../bounds.ts';
import type { LoanFact } from '../fact/fact.ts';
import { partOf } from '../guardrail/budgets.ts';
import { type LoanAsk, LoanBook, loanTotal } from './loan-book.ts';

const DAY = 20_700;
const BUDGET = 'daily';

function loan(side: LoanFact['side'], shard: number, total: number, day = DAY): LoanFact {
  return { kind: 'loan', side, budget: BUDGET, day, shard, total, at: 0 };
}

/** What a shard's log has: loans, and draws as numbers. */
type Entry = LoanFact | number;

/** One shard as its log makes it. A crash is the fold of the log, and the loss of what was heard and not noted. */
class PlainShard {
  readonly log: Entry[] = [];
  book = new LoanBook();
  drawn = 0;
  heard = new Map<number, number>();

  readonly part: number;

  constructor(part: number) {
    this.part = part;
  }

  get left(): number {
    return this.part + this.book.net(BUDGET, DAY) - this.drawn;
  }

  write(entry: Entry): void {
    this.log.push(entry);
    this.fold(entry);
  }

  fold(entry: Entry): void {
    if (typeof entry === 'number') this.drawn += entry;
    else this.book.fold(entry);
  }

  crash(): void {
    this.book = new LoanBook();
    this.drawn = 0;
    this.heard.clear();
    for (const entry of this.log) this.fold(entry);
  }

  /** The checkpoint is stored and read again. */
  reload(): void {
    this.book = new LoanBook(structuredClone(this.book.state));
  }

  draw(amount: number): void {
    for (const [from, total] of this.heard) this.write(loan('borrowed', from, total));
    this.heard.clear();
    if (amount <= this.left) this.write(amount);
  }

  ask(by: number, to: number, wanted: number): LoanAsk {
    const heard = Math.max(this.heard.get(to) ?? 0, this.book.total('borrowed', BUDGET, DAY, to));
    return { budget: BUDGET, day: DAY, by, heard, wanted, isShort: true };
  }

  lend(ask: LoanAsk): number {
    const total = loanTotal(this.book, ask, this.left);
    if (total > this.book.total('lent', BUDGET, DAY, ask.by)) this.write(loan('lent', ask.by, total));
    return total;
  }

  hear(from: number, total: number): void {
    if (total > this.book.total('borrowed', BUDGET, DAY, from)) this.heard.set(from, total);
  }
}

const SHARDS = 4;
const arbShard = fc.nat(SHARDS - 1);
const arbStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('draw' as const), at: arbShard, amount: fc.nat(12) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('ask' as const),
      at: arbShard,
      to: arbShard,
      wanted: fc.nat(25),
      // What becomes of question and answer.
      becomes: fc.constantFrom('heard', 'heard', 'lost', 'late', 'twice'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('late' as const), at: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom('crash' as const, 'reload' as const), at: arbShard }),
  },
);

test('whatever is lent, lost, told twice or late, and whoever crashes: all shards give away no more than the allowance, and in the end all of it is somewhere', () => {
  let [spent, lentMore] = [0, 0];
  fc.assert(
    fc.property(fc.nat(60), fc.array(arbStep, { maxLength: 60, size: 'max' }), (allowance, steps) => {
      const shards = Array.from({ length: SHARDS }, (_, id) => new PlainShard(partOf(allowance, id, SHARDS)));
      const shardAt = (id: number) => shards[id] as PlainShard;
      const late: { ask: LoanAsk; to: number; total: number }[] = [];
      const drawn = () => shards.reduce((sum, shard) => sum + shard.drawn, 0);
      for (const step of steps) {
        if (step.what === 'draw') shardAt(step.at).draw(step.amount);
        else if (step.what === 'late') {
          const one = late[step.at % Math.max(1, late.length)];
          // The question comes again, and the first answer after it.
          if (one !== undefined) {
            shardAt(one.to).lend(one.ask);
            shardAt(one.ask.by).hear(one.to, one.total);
          }
        } else if (step.what !== 'ask') shardAt(step.at)[step.what]();
        else if (step.at !== step.to) {
          const ask = shardAt(step.at).ask(step.at, step.to, step.wanted);
          const total = shardAt(step.to).lend(ask);
          if (step.becomes === 'twice') shardAt(step.to).lend(ask);
          if (step.becomes === 'late') late.push({ ask, to: step.to, total });
          if (step.becomes === 'heard' || step.becomes === 'twice') shardAt(step.at).hear(step.to, total);
        }
        expect(drawn()).toBeLessThanOrEqual(allowance);
        for (const shard of shards) expect(shard.left).toBeGreaterThanOrEqual(0);
      }
      // Everybody asks everybody, for nothing: what was lent and not heard is told again.
      for (let by = 0; by < SHARDS; by++)
        for (let to = 0; to < SHARDS; to++)
          if (by !== to)
            shardAt(by).hear(to, shardAt(to).lend({ ...shardAt(by).ask(by, to, 0), wanted: -1e9 }));
      for (const shard of shards) shard.draw(Number.POSITIVE_INFINITY);
      lentMore += shards.filter(({ left, part, drawn: own }) => left + own > part).length;
      spent += drawn() > partOf(allowance, 0, SHARDS) ? 1 : 0;
      expect(drawn() + shards.reduce((sum, { left }) => sum + left, 0)).toBe(allowance);
    }),
    { numRuns: 400 },
  );
  // Not of a world in which nothing happens.
  expect(lentMore).toBeGreaterThan(50);
  expect(spent).toBeGreaterThan(50);
});

test('one shard with all the demand spends the allowance but for less than its largest offer', () => {
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 2, max: 9 }),
      (allowance, draw, count) => {
        const shards = Array.from({ length: count }, (_, id) => new PlainShard(partOf(allowance, id, count)));
        const one = shards[0] as PlainShard;
        for (let round = 0; round < 500; round++) {
          one.draw(draw);
          for (let to = 1; to < count && one.left < 2 * draw; to++)
            one.hear(to, (shards[to] as PlainShard).lend(one.ask(0, to, 2 * draw - one.left)));
        }
        expect(one.drawn).toBeGreaterThan(allowance - draw);
        expect(one.drawn).toBeLessThanOrEqual(allowance);
      },
    ),
    { numRuns: 60 },
  );
});

test('a lender whose log was set back learns from the borrower what it had lent', () => {
  const lender = new PlainShard(100);
  const ask = { budget: BUDGET, day: DAY, by: 1, heard: 30, wanted: 0, isShort: true };
  // It knows of nothing: what was heard of it is counted, and what it gives comes on top.
  expect(lender.lend(ask)).toBe(30 + 50);
  expect(lender.left).toBe(20);
});

test('a loan counts on its own day, and one that is older than yesterday is forgotten', () => {
  const book = new LoanBook();
  book.fold(loan('borrowed', 1, 10));
  book.fold(loan('lent', 2, 4));
  expect([book.net(BUDGET, DAY), book.net(BUDGET, DAY + 1), book.net('other', DAY)]).toEqual([6, 0, 0]);
  book.fold(loan('borrowed', 1, 7, DAY + 1));
  expect([book.net(BUDGET, DAY), book.net(BUDGET, DAY + 1)]).toEqual([6, 7]);
  book.forget(DAY + 2);
  expect([book.net(BUDGET, DAY), book.net(BUDGET, DAY + 1)]).toEqual([0, 7]);
});

test('the parts of all shards are the allowance, and differ by no more than a millionth', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 100 }), (allowance, shards) => {
      const parts = Array.from({ length: shards }, (_, id) => partOf(allowance, id, shards));
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(allowance);
      expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a book that is full takes no other shard, and keeps counting those that it has', () => {
  const book = new LoanBook();
  for (let shard = 0; shard < BOUNDS.loans; shard++) book.fold(loan('lent', shard, 1));
  expect(book.isFull('lent', BUDGET, DAY, BOUNDS.loans)).toBe(true);
  expect(book.isFull('borrowed', BUDGET, DAY, 0)).toBe(true);
  expect(book.isFull('lent', BUDGET, DAY, 0)).toBe(false);
  book.fold(loan('lent', 0, 5));
  expect(book.net(BUDGET, DAY)).toBe(-(BOUNDS.loans + 4));
});
