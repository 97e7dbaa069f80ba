/** Links in messages, followed in browsers: whose the browser is from then on, who says so, and for how long. */
import { expect, test } from 'vitest';
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { KNOWN_KEYS } from '../../adapter/system/known-keys.ts';
import { DAY_MS } from '../../base/clock.ts';
import { LIMITS } from '../../config/limits.ts';
import { BOUNDS } from '../../core/bounds.ts';
import { channelIndex } from '../../core/channel.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { PublishOutcome } from '../../port/customers.ts';
import type { SpendAnswer } from '../../port/peers.ts';
import { tokenOf } from '../delivery/signed-token.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  product,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import type { EventRequest, Request } from '../turn/request.ts';
import { Landings } from './landings.ts';

const ANNA = { kind: 'crm', value: 'anna' };
const MAIL = { kind: 'email_sha256', value: 'f'.repeat(64) };
const BEN = { kind: 'crm', value: 'ben' };
const PHONE = { kind: 'anonymous', value: 'a-phone' };
const FRIEND = { kind: 'anonymous', value: 'a-friend' };

type Key = typeof ANNA;

/** The token of a mail that the service decided as record `seq` of the customer's shard. */
function mailTo(key: Key, seq: number, at = TUESDAY): string {
  const { id, hash } = addresseeOf(key.kind, key.value);
  const place = { generation: 1, shard: hash % 4, seq, index: 0 };
  return tokenOf(KNOWN_KEYS, { customer: id, channel: channelIndex('email') }, place, 0, at);
}

let count = 0;
const view = (node: Node, ...identifiers: Key[]) =>
  node.publish(
    event('Product Viewed', node.clock.now(), { identifiers, products: [product(`p${count++}`)] }),
  );
const land = (node: Node, token: string, ...identifiers: Key[]) =>
  node.publish(
    event('Product Viewed', node.clock.now(), {
      identifiers,
      products: [product(`p${count++}`)],
      context: { timeZone: '', locale: '', device: '', page: `https://shop/?attune=${token}` },
    }),
  );
const rulesOf = (outcome: PublishOutcome): unknown =>
  outcome.kind === 'accepted' ? (outcome.warnings ?? []).map(({ rule }) => rule) : outcome;
const seen = <T>(node: Node, key: Key, look: (profile: Profile) => T) =>
  node.read({ identifiers: [key] }, look);
const idOf = ({ kind, value }: Key) => addresseeOf(kind, value).id;
const viewsOf = (node: Node, key: Key) => seen(node, key, ({ viewed }) => viewed.length);

test('from the landing on what a browser does counts for the customer, and what it did before stays its own', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA, MAIL);
  await view(node, PHONE);
  expect(rulesOf(await land(node, mailTo(ANNA, 1), PHONE))).toEqual([]);
  await view(node, PHONE);
  expect([await viewsOf(node, ANNA), await viewsOf(node, PHONE)]).toEqual([3, 1]);
  expect(await seen(node, ANNA, ({ spentTokens }) => spentTokens.length)).toBe(1);
  expect(await seen(node, ANNA, ({ identifiers }) => identifiers.map(({ kind }) => kind))).toEqual([
    'crm',
    'email_sha256',
  ]);
  await node.engine.stop();
});

test('a browser that was parted from a customer counts for them again, when it follows a link of theirs', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await view(node, PHONE);
  const linked = await node.gateway.link({ identifiers: [ANNA, PHONE], by: 'desk', reason: '' });
  if (linked.kind !== 'linked' || linked.link === undefined) throw new Error('not linked');
  expect((await node.gateway.unlink({ link: linked.link, by: 'desk', reason: '' })).kind).toBe('unlinked');
  expect(rulesOf(await land(node, mailTo(ANNA, 1), PHONE))).toEqual([]);
  expect(rulesOf(await view(node, PHONE))).toEqual([]);
  expect([await viewsOf(node, ANNA), await viewsOf(node, PHONE)]).toEqual([3, 1]);
  await node.engine.stop();
});

