import { expect, test } from 'vitest';
import { MemoryErasures } from '../../adapter/memory/memory-erasures.ts';
import { KNOWN_KEYS } from '../../adapter/system/known-keys.ts';
import { LIMITS } from '../../config/limits.ts';
import { channelIndex } from '../../core/channel.ts';
import type { Erasure } from '../../port/erasures.ts';
import { ChannelRegistry } from '../delivery/channel-registry.ts';
import { ChannelErasures } from './channel-erasures.ts';
import { ErasureBook } from './erasure-book.ts';

const EMAIL = channelIndex('email');
const observer = { count: () => {}, gauge: () => {}, time: () => {}, fault: () => {}, info: () => {} };

function erasure(n: number): Erasure {
  return {
    ...{ receipt: `r${n}`, caseId: '', at: 1, completeBy: 2, doneAt: 0 },
    actors: [{ hash: `h${n}`, id: `c${n}`, shard: 0, generation: 1, seq: 5 }],
    untold: [{ channel: 'email', id: `c${n}` }],
  };
}

test('a channel is told of so many at once, and of the others once it has answered', async () => {
  const list = new MemoryErasures();
  for (let n = 0; n <= LIMITS.erasuresToldMax; n++) await list.save(erasure(n));
  const channels = new ChannelRegistry();
  const erasures = new ErasureBook(list, KNOWN_KEYS);
  const tell = new ChannelErasures({ erasures, channels, observer });
  const told: string[] = [];
  tell.tell(EMAIL);
  const sink = { deliver: () => {}, withdraw: () => {}, forget: (id: string) => void told.push(id) };
  channels.connect(EMAIL, 1, sink, 0);
  tell.tell(EMAIL);
  expect(told).toHaveLength(LIMITS.erasuresToldMax);
  expect(told).not.toContain(`c${LIMITS.erasuresToldMax}`);
  await tell.heard(EMAIL, 'c0');
  tell.tell(EMAIL);
  expect(told.slice(LIMITS.erasuresToldMax)).toContain(`c${LIMITS.erasuresToldMax}`);
  expect(told.slice(LIMITS.erasuresToldMax)).not.toContain('c0');
});

test('answers that come at once are all kept', async () => {
  const list = new SlowErasures();
  const untold = ['a', 'b', 'c'].map((id) => ({ channel: 'email', id }));
  await list.save({ ...erasure(1), untold: [...untold, { channel: 'push', id: 'a' }] });
  const erasures = new ErasureBook(list, KNOWN_KEYS);
  const tell = new ChannelErasures({ erasures, channels: new ChannelRegistry(), observer });
  await Promise.all([
    ...['a', 'b', 'c'].map((id) => tell.heard(EMAIL, id)),
    tell.heard(channelIndex('push'), 'a'),
  ]);
  expect(list.all.map((one) => one.untold)).toEqual([[]]);
  expect(erasures.get('r1')?.untold).toEqual([]);
});

/** A disk: what is saved stands there a moment later. */
class SlowErasures extends MemoryErasures {
  override async save(one: Erasure): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    await super.save(one);
  }
}
