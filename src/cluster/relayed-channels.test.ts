import { expect, test } from 'vitest';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { INTERVALS, LIMITS } from '../config/limits.ts';
import { channelIndex } from '../core/channel.ts';
import type { Delivery } from '../port/customers.ts';
import { ChannelRegistry } from '../runtime/delivery/channel-registry.ts';
import type { DownMessage } from './link-message.ts';
import { RelayedChannels } from './relayed-channels.ts';

const EMAIL = channelIndex('email');

/** A node whose shards have `waiting` dispatches for mail, and a mail system of another node. */
function relayed() {
  const clock = new VirtualClock(0, (fn) => fn());
  const channels = new ChannelRegistry();
  const state = { waiting: 0 };
  const said: DownMessage[] = [];
  const link = { say: (message: DownMessage) => void said.push(message), waiting: 0 };
  const relay = new RelayedChannels({ channels, clock, waiting: (_, max) => Math.min(max, state.waiting) });
  channels.onShort = (channel) => relay.short(channel);
  relay.heard(link, { kind: 'serve', session: 7, channel: EMAIL, credits: 0 });
  return { relay, channels, clock, link, said, state };
}

test('of what waits for a credit no more is told than the bound, and what is idle goes back', () => {
  const { relay, channels, link, said, state } = relayed();
  state.waiting = LIMITS.linkShortMax + 1;
  expect(channels.canDeliver(EMAIL, 0)).toBe(false);
  expect(said).toEqual([{ kind: 'short', session: 7, count: LIMITS.linkShortMax }]);
  relay.heard(link, { kind: 'lend', session: 7, credits: 3 });
  state.waiting = 2;
  relay.heard(link, { kind: 'recall', session: 7 });
  expect(said.at(-1)).toEqual({ kind: 'returned', session: 7, credits: 1 });
  expect(channels.sessionsOf(EMAIL).map(({ credits }) => credits)).toEqual([2]);
});

test('that something waits is told once, and again when nothing does any more', () => {
  const { channels, clock, said, state } = relayed();
  state.waiting = 1;
  channels.canDeliver(EMAIL, 0);
  channels.canDeliver(EMAIL, 0);
  clock.advanceTo(INTERVALS.linkLookMs);
  expect(said).toEqual([{ kind: 'short', session: 7, count: 1 }]);
  state.waiting = 0;
  clock.advanceTo(2 * INTERVALS.linkLookMs);
  expect(said.at(-1)).toEqual({ kind: 'short', session: 7, count: 0 });
  expect(clock.next).toBeUndefined();
});

test('a session is gone with its link: it takes no delivery that was reserved for it, and no bound of connected systems counts it', () => {
  const { relay, channels, link, said } = relayed();
  relay.heard(link, { kind: 'lend', session: 7, credits: 2 });
  expect([channels.sessions, channels.reserve(EMAIL, 0)]).toEqual([0, true]);
  relay.over(link);
  expect(channels.deliver({ channel: EMAIL } as Delivery, 0, true)).toBe(false);
  expect([channels.isConnected(EMAIL), said]).toEqual([false, []]);
});
