/** An erasure that another node began, as the node hears of it that serves one of the person's actors. */
import { afterEach, expect, test } from 'vitest';
import { MemoryErasures } from '../../adapter/memory/memory-erasures.ts';
import { KNOWN_KEYS } from '../../adapter/system/known-keys.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { ForgetAnswer } from '../../port/peers.ts';
import { emptyStores, event, type Node, product, startNode } from '../engine.fixture.ts';
import { ErasureBook } from './erasure-book.ts';

const ANNA = { kind: 'crm', value: 'anna' };
const { id: ID } = addresseeOf(ANNA.kind, ANNA.value);

let node: Node;
afterEach(() => node.engine.stop());

const viewed = () =>
  node.publish(
    event('Product Viewed', node.clock.now() - 10, { identifiers: [ANNA], products: [product('coat')] }),
  );

/** Asks the actor of the key, as the eraser of another node does. */
async function forget(): Promise<ForgetAnswer | undefined> {
  const asked = { isOwn: true, ids: new Set([ID]), named: new Set([ID]) };
  const { peer } = node.engine.shards[0] as (typeof node.engine.shards)[number];
  let answer: ForgetAnswer | undefined;
  peer.forget(ID, asked, (given) => {
    answer = given;
  });
  await node.advanceTo(node.clock.now() + 100);
  return answer;
}

test('its list is read before the first actor here is forgotten, so whoever begins anew by the key is silent', async () => {
  const stores = emptyStores();
  node = await startNode(stores);
  await viewed();
  const other = new ErasureBook(new MemoryErasures(stores.erasures), KNOWN_KEYS);
  const actor = { hash: other.hashOf(ID), id: ID, shard: -1, generation: 0, seq: 0, isNamed: true as const };
  const at = node.clock.now();
  await other.save({
    ...{ receipt: 'r', caseId: '', at, completeBy: at + 1e9, actors: [actor], untold: [], doneAt: 0 },
  });
  const { erasures } = node.engine.runtime;
  expect(erasures.isUnderWay(ID)).toBe(false);
  expect(await forget()).toEqual({ kind: 'busy' });
  expect([erasures.isUnderWay(ID), erasures.covers(ID, 1, 1)]).toEqual([true, true]);
  const answer = await forget();
  expect(answer?.kind).toBe('forgotten');
  // Not before the other node has noted the answer: the actor may be asked again.
  expect(await viewed()).toMatchObject({ kind: 'refused', code: 'unavailable' });
  if (answer?.kind !== 'forgotten') return;
  const { shard, generation, seq } = answer;
  await other.change('r', (now) => ({ ...now, actors: [{ ...actor, shard, generation, seq }] }));
  await erasures.takeIn();
  expect(await viewed()).toMatchObject({ kind: 'accepted' });
  expect(await node.read({ identifiers: [ANNA] }, ({ silencedAt }) => silencedAt)).toBe(at);
  expect(node.faults).toEqual([]);
});