test('a browser stands for nobody who begins by a key of whom it stood for and who was forgotten', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await land(node, mailTo(ANNA, 1), PHONE);
  expect((await node.gateway.erase({ identifiers: [ANNA] }, '')).kind).toBe('erased');
  await view(node, ANNA);
  await view(node, PHONE);
  expect([await viewsOf(node, ANNA), await viewsOf(node, PHONE)]).toEqual([1, 1]);
  await node.engine.stop();
});

test('two browsers that follow links in mail to each other go on', async () => {
  const node = await startNode(emptyStores());
  await view(node, PHONE);
  await view(node, FRIEND);
  await land(node, mailTo(FRIEND, 1), PHONE);
  await land(node, mailTo(PHONE, 1), FRIEND);
  for (const one of [PHONE, FRIEND]) expect(rulesOf(await view(node, one))).toEqual([]);
  expect([await viewsOf(node, PHONE), await viewsOf(node, FRIEND)]).toEqual([3, 3]);
  await node.engine.stop();
});

test('a browser of somebody who was forgotten is silent behind what a link in a message makes of it', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await view(node, PHONE);
  expect((await node.gateway.erase({ identifiers: [PHONE] }, '')).kind).toBe('erased');
  await land(node, mailTo(ANNA, 1), PHONE);
  const silencedAt = (key: Key) => seen(node, key, (profile) => profile.silencedAt);
  expect(await silencedAt(ANNA)).toBe(0);
  expect(await silencedAt(PHONE)).toBeGreaterThan(0);
  await node.engine.stop();
});

test('a token identifies one browser, as often as that one comes back, over a restart too', async () => {
  const stores = emptyStores();
  const first = await startNode(stores);
  await view(first, ANNA);
  expect(rulesOf(await land(first, mailTo(ANNA, 1), PHONE))).toEqual([]);
  await first.engine.stop();
  const node = await startNode(stores, { node: 'b', now: TUESDAY + 1_000 });
  expect(rulesOf(await land(node, mailTo(ANNA, 1), FRIEND))).toEqual(['tracking.spent']);
  expect(rulesOf(await land(node, mailTo(ANNA, 1), PHONE))).toEqual([]);
  expect([await viewsOf(node, ANNA), await viewsOf(node, FRIEND)]).toEqual([3, 1]);
  // Another mail is another token.
  expect(rulesOf(await land(node, mailTo(ANNA, 2), FRIEND))).toEqual([]);
  await node.engine.stop();
});

test('of two browsers that land at once by one token one is identified', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  const outcomes = await Promise.all([
    land(node, mailTo(ANNA, 1), PHONE),
    land(node, mailTo(ANNA, 1), FRIEND),
  ]);
  expect(outcomes.flatMap(rulesOf)).toEqual(['tracking.spent']);
  expect(await viewsOf(node, ANNA)).toBe(2);
  await node.engine.stop();
});

test('what a browser sends right behind its landing counts in its order, though the customer is asked first', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await Promise.all([land(node, mailTo(ANNA, 1), PHONE), view(node, PHONE), view(node, PHONE)]);
  expect([await viewsOf(node, ANNA), await viewsOf(node, PHONE)]).toEqual([4, 0]);
  await node.engine.stop();
});

test('a token of a key that another customer has taken in identifies that customer', async () => {
  const node = await startNode(emptyStores());
  await view(node, MAIL);
  await view(node, MAIL, ANNA);
  expect(rulesOf(await land(node, mailTo(MAIL, 1), PHONE))).toEqual([]);
  expect(await viewsOf(node, ANNA)).toBe(3);
  // Under whichever of their keys it went out it is known to be theirs.
  expect(rulesOf(await land(node, mailTo(ANNA, 9), PHONE))).toEqual([]);
  expect(rulesOf(await land(node, mailTo(MAIL, 9), PHONE))).toEqual([]);
  await node.engine.stop();
});

test('a browser goes on standing for the customer when they are taken in by another key of theirs', async () => {
  const node = await startNode(emptyStores());
  await view(node, MAIL);
  await land(node, mailTo(MAIL, 1), PHONE);
  await view(node, MAIL, ANNA);
  await view(node, PHONE);
  await view(node, PHONE);
  expect(await viewsOf(node, ANNA)).toBe(5);
  // It stands for whom the mail went to, who leads on to them.
  expect(await seen(node, PHONE, ({ provisional }) => provisional?.to)).toBe(idOf(MAIL));
  // What the mail spent is spent for both.
  expect(rulesOf(await land(node, mailTo(MAIL, 1), FRIEND))).toEqual(['tracking.spent']);
  await node.engine.stop();
});

