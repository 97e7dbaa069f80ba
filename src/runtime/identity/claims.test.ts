import { expect, test } from 'vitest';
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { branded, type IdentifierKey } from '../../base/brand.ts';
import { seedRng } from '../../base/rng.ts';
import { LIMITS } from '../../config/limits.ts';
import type { EventWarning } from '../../core/event/event-warning.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Refusal } from '../../port/customers.ts';
import type { ClaimAnswer } from '../../port/peers.ts';
import { emptyStores, event, startNode, TUESDAY } from '../engine.fixture.ts';
import { type ReadRequest, type Request, refusal } from '../turn/request.ts';
import { Claims } from './claims.ts';

const CLAIMED = { link: { seq: 7, index: 0 }, origin: undefined, isDeclared: false };

const KEY = branded<IdentifierKey>('crm:anna');
const WANTED = branded<IdentifierKey>('anonymous:phone');
const GONE = refusal('unavailable', 'gone');

interface Desk {
  readonly claims: Claims;
  readonly clock: VirtualClock;
  readonly profile: Profile;
  readonly asked: { readonly key: string; readonly done: (answer: ClaimAnswer | undefined) => void }[];
  readonly submitted: Request[];
  readonly requeued: Request[];
}

/** A customer who claims one key, and everything that their claims say to the world. */
function desk(): Desk {
  const clock = new VirtualClock(TUESDAY);
  const { id } = addresseeOfKey(KEY);
  const profile = emptyProfile(id, KEY);
  profile.claims = [{ key: WANTED, via: '', explicit: '', at: TUESDAY, claim: 7, ...CLAIMED }];
  const asked: Desk['asked'][number][] = [];
  const submitted: Request[] = [];
  const requeued: Request[] = [];
  const claims = new Claims(
    {
      peer: {
        claim: (key, _claim, done) => void asked.push({ key, done }),
        restore: (_key, _given, done) => done(true),
        yieldDevice: () => {},
        redirect: () => {},
        spend: () => {},
        lend: () => {},
        recall: () => {},
        forget: () => {},
        decisionRef: () => ({ generation: 1, shard: 0, seq: 0, index: 0 }),
      },
      profileOf: () => profile,
      submit: (request) => void submitted.push(request),
      requeue: (requests) => void requeued.push(...requests),
    },
    { clock, rng: seedRng(1, 2) },
  );
  return { claims, clock, profile, asked, submitted, requeued };
}

function readOf(
  profile: Profile,
  done: (outcome: Refusal | { kind: string }) => void = () => {},
): ReadRequest {
  const to = addresseeOfKey(profile.key);
  return {
    kind: 'read',
    to,
    priority: 'view',
    bytes: 0,
    deadlineAt: Number.POSITIVE_INFINITY,
    view: () => {},
    done,
  };
}

test('the ack of an event waits two seconds at most for keys that nobody answers for', () => {
  const { claims, clock, profile } = desk();
  claims.changed(profile);
  const told: (readonly EventWarning[])[] = [];
  claims.wait(profile.id, (warnings) => told.push(warnings));
  clock.advanceTo(TUESDAY + LIMITS.linkWaitMs - 1);
  expect(told).toEqual([]);
  clock.advanceTo(TUESDAY + LIMITS.linkWaitMs);
  expect(told).toMatchObject([[{ rule: 'identity.link_pending' }]]);
});

test('what is asked of a customer waits a quarter of a second at most for keys on their way', () => {
  const { claims, clock, profile, requeued } = desk();
  claims.changed(profile);
  expect(claims.hold(profile.id, readOf(profile))).toBe(true);
  clock.advanceTo(TUESDAY + LIMITS.heldMs - 1);
  expect(requeued).toEqual([]);
  clock.advanceTo(TUESDAY + LIMITS.heldMs);
  expect(requeued).toMatchObject([{ kind: 'read', hasWaited: true }]);
});

test('after a restart the first request that waits for keys asks for them, since it waits no longer than that', () => {
  const { claims, profile, asked, requeued } = desk();
  expect(claims.hold(profile.id, readOf(profile))).toBe(true);
  expect(asked.map(({ key }) => key)).toEqual([WANTED]);
  expect(claims.hold(profile.id, readOf(profile))).toBe(true);
  expect(asked).toHaveLength(1);
  profile.claims = [];
  claims.changed(profile);
  expect(requeued).toHaveLength(2);
});

