import { expect, test } from 'vitest';
import { LawBook } from '../../audit/laws/law-book.ts';
import type { CustomerFact } from '../../core/fact/fact.ts';
import { BudgetLaws } from './budget-laws.ts';

function offered(day: number): CustomerFact {
  const reserved = { budget: 'codes', day, discount: 8_000_000, message: 1_000 };
  return {
    kind: 'decision',
    choices: [{ offer: undefined }, { offer: { reserved } }],
  } as unknown as CustomerFact;
}

function rejected(seq: number, retryable: boolean): CustomerFact {
  const ref = { seq, index: 0, choice: 1 };
  return { kind: 'delivery', state: 'rejected', retryable, ref } as unknown as CustomerFact;
}

test.each([
  ['three offers on a day', [offered(1), offered(1), offered(1)], 1],
  ['two, and one on the next day', [offered(1), offered(1), offered(2)], 0],
  ['three, of which one was refused for good', [offered(1), rejected(1, false), offered(1), offered(1)], 0],
  ['three, of which one was refused for now', [offered(1), rejected(1, true), offered(1), offered(1)], 1],
] as const)('of a budget for two: %s', (_, facts, breaches) => {
  const book = new LawBook();
  const laws = new BudgetLaws(book);
  for (const [at, fact] of facts.entries()) laws.fact({ shard: 0, sequence: at + 1, index: 0 }, fact);
  laws.end(new Map([['codes', 16.002]]));
  expect(book.count).toBe(breaches);
});
