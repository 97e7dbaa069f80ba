import { afterEach, expect, test } from 'vitest';
import { LIMITS } from '../../config/limits.ts';
import { ConnectionQueue } from './connection-queue.ts';

const queue = new ConnectionQueue();
afterEach(() => queue.close());

test('some are let in at a time, the addresses in turn', () => {
  const entered: string[] = [];
  const wait = (address: string, name: string, isThere = true) =>
    queue.wait(address, () => {
      if (isThere) entered.push(name);
      return isThere;
    });
  for (let n = 0; n < 40; n++) wait('attacker', `attacker ${n}`);
  wait('gone', 'gone', false);
  wait('newcomer', 'newcomer');
  queue.letIn();
  expect(entered).toEqual(['attacker 0', 'newcomer'].slice(0, LIMITS.letInMax));
  queue.letIn();
  expect(entered.length).toBe(2 * LIMITS.letInMax);
  while (!queue.isEmpty) queue.letIn();
  expect(entered.length).toBe(41);
});
