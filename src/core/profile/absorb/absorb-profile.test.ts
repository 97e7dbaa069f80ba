import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ArbitraryHistory, arbHistory } from '../../../codec/stored/arbitrary-history.fixture.ts';
import { decodeProfile, encodeProfile } from '../../../codec/stored/profile-codec.ts';
import { BOUNDS } from '../../bounds.ts';
import { emptyProfile } from '../empty-profile.ts';
import { fold } from '../fold.ts';
import type { Profile } from '../profile.ts';
import { absorbProfile } from './absorb-profile.ts';
import { rehome } from './rehome.ts';

function folded({ customer, key, facts }: ArbitraryHistory): Profile {
  const profile = emptyProfile(customer, key);
  for (const [i, fact] of facts.entries()) fold(profile, { ...fact, customer }, i + 1, 0);
  return profile;
}

const copy = (profile: Profile): Profile => decodeProfile(encodeProfile(profile));

/** `a` of shard 1 takes in `b` of shard 2, as a profile of shard 0. */
function united(a: ArbitraryHistory, b: ArbitraryHistory, shards: readonly [number, number]): Profile {
  const [into, from] = [folded(a), folded(b)];
  rehome(into, shards[0], 0);
  rehome(from, shards[1], 0);
  absorbProfile(into, from);
  return into;
}

/** What is the same whoever took in whom. */
function person(profile: Profile) {
  return {
    orders: profile.orders.map(({ orderId, state, revenue }) => ({ orderId, state, revenue })),
    count: profile.orderCount,
    consent: profile.consent,
    proofs: profile.consentProofs,
    requests: profile.consentRequests,
    stats: profile.channelStats,
    contacts: profile.contacts
      .toArray()
      .sort((one, other) => one.seq - other.seq || one.choice - other.choice),
    offers: profile.offers,
    plans: profile.plans,
    pending: profile.pending.length,
    keys: profile.identifiers.map(({ kind, value }) => `${kind}:${value}`).sort(),
    seen: profile.seenEvents.length,
    lastAt: profile.lastAt,
    attributes: profile.attributes,
  };
}

test('it is the same person whoever takes in whom', () => {
  fc.assert(
    fc.property(arbHistory(20), arbHistory(20), (a, b) => {
      fc.pre(a.facts.length + b.facts.length < BOUNDS.identifiers);
      expect(person(united(a, b, [1, 2]))).toEqual(person(united(b, a, [2, 1])));
    }),
    { numRuns: 200 },
  );
});

test('a profile that took in another is stored and read back as it is, and keeps its bounds', () => {
  fc.assert(
    fc.property(arbHistory(40), arbHistory(40), (a, b) => {
      const profile = united(a, b, [1, 2]);
      expect(encodeProfile(copy(profile))).toEqual(encodeProfile(profile));
      expect(profile.contacts.length).toBeLessThanOrEqual(BOUNDS.contacts);
      expect(profile.timers.length).toBeLessThanOrEqual(BOUNDS.timers);
      expect(profile.plans.length).toBeLessThanOrEqual(BOUNDS.plans);
      expect(profile.identifiers.length).toBeLessThanOrEqual(BOUNDS.identifiers);
    }),
    { numRuns: 200 },
  );
});
