import { expect, test } from 'vitest';
import { LIMITS } from '../config/limits.ts';
import type { Committed } from '../port/customers.ts';
import { decideInput, emptyStores, startNode } from '../runtime/engine.fixture.ts';
import { Watchers } from '../runtime/trigger/watchers.ts';
import type { DownMessage } from './link-message.ts';
import { ServedWatches } from './served-watches.ts';

async function aDecision(): Promise<Committed> {
  const node = await startNode(emptyStores());
  const found: Committed[] = [];
  node.gateway.tail((one) => one.fact.kind === 'decision' && found.push(one));
  await node.decide(decideInput('r1'));
  await node.engine.stop();
  return found[0] as Committed;
}

test('a tail whose link is behind leaves decisions out and counts them, and ends with its link', async () => {
  const decision = await aDecision();
  const watchers = new Watchers(0);
  const served = new ServedWatches(watchers, { now: () => 0, after: () => () => {}, soon: () => {} });
  const said: DownMessage[] = [];
  const link = { say: (message: DownMessage) => void said.push(message), waiting: 0 };
  served.heard(link, { kind: 'tail', tail: 1, share: 1, perSecondMax: 1_000 });
  for (const waiting of [LIMITS.linkTailMax - 1, LIMITS.linkTailMax, LIMITS.linkTailMax, 0]) {
    link.waiting = waiting;
    watchers.committed(decision);
  }
  expect(said.map((one) => one.kind === 'decided' && one.skipped)).toEqual([0, 2]);
  served.over(link);
  expect(watchers.tailing).toBe(false);
});
