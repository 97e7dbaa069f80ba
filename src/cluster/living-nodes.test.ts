import { expect, test } from 'vitest';
import { INTERVALS } from '../config/limits.ts';
import type { MemberNode } from '../port/membership.ts';
import { LivingNodes } from './living-nodes.ts';

const { nodeBeatMs, nodeLeaseMs } = INTERVALS;
const node = (revision: number, id = 'a'): MemberNode => ({
  ...{ id, address: id, isDraining: false, version: '1', revision },
});

test('who does not renew for the time of a lease, while the store answers, is dead', () => {
  const living = new LivingNodes();
  let now = 5;
  living.look([node(1)], now);
  for (let ms = nodeBeatMs; ms <= nodeLeaseMs; ms += nodeBeatMs) {
    now += nodeBeatMs;
    living.look([node(1)], now);
    expect(living.has(node(1))).toBe(true);
  }
  now += nodeBeatMs;
  living.look([node(1)], now);
  expect(living.has(node(1))).toBe(false);
  now += nodeBeatMs;
  living.look([node(2)], now);
  expect(living.has(node(2))).toBe(true);
});

test('time in which the store did not answer, or the looker stood still, lets nobody lapse', () => {
  const living = new LivingNodes();
  living.look([node(1)], 0);
  for (let looks = 1; looks < nodeLeaseMs / (2 * nodeBeatMs); looks++) {
    living.look([node(1)], looks * 3_600_000);
    expect(living.has(node(1))).toBe(true);
  }
});

test('who was never seen lives, and who left and comes again is new', () => {
  const living = new LivingNodes();
  expect(living.has(node(1))).toBe(true);
  living.look([node(1), node(9, 'b')], 0);
  for (let now = 0; now <= 3 * nodeLeaseMs; now += nodeBeatMs) living.look([node(9, 'b')], now);
  living.look([node(1)], 3 * nodeLeaseMs + nodeBeatMs);
  expect([living.has(node(1)), living.has(node(9, 'b'))]).toEqual([true, true]);
});
