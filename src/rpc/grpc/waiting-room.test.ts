import { afterEach, expect, test } from 'vitest';
import { LIMITS } from '../../config/limits.ts';
import { WaitingRoom } from './waiting-room.ts';

const room = new WaitingRoom();
afterEach(() => room.close());

test('some are let in at a time, the addresses in turn', () => {
  const entered: string[] = [];
  const wait = (address: string, name: string, isThere = true) =>
    room.wait(address, () => {
      if (isThere) entered.push(name);
      return isThere;
    });
  for (let n = 0; n < 40; n++) wait('attacker', `attacker ${n}`);
  wait('gone', 'gone', false);
  wait('newcomer', 'newcomer');
  room.letIn();
  expect(entered).toEqual(['attacker 0', 'newcomer'].slice(0, LIMITS.letInMax));
  room.letIn();
  expect(entered.length).toBe(2 * LIMITS.letInMax);
  while (!room.isEmpty) room.letIn();
  expect(entered.length).toBe(41);
});
