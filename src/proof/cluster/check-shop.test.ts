import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ProfileSchema } from '../../gen/attune/v1/customer_pb.ts';
import { profileFaults } from './check-shop.ts';

/** A profile that counts so many events, seconds after the last one. */
function profile(events: number, orders: readonly string[] = []) {
  return create(ProfileSchema, {
    counters: [
      { name: 'views', halfLife14d: 99 },
      { name: 'events', halfLife14d: events * 0.9999 },
    ],
    orders: orders.map((orderId) => ({ orderId })),
  });
}

function events(count: number, orders: readonly string[] = [], unknown = 0) {
  const acknowledged = new Set(Array.from({ length: count }, (_, n) => `shop-web ${n}`));
  return { acknowledged, orders: new Set(orders), unknown };
}

function counts(...given: Parameters<typeof profileFaults>) {
  const { lost, doubled } = profileFaults(...given);
  return { lost: lost.length, doubled: doubled.length };
}

test('a profile that counts what was acknowledged and has the orders is sound', () => {
  expect(counts('c', events(40, ['o1']), profile(40, ['o1']))).toEqual({ lost: 0, doubled: 0 });
});

test('an event less is lost, one more is doubled', () => {
  expect(counts('c', events(40), profile(39))).toEqual({ lost: 1, doubled: 0 });
  expect(counts('c', events(40), profile(41))).toEqual({ lost: 0, doubled: 1 });
});

test('what was given up without an answer may be there, and need not', () => {
  expect(counts('c', events(40, [], 1), profile(41))).toEqual({ lost: 0, doubled: 0 });
  expect(counts('c', events(40, [], 1), profile(40))).toEqual({ lost: 0, doubled: 0 });
  expect(counts('c', events(40, [], 1), profile(42))).toEqual({ lost: 0, doubled: 1 });
});

test('an order that is not there is lost, one that is there twice is doubled', () => {
  expect(counts('c', events(2, ['o1']), profile(2))).toEqual({ lost: 1, doubled: 0 });
  expect(counts('c', events(2, ['o1']), profile(2, ['o1', 'o1']))).toEqual({ lost: 0, doubled: 1 });
});

test('of somebody of whom nothing is known everything is lost', () => {
  expect(counts('c', events(3), create(ProfileSchema))).toEqual({ lost: 1, doubled: 0 });
});