test('parted again, each has the browsers that followed links in their own mail, and what these did meanwhile', async () => {
  const node = await startNode(emptyStores());
  await view(node, MAIL);
  await view(node, ANNA);
  await land(node, mailTo(MAIL, 1), PHONE);
  const link = await node.gateway.link({ identifiers: [ANNA, MAIL], by: 'desk', reason: 'called' });
  if (link.kind !== 'linked' || link.link === undefined) throw new Error('not linked');
  await view(node, PHONE);
  await view(node, PHONE);
  // A mail that went to the one before, followed while the two are one.
  expect(rulesOf(await land(node, mailTo(MAIL, 2), FRIEND))).toEqual([]);
  await view(node, FRIEND);
  expect(await viewsOf(node, ANNA)).toBe(7);
  const parted = await node.gateway.unlink({ link: link.link, by: 'desk', reason: 'somebody else' });
  expect(parted.kind).toBe('unlinked');
  expect([await viewsOf(node, MAIL), await viewsOf(node, ANNA)]).toEqual([6, 1]);
  await view(node, PHONE);
  await view(node, FRIEND);
  expect([await viewsOf(node, MAIL), await viewsOf(node, ANNA)]).toEqual([8, 1]);
  // What was spent while they were one is spent.
  const other = { kind: 'anonymous', value: 'a-third' };
  for (const seq of [1, 2])
    expect(rulesOf(await land(node, mailTo(MAIL, seq), other))).toEqual(['tracking.spent']);
  await node.engine.stop();
});

test('a login as the customer confirms it, and the browser’s own past joins', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await view(node, PHONE);
  await land(node, mailTo(ANNA, 1), PHONE);
  await view(node, PHONE, ANNA);
  for (const key of [PHONE, ANNA]) expect(await viewsOf(node, key)).toBe(4);
  expect(await seen(node, PHONE, ({ provisional }) => provisional)).toBeUndefined();
  await node.engine.stop();
});

test('a login as somebody else undoes it: what was counted stays, what follows is theirs', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await land(node, mailTo(ANNA, 1), FRIEND);
  await view(node, FRIEND, BEN);
  await view(node, FRIEND);
  expect([await viewsOf(node, ANNA), await viewsOf(node, BEN), await viewsOf(node, FRIEND)]).toEqual([
    2, 2, 2,
  ]);
  expect(rulesOf(await land(node, mailTo(ANNA, 2), FRIEND))).toEqual(['tracking.browser_known']);
  await node.engine.stop();
});

test('whoever says who they are in a decision of the browser is meant from then on', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await land(node, mailTo(ANNA, 1), FRIEND);
  const login = event('Signed In', TUESDAY, { identifiers: [FRIEND, BEN] });
  await node.decide(decideInput('r1', { identifiers: [FRIEND], events: [login] }));
  await view(node, FRIEND);
  expect([await viewsOf(node, ANNA), await viewsOf(node, FRIEND)]).toEqual([2, 1]);
  await node.engine.stop();
});

test('a browser of somebody who was forgotten is itself again, and begins nobody under their key', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await land(node, mailTo(ANNA, 1), PHONE);
  const erased = await node.gateway.erase({ identifiers: [ANNA] }, 'case-1');
  expect(erased.kind).toBe('erased');
  expect(rulesOf(await view(node, PHONE))).toEqual([]);
  const decided = await node.decide(decideInput('r1', { identifiers: [PHONE] }));
  expect(decided.kind === 'decided' && [decided.fact.customer, decided.fact.provisional]).toEqual([
    idOf(PHONE),
    undefined,
  ]);
  expect([await viewsOf(node, ANNA), await viewsOf(node, PHONE)]).toEqual([undefined, 1]);
  // Nothing that names the person is left at the browser.
  expect(JSON.stringify(await seen(node, PHONE, (profile) => profile))).not.toContain('anna');
  await node.engine.stop();
});