test('of what waits for one customer no more is kept than the bound', () => {
  const { claims, profile } = desk();
  claims.changed(profile);
  for (let n = 0; n < LIMITS.heldPerCustomerMax; n++)
    expect(claims.hold(profile.id, readOf(profile))).toBe(true);
  expect(claims.hold(profile.id, readOf(profile))).toBe(false);
});

test('a question without an answer is asked again, and nobody else may have its customer meanwhile', () => {
  const { claims, clock, profile, asked } = desk();
  claims.changed(profile);
  claims.changed(profile);
  expect(asked).toHaveLength(1);
  clock.advanceTo(TUESDAY + 6_000);
  clock.advanceTo(TUESDAY + 7_000);
  expect(asked.length).toBeGreaterThan(1);
  expect(claims.isFree(profile)).toBe(false);
  // The answer to the first question comes late, and says nothing any more.
  asked[0]?.done({ kind: 'busy' });
  expect(claims.isFree(profile)).toBe(false);
});

test('whoever is refused for the moment may be had by somebody else until they ask again', () => {
  const { claims, clock, profile, asked } = desk();
  claims.changed(profile);
  asked[0]?.done({ kind: 'busy' });
  expect(claims.isFree(profile)).toBe(true);
  clock.advanceTo(TUESDAY + 1_000);
  expect(asked).toHaveLength(2);
  expect(claims.isFree(profile)).toBe(false);
});

test('who waits hears of it when the shard is given up', () => {
  const { claims, profile } = desk();
  claims.changed(profile);
  const heard: unknown[] = [];
  claims.wait(profile.id, (warnings) => heard.push(warnings.map(({ rule }) => rule)));
  claims.hold(
    profile.id,
    readOf(profile, (outcome) => heard.push(outcome)),
  );
  claims.clear(GONE);
  expect(heard).toEqual([['identity.link_pending'], GONE]);
  expect(claims.isBusy).toBe(false);
});

test('a request that is led in a circle is refused', async () => {
  const node = await startNode(emptyStores());
  const [anna, berta] = [
    { kind: 'crm', value: 'anna' },
    { kind: 'crm', value: 'berta' },
  ];
  await node.publish(event('Product Viewed', TUESDAY - 10, { identifiers: [anna] }));
  await node.publish(event('Product Viewed', TUESDAY - 10, { identifiers: [berta] }));
  // No turn ever makes such a circle.
  for (const [one, other] of [
    [anna, 'crm:berta'],
    [berta, 'crm:anna'],
  ] as const) {
    const { id, hash } = addresseeOfKey(branded<IdentifierKey>(`${one.kind}:${one.value}`));
    const actor = node.engine.shardOf(hash).actors.get(id);
    if (actor === undefined) throw new Error('not in memory');
    actor.profile.moved = {
      to: branded<IdentifierKey>(other),
      claim: 1,
      at: TUESDAY,
      estate: new Uint8Array(0),
    };
  }
  const outcome = await node.publish(event('Product Viewed', TUESDAY, { identifiers: [anna] }));
  expect(outcome).toMatchObject({ kind: 'refused', code: 'internal' });
});

test('a request that two who were parted send to each other is refused, to be sent again', async () => {
  const node = await startNode(emptyStores());
  const [anna, berta, phone] = [
    { kind: 'crm', value: 'anna' },
    { kind: 'crm', value: 'berta' },
    { kind: 'anonymous', value: 'a-phone' },
  ];
  await node.publish(event('Product Viewed', TUESDAY - 10, { identifiers: [anna, phone] }));
  await node.publish(event('Product Viewed', TUESDAY - 10, { identifiers: [berta] }));
  const key = branded<IdentifierKey>('anonymous:a-phone');
  // No turn ever makes such a circle.
  for (const [one, person] of [
    [anna, 'crm:berta'],
    [berta, 'crm:anna'],
  ] as const) {
    const { id, hash } = addresseeOfKey(branded<IdentifierKey>(`${one.kind}:${one.value}`));
    const actor = node.engine.shardOf(hash).actors.get(id);
    if (actor === undefined) throw new Error('not in memory');
    actor.profile.keptApart = [{ key, person: branded<IdentifierKey>(person) }];
  }
  const outcome = await node.publish(event('Product Viewed', TUESDAY, { identifiers: [phone] }));
  expect(outcome).toMatchObject({ kind: 'refused', code: 'unavailable' });
});
