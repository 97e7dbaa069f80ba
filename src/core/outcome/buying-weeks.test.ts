import { expect, test } from 'vitest';
import { branded, type CustomerId } from '../../base/brand.ts';
import { DAY_MS } from '../../base/clock.ts';
import type { DecisionFact, EventFact, Fact } from '../fact/fact.ts';
import { BuyingWeeks } from './buying-weeks.ts';

const WEEK = 7 * DAY_MS;

function saw(customer: string, day: number, orderId?: string): Fact {
  const order = orderId === undefined ? undefined : { orderId };
  const name = orderId === undefined ? 'Product Viewed' : 'Order Completed';
  const fact: Partial<EventFact> = {
    kind: 'event',
    customer: branded<CustomerId>(customer),
    name,
    at: day * DAY_MS,
    order: order as EventFact['order'],
  };
  return fact as Fact;
}

function decided(customer: string, day: number, kind: 'nothing' | 'treatment', heldOut = false): Fact {
  const fact = {
    kind: 'decision',
    customer: branded<CustomerId>(customer),
    at: day * DAY_MS,
    heldOut,
    mixed: false,
    choices: [{ kind }],
  };
  return fact as unknown as DecisionFact;
}

function counted(facts: readonly Fact[], holdout = 0) {
  const watched = new BuyingWeeks();
  for (const fact of facts) watched.note(fact);
  return watched.count(10 * WEEK, { holdout });
}

test('weeks with an order are counted among all whole weeks since a customer was heard of', () => {
  const facts = [saw('a', 0), saw('a', 8, 'o1'), saw('a', 9, 'o2'), saw('b', 35)];
  expect(counted(facts)).toEqual({ customers: 2, weeks: 15, buying: 1 });
});

test('the order with which a customer comes does not count, nor one that is told again', () => {
  expect(counted([saw('a', 0, 'o1'), saw('a', 15, 'o1')])).toEqual({ customers: 1, weeks: 10, buying: 0 });
});

test('nobody counts behind the first message to anybody, save the holdout', () => {
  const launched = [saw('a', 0), saw('b', 0), decided('b', 3, 'nothing'), decided('b', 22, 'treatment')];
  expect(counted([...launched, saw('a', 30, 'o1')])).toEqual({ customers: 2, weeks: 6, buying: 0 });
  // All of them are in a holdout of everybody; b is known to have been outside of it.
  expect(counted([...launched, saw('a', 30, 'o1')], 1)).toEqual({ customers: 2, weeks: 13, buying: 1 });
});

test('a service message to the holdout is no launch', () => {
  expect(counted([saw('a', 0), decided('a', 3, 'treatment', true), saw('a', 30, 'o1')])).toMatchObject({
    weeks: 10,
    buying: 1,
  });
});

function absorbed(customer: string, other: string, mixed: boolean): Fact {
  const fact = { kind: 'absorb-in', customer: branded<CustomerId>(customer), state: { id: other }, mixed };
  return fact as unknown as Fact;
}

test('two who became one count once, from when the first of them was heard of', () => {
  const facts = [saw('phone', 0), saw('phone', 8, 'o1'), saw('anna', 35), absorbed('anna', 'phone', false)];
  for (const order of [facts, [...facts].reverse()])
    expect(counted(order)).toEqual({ customers: 1, weeks: 10, buying: 1 });
  // Through a third one too, and in a circle that is none.
  const chain = [...facts, saw('berta', 42), absorbed('berta', 'anna', false)];
  expect(counted(chain)).toEqual({ customers: 1, weeks: 10, buying: 1 });
});

test('who had decisions of both arms is left out, whoever took them in later', () => {
  const facts = [saw('a', 0), saw('b', 0), saw('c', 0), absorbed('a', 'b', true), absorbed('c', 'a', false)];
  expect(counted([...facts, saw('d', 0)])).toEqual({ customers: 1, weeks: 10, buying: 0 });
});

test('facts in another order count alike', () => {
  const facts = [
    saw('a', 0),
    saw('a', 8, 'o1'),
    saw('b', 1, 'o2'),
    saw('b', 30, 'o3'),
    decided('b', 40, 'treatment'),
  ];
  expect(counted([...facts].reverse())).toEqual(counted(facts));
  expect(counted(facts)).toEqual({ customers: 2, weeks: 10, buying: 2 });
});

test('a customer who is known for less than a week says nothing', () => {
  expect(counted([saw('a', 66), saw('a', 67, 'o1')])).toEqual({ customers: 0, weeks: 0, buying: 0 });
});