test('a mail from before somebody was forgotten identifies no browser, whoever comes by their key since', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  const mail = mailTo(ANNA, 1);
  expect(rulesOf(await land(node, mail, PHONE))).toEqual([]);
  expect(await node.gateway.erase({ identifiers: [ANNA] }, 'case-1')).toMatchObject({ kind: 'erased' });
  await view(node, ANNA);
  expect(rulesOf(await land(node, mail, FRIEND))).toEqual(['tracking.nobody']);
  expect([await viewsOf(node, ANNA), await viewsOf(node, FRIEND)]).toEqual([1, 1]);
  // One that goes out in a later hour does.
  const later = node.clock.now() + 3_600_000;
  await node.advanceTo(later);
  expect(rulesOf(await land(node, mailTo(ANNA, 3, later), FRIEND))).toEqual([]);
  await node.engine.stop();
});

test('a browser that a link identifies brings the customer no keys', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await land(node, mailTo(ANNA, 1), PHONE);
  await view(node, PHONE, FRIEND);
  expect(await seen(node, ANNA, ({ identifiers, claims }) => [identifiers.length, claims.length])).toEqual([
    1, 0,
  ]);
  expect(await viewsOf(node, ANNA)).toBe(3);
  await node.engine.stop();
});

test('a browser that stands for one customer does not come to stand for another', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await view(node, BEN);
  await land(node, mailTo(ANNA, 1), PHONE);
  expect(rulesOf(await land(node, mailTo(BEN, 1), PHONE))).toEqual(['tracking.browser_known']);
  expect([await viewsOf(node, ANNA), await viewsOf(node, BEN)]).toEqual([3, 1]);
  // The refused token is as good as before.
  expect(rulesOf(await land(node, mailTo(BEN, 1), FRIEND))).toEqual([]);
  await node.engine.stop();
});

test('a token is good for a week, what it says for a month, and a customer who is not known is nobody', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  expect(rulesOf(await land(node, mailTo(ANNA, 1, TUESDAY - BOUNDS.tokenMs), PHONE))).toEqual([
    'tracking.expired',
  ]);
  expect(rulesOf(await land(node, mailTo(ANNA, 1, TUESDAY - BOUNDS.tokenMs + 3_600_000), PHONE))).toEqual([]);
  expect(rulesOf(await land(node, mailTo(BEN, 1), FRIEND))).toEqual(['tracking.nobody']);
  await node.advanceTo(TUESDAY + BOUNDS.provisionalMs - 1);
  await view(node, PHONE);
  expect(await viewsOf(node, ANNA)).toBe(3);
  await node.advanceTo(TUESDAY + BOUNDS.provisionalMs);
  await view(node, PHONE);
  expect([await viewsOf(node, ANNA), await viewsOf(node, PHONE)]).toEqual([3, 2]);
  await node.engine.stop();
});

test('so many messages identify browsers within a week, then no further one does', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  const browser = (n: number) => ({ kind: 'anonymous', value: `a-${n}` });
  for (let n = 0; n < BOUNDS.spentTokens; n++)
    expect(rulesOf(await land(node, mailTo(ANNA, n), browser(n)))).toEqual([]);
  expect(rulesOf(await land(node, mailTo(ANNA, 99), PHONE))).toEqual(['tracking.many']);
  await node.advanceTo(TUESDAY + BOUNDS.tokenMs);
  expect(rulesOf(await land(node, mailTo(ANNA, 99, TUESDAY + DAY_MS), PHONE))).toEqual([]);
  expect(await seen(node, ANNA, ({ spentTokens }) => spentTokens.length)).toBe(1);
  await node.engine.stop();
});

test('a decision for a browser is about the customer, and says that only a link told so', async () => {
  const node = await startNode(emptyStores());
  await view(node, ANNA);
  await land(node, mailTo(ANNA, 1), PHONE);
  const decided = await node.decide(decideInput('r1', { identifiers: [PHONE] }));
  const theirs = await node.decide(decideInput('r2', { identifiers: [ANNA] }));
  // A request that names somebody else besides is not about the customer of the link.
  const mixed = await node.decide(decideInput('r3', { identifiers: [PHONE, BEN] }));
  const of = (outcome: typeof decided) =>
    outcome.kind === 'decided' ? [outcome.fact.customer, outcome.fact.provisional] : outcome;
  const [anna, phone] = [ANNA, PHONE].map(({ kind, value }) => addresseeOf(kind, value).id);
  expect([decided, theirs, mixed].map(of)).toEqual([
    [anna, true],
    [anna, undefined],
    [phone, undefined],
  ]);
  await node.engine.stop();
});

