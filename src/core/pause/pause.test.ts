import { expect, test } from 'vitest';
import { channelIndex } from '../channel.ts';
import { action, policy } from '../decide/shop.fixture.ts';
import {
  NO_PAUSES,
  NO_STOPS,
  type Pause,
  type Pauses,
  pauseOfDispatch,
  stopsOf,
  targetText,
  withoutPause,
  withPause,
} from './pause.ts';

const email = channelIndex('email');
const web = channelIndex('web');
const said = { by: 'anna', why: 'wrong price', since: 1_000, pending: 'wait' } as const;
const outbound: Pause = { scope: 'outbound', name: '', ...said };
const ofEmail: Pause = { scope: 'channel', name: 'email', ...said, by: 'ben' };
const ofAction: Pause = { scope: 'action', name: 'action-1', ...said };

function all(...list: readonly Pause[]): Pauses {
  return { ...NO_PAUSES, list };
}

test('everything outbound is every channel that is pushed, and a channel’s own pause goes before it', () => {
  const rules = policy([action(0), action(1)]);
  expect(stopsOf(NO_PAUSES, rules)).toBe(NO_STOPS);
  const stops = stopsOf(all(outbound, ofEmail, ofAction), rules);
  expect(stops.actions).toEqual([undefined, { since: 1_000, ref: 'action, anna: wrong price' }]);
  for (const { id, index, push } of rules.channels) {
    const wanted = id === 'email' ? 'channel, ben: wrong price' : 'outbound, anna: wrong price';
    expect(stops.channels[index]?.ref, id).toBe(push ? wanted : undefined);
  }
});

test('a pause of what the policy does not have stops nothing', () => {
  const stops = stopsOf(all({ ...ofAction, name: 'gone' }), policy([action(0)]));
  expect(stops.actions).toEqual([undefined]);
});

test('of the pauses that hold a dispatch up one that withdraws counts', () => {
  const dispatch = { action: 'action-1', channel: email };
  expect(pauseOfDispatch(NO_PAUSES, dispatch)).toBeUndefined();
  expect(pauseOfDispatch(all(ofEmail, ofAction), dispatch)).toBe(ofEmail);
  const withdrawing: Pause = { ...outbound, pending: 'withdraw' };
  expect(pauseOfDispatch(all(ofEmail, withdrawing, ofAction), dispatch)).toBe(withdrawing);
  expect(pauseOfDispatch(all(ofEmail), { action: 'action-1', channel: web })).toBeUndefined();
  // An action may have a channel's name.
  expect(pauseOfDispatch(all({ ...ofAction, name: 'email' }), dispatch)).toBeUndefined();
});

test('a target is paused once, by the last words', () => {
  const again: Pause = { ...ofEmail, why: 'still broken' };
  expect(withPause([ofEmail, outbound], again)).toEqual([outbound, again]);
  expect(withoutPause([ofEmail, outbound], ofEmail)).toEqual([outbound]);
  expect([outbound, ofEmail, ofAction].map(targetText)).toEqual([
    'everything outbound',
    'the channel email',
    'the action action-1',
  ]);
});
