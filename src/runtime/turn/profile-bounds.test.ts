/** Every bound of what a profile holds, reached through the gateway: what comes beyond it, and what falls out. */
import { expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../codec/stored/profile-codec.ts';
import { sampleDecision } from '../../codec/stored/sample-values.fixture.ts';
import { LIMITS } from '../../config/limits.ts';
import { BOUNDS } from '../../core/bounds.ts';
import type { Choice, DecisionFact, FactOffer } from '../../core/fact/fact.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  order,
  product,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

const DAY = 86_400_000;
const anna = addresseeOf('loyalty', 'L1');

async function profileOf(node: Node): Promise<Profile> {
  const seen = await node.gateway.read({ customerId: anna.id }, (profile) =>
    decodeProfile(encodeProfile(profile)),
  );
  if (seen.kind !== 'read') throw new Error('The customer is unknown.');
  return seen.value;
}

const accepted = { kind: 'accepted' };
const many = <T>(count: number, each: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => each(n));

test('of products viewed and put into the cart the newest are kept', async () => {
  const node = await startNode(emptyStores());
  const count = LIMITS.cartItemsMax + 1;
  for (let n = 0; n < count; n++) {
    await node.publish(event('Product Viewed', TUESDAY - count + n, { products: [product(`v${n}`)] }));
    await node.publish(event('Product Added', TUESDAY - count + n, { products: [product(`c${n}`)] }));
  }
  const { viewed, cart } = await profileOf(node);
  expect(viewed.toArray().map(({ productId }) => productId)).toEqual(
    many(LIMITS.viewedMax, (n) => `v${count - LIMITS.viewedMax + n}`),
  );
  expect(cart.map(({ productId }) => productId)).toEqual(many(LIMITS.cartItemsMax, (n) => `c${n + 1}`));
  await node.engine.stop();
});

test('an order is known by its number among the last ones, and beyond them told again it counts no more', async () => {
  const node = await startNode(emptyStores());
  const buy = (n: number) =>
    node.publish(
      event('Order Completed', TUESDAY - 1_000 + n, { products: [product('p')], order: order(`o${n}`, 10) }),
    );
  for (let n = 0; n <= LIMITS.ordersPerCustomerMax; n++) expect(await buy(n)).toEqual(accepted);
  expect((await profileOf(node)).orders).toHaveLength(LIMITS.ordersPerCustomerMax);
  expect(await buy(1)).toEqual({ kind: 'duplicate' });
  expect(await buy(0)).toEqual({ kind: 'duplicate' });
  expect((await profileOf(node)).orderCount).toBe(LIMITS.ordersPerCustomerMax + 1);
  await node.engine.stop();
});

test('what was bought is kept for more products than the longest invoice has, and the oldest stand for their categories', async () => {
  const node = await startNode(emptyStores());
  const count = 12 * 400;
  for (let batch = 0; batch < 12; batch++) {
    const products = many(400, (n) => product(`p${batch * 400 + n}`));
    await node.publish(
      event('Order Completed', TUESDAY + batch - 20, { products, order: order(`o${batch}`, 10) }),
    );
  }
  const { owned, older } = await profileOf(node);
  expect([owned.length, owned[0]?.productId, owned.at(-1)?.productId]).toEqual([
    LIMITS.ownedProductsMax,
    `p${count - LIMITS.ownedProductsMax}`,
    `p${count - 1}`,
  ]);
  expect(older?.categories).toHaveLength(1);
  await node.engine.stop();
});

test('an id is known for a day and among the last ones, then it is new', async () => {
  const node = await startNode(emptyStores());
  const send = (n: number, bodyHash = n, olderBodyHash?: number) =>
    node.publish(event('Page Viewed', TUESDAY, { id: `id${n}`, bodyHash, olderBodyHash }));
  for (let n = 0; n <= LIMITS.dedupeEventsMax; n++) expect(await send(n)).toEqual(accepted);
  expect(await send(2)).toEqual({ kind: 'duplicate' });
  // Of the version before, which compared lists in their order.
  expect(await send(2, 7_777, 2)).toEqual({ kind: 'duplicate' });
  expect(await send(2, 7_777)).toMatchObject({ kind: 'refused', code: 'already_exists' });
  expect(await send(0, 7_777)).toEqual(accepted);
  await node.advanceTo(TUESDAY + LIMITS.idempotencyMs);
  expect(await send(LIMITS.dedupeEventsMax)).toEqual({ kind: 'duplicate' });
  await node.advanceTo(TUESDAY + LIMITS.idempotencyMs + 1);
  expect(await send(LIMITS.dedupeEventsMax, 7_777)).toEqual(accepted);
  await node.engine.stop();
});

test('a decide is repeated for the last ids and for a day', async () => {
  const node = await startNode(emptyStores());
  for (let n = 0; n <= LIMITS.idempotentDecidesMax; n++) await node.decide(decideInput(`r${n}`));
  const again = async (id: string) => {
    const outcome = await node.decide(decideInput(id));
    return outcome.kind === 'decided' && outcome.repeated;
  };
  expect([await again('r1'), await again('r0')]).toEqual([true, false]);
  await node.advanceTo(TUESDAY + LIMITS.idempotencyMs);
  expect(await again(`r${LIMITS.idempotentDecidesMax}`)).toBe(true);
  await node.advanceTo(TUESDAY + LIMITS.idempotencyMs + 1);
  expect(await again(`r${LIMITS.idempotentDecidesMax - 1}`)).toBe(false);
  await node.engine.stop();
});

test('a report is known by its id among the last ones', async () => {
  const node = await startNode(emptyStores());
  const decided = await node.decide(decideInput('r'));
  if (decided.kind !== 'decided') throw new Error(decided.message);
  const { generation, shard, seq, index } = decided.place;
  const dispatchId = [generation, shard, seq, index, 0].map((part) => part.toString(36)).join('-');
  const report = (n: number) =>
    new Promise((resolve) =>
      node.gateway.feedback(
        {
          ...{
            channel: 'web',
            id: `f${n}`,
            dispatchId,
            tracking: '',
            identifiers: [],
            kind: 'shown',
            occurredAt: TUESDAY,
          },
          ...{ machine: false, link: '', value: 0, scope: '', bodyHash: n },
        },
        resolve,
      ),
    );
  for (let n = 0; n <= LIMITS.dedupeFeedbackMax; n++) expect(await report(n)).toEqual(accepted);
  expect(await report(1)).toEqual({ kind: 'duplicate' });
  expect(await report(0)).toEqual(accepted);
  await node.engine.stop();
});

test('when too many outcomes are awaited the oldest mature early, and none is lost', async () => {
  const node = await startNode(emptyStores());
  const matured: number[] = [];
  for (let n = 0; n < LIMITS.pendingOutcomesMax + 6; n++) await node.decide(decideInput(`r${n}`));
  const { pending } = await profileOf(node);
  expect(pending).toHaveLength(LIMITS.pendingOutcomesMax);
  const history = await node.gateway.history({ customerId: anna.id }, 0, Number.MAX_SAFE_INTEGER, 1_000);
  if (history.kind === 'refused') throw new Error(history.message);
  for (const { fact } of history.committed)
    if (fact.kind === 'outcome' && fact.stage === 'purchase') matured.push(fact.ref.seq);
  const decisions = history.committed.flatMap(({ fact, place }) =>
    fact.kind === 'decision' ? [place.seq] : [],
  );
  expect(matured).toEqual(decisions.slice(0, 6));
  await node.engine.stop();
});

/** A decision for Anna that chose these, at (seq, 0). */
function decision(at: number, choices: readonly Partial<Choice>[]): DecisionFact {
  const sample = sampleDecision();
  const chosen = sample.choices[0] as Choice;
  return {
    ...sample,
    at,
    requestId: '',
    outcomeDue: [],
    choices: choices.map((change) => ({ ...chosen, ...change })),
  };
}

const fresh = (): Profile => emptyProfile(anna.id, anna.key);

test('of contacts the newest are kept, and none beyond what a cap looks back', () => {
  const profile = fresh();
  for (let seq = 1; seq <= LIMITS.ledgerEntriesMax + 1; seq++)
    fold(profile, decision(TUESDAY + seq, [{ kind: 'treatment', offer: undefined }]), seq, 0);
  expect([profile.contacts.length, profile.contacts.get(0).seq]).toEqual([LIMITS.ledgerEntriesMax, 2]);
  const last = TUESDAY + LIMITS.ledgerEntriesMax + 1;
  fold(profile, decision(last + BOUNDS.contactMs, []), 1_000, 0);
  expect(profile.contacts.toArray().map(({ seq }) => seq)).toEqual([LIMITS.ledgerEntriesMax + 1]);
  fold(profile, decision(last + BOUNDS.contactMs + 1, []), 1_001, 0);
  expect(profile.contacts.length).toBe(0);
});

test('of live offers the newest are kept', () => {
  const profile = fresh();
  for (let seq = 1; seq <= LIMITS.offersLiveMax + 1; seq++) {
    const offer = {
      offer: `o${seq}`,
      kind: 0,
      depth: 10,
      code: '',
      until: TUESDAY + DAY,
    } as unknown as FactOffer;
    fold(profile, decision(TUESDAY, [{ kind: 'treatment', offer }]), seq, 0);
  }
  expect(profile.offers.map(({ offer }) => offer)).toEqual(many(LIMITS.offersLiveMax, (n) => `o${n + 2}`));
});

test('of plans the newest are kept, and the oldest takes its timer along', () => {
  const profile = fresh();
  for (let seq = 1; seq <= LIMITS.plansPerCustomerMax + 1; seq++)
    fold(profile, decision(TUESDAY, [{ kind: 'later', at: TUESDAY + DAY + seq }]), seq, 0);
  expect(profile.plans.map(({ seq }) => seq)).toEqual(many(LIMITS.plansPerCustomerMax, (n) => n + 2));
  expect(profile.timers).toHaveLength(LIMITS.plansPerCustomerMax);
});

test('of timers the one that is due last gives way', () => {
  const profile = fresh();
  const set = (key: string, due: number) =>
    fold(profile, { kind: 'timer', customer: anna.id, op: 'set', timer: 0, key, due }, 1, 0);
  for (let n = 0; n < LIMITS.openTimersPerCustomerMax; n++) set(`t${n}`, TUESDAY + n);
  set('soon', TUESDAY - 1);
  expect(profile.timers).toHaveLength(LIMITS.openTimersPerCustomerMax);
  expect(profile.timers.some(({ key }) => key === `t${LIMITS.openTimersPerCustomerMax - 1}`)).toBe(false);
  expect(profile.timers.some(({ key }) => key === 'soon')).toBe(true);
});

test('of triggers that fired the newest are remembered', () => {
  const profile = fresh();
  for (let n = 0; n <= LIMITS.triggersRememberedMax; n++)
    fold(
      profile,
      { kind: 'triggered', customer: anna.id, trigger: `t${n}`, friction: 0, at: TUESDAY + n },
      n + 1,
      0,
    );
  expect(profile.triggered.map(({ trigger }) => trigger)).toEqual(
    many(LIMITS.triggersRememberedMax, (n) => `t${n + 1}`),
  );
});

test('of liked categories the heaviest are kept: a new one takes the place of the lightest', async () => {
  const node = await startNode(emptyStores());
  const look = (category: string) =>
    node.publish(event('Product Viewed', TUESDAY, { products: [product('p', { category, brand: '' })] }));
  for (let n = 0; n < LIMITS.affinityKeysMax; n++) for (const _ of [1, 2]) await look(`c${n}`);
  const known = async () => (await profileOf(node)).categories.keys;
  await look('light');
  expect(await known()).toEqual(many(LIMITS.affinityKeysMax, (n) => `c${n}`));
  await look('c0');
  const bought = [product('p', { category: 'heavy', brand: '' })];
  await node.publish(event('Order Completed', TUESDAY, { products: bought, order: order('o', 120) }));
  expect(await known()).toEqual(['c0', 'heavy', ...many(LIMITS.affinityKeysMax - 2, (n) => `c${n + 2}`)]);
  await node.engine.stop();
});

test('a pause of more than half an hour begins a new session, one of half an hour does not', async () => {
  const node = await startNode(emptyStores());
  const visit = (at: number) => node.publish(event('Page Viewed', at, { sessionId: '' }));
  const begin = TUESDAY - 3 * BOUNDS.sessionGapMs;
  await visit(begin);
  await visit(begin + BOUNDS.sessionGapMs);
  expect((await profileOf(node)).session.count).toBe(1);
  await visit(begin + 2 * BOUNDS.sessionGapMs + 1);
  expect((await profileOf(node)).session.count).toBe(2);
  await node.engine.stop();
});

test('an event older than the bound is refused unless it is historical, one ahead of the clock always', async () => {
  const node = await startNode(emptyStores());
  const at = (when: number, historical = false) => node.publish(event('Page Viewed', when, { historical }));
  expect(await at(TUESDAY - LIMITS.eventAgeMsMax)).toEqual(accepted);
  expect(await at(TUESDAY - LIMITS.eventAgeMsMax - 1)).toMatchObject({
    kind: 'refused',
    code: 'out_of_range',
  });
  expect(await at(TUESDAY - LIMITS.eventAgeMsMax - 1, true)).toEqual(accepted);
  expect(await at(TUESDAY + LIMITS.eventAheadMsMax)).toEqual(accepted);
  const ahead = await at(TUESDAY + LIMITS.eventAheadMsMax + 1, true);
  expect(ahead).toMatchObject({
    kind: 'refused',
    code: 'invalid',
    field: 'occurred_at',
    rule: 'event.in_future',
  });
  await node.engine.stop();
});

test('a checkout that is told of late arms no window, a fresh one does', async () => {
  const node = await startNode(emptyStores());
  const checkout = (age: number) =>
    node.publish(event('Checkout Started', TUESDAY - age, { products: [product('p')] }));
  await checkout(LIMITS.triggerAgeMsMax + 1);
  expect((await profileOf(node)).timers).toEqual([]);
  await checkout(LIMITS.triggerAgeMsMax);
  expect((await profileOf(node)).timers).toHaveLength(1);
  await node.engine.stop();
});