interface Desk {
  readonly landings: Landings;
  readonly clock: VirtualClock;
  readonly answers: ((answer: SpendAnswer | undefined) => void)[];
  readonly requeued: Request[];
  readonly told: PublishOutcome[];
  ask(n: number): Profile;
  request(n: number): EventRequest;
}

function desk(): Desk {
  const clock = new VirtualClock(TUESDAY);
  const answers: Desk['answers'] = [];
  const requeued: Request[] = [];
  const told: PublishOutcome[] = [];
  const peer = {
    claim: () => {},
    redirect: () => {},
    forget: () => {},
    restore: () => {},
    yieldDevice: () => {},
    recall: () => {},
    lend: () => {},
    spend: (_customer: string, _spend: unknown, done: (answer: SpendAnswer | undefined) => void) =>
      void answers.push(done),
    decisionRef: () => ({ generation: 1, shard: 0, seq: 0, index: 0 }),
  };
  const landings = new Landings({ peer, requeue: (requests) => void requeued.push(...requests) }, { clock });
  const token = { token: 'T', field: 'context.page', isMachine: false };
  const request = (n: number): EventRequest => ({
    ...{ kind: 'event', to: addresseeOf('anonymous', `a-${n}`), priority: 'view', bytes: 1 },
    ...{ deadlineAt: Number.POSITIVE_INFINITY, input: event('Page Viewed', TUESDAY) },
    landing: { customer: addresseeOf('crm', 'anna').id, ref: { seq: 1, index: 0, choice: 0 }, token },
    done: (outcome) => void told.push(outcome),
  });
  const ask = (n: number): Profile => {
    const { id, key } = addresseeOf('anonymous', `a-${n}`);
    const profile = emptyProfile(id, key);
    landings.ask(profile, request(n));
    return profile;
  };
  return { landings, clock, answers, requeued, told, ask, request };
}

test('so many browsers of one shard ask at once, and one more is refused', () => {
  const { ask, told, landings, answers } = desk();
  for (let n = 0; n < LIMITS.landingsPerShardMax; n++) ask(n);
  expect([told.length, answers.length]).toEqual([0, LIMITS.landingsPerShardMax]);
  ask(LIMITS.landingsPerShardMax);
  expect(told).toMatchObject([{ kind: 'refused', code: 'exhausted' }]);
  landings.clear({ kind: 'refused', code: 'unavailable' } as never);
  expect(told).toHaveLength(LIMITS.landingsPerShardMax + 1);
  expect(landings.isBusy).toBe(false);
});

test('behind a landing requests wait in their order, so many and no more', () => {
  const { ask, landings, answers, requeued, told, request } = desk();
  const { id } = ask(0);
  const behind = Array.from({ length: LIMITS.heldPerCustomerMax }, () => request(0));
  for (const one of behind) expect(landings.hold(id, one)).toBe(true);
  expect(landings.hold(id, request(0))).toBe(true);
  expect(told).toMatchObject([{ kind: 'refused', code: 'exhausted' }]);
  answers[0]?.({ kind: 'spent' });
  expect(requeued.slice(1)).toEqual(behind);
  expect(requeued[0]).toMatchObject({ spend: { kind: 'spent' } });
  expect(landings.hold(id, request(0))).toBe(false);
});

test('a customer who does not answer in time is told to the sender, and an answer that comes later changes nothing', () => {
  const { ask, clock, answers, requeued, told, landings } = desk();
  ask(0);
  clock.advanceTo(TUESDAY + LIMITS.linkWaitMs);
  expect(told).toMatchObject([{ kind: 'refused', code: 'unavailable' }]);
  answers[0]?.({ kind: 'spent' });
  expect([requeued.length, told.length, landings.isBusy]).toEqual([0, 1, false]);
});
