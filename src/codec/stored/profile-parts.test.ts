/** The fold over any history, with the profile stored and read back in between, as after a restart or a passivation. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import type { CustomerFact } from '../../core/fact/fact.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { fold } from '../../core/profile/fold.ts';
import { dueOf, nextDue } from '../../core/profile/next-due.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { type ArbitraryHistory, arbHistory } from './arbitrary-history.fixture.ts';
import { decodeProfile, encodeProfile } from './profile-codec.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';

const HEADER = { generation: 1, epoch: 1, batch: 'b', at: 1 };
const CUSTOMER = branded<CustomerId>('AAAAAAAAAAAAAAAAAAAAAA');
const KEY = branded<IdentifierKey>('crm:1');

/** Found by chance (seed -1664591584): the refusal was lost, since a word of consent at no instant was none. */
const COMPLAINT_AT_NO_INSTANT: ArbitraryHistory = {
  customer: CUSTOMER,
  key: KEY,
  facts: [
    {
      kind: 'feedback',
      customer: CUSTOMER,
      key: undefined,
      ref: undefined,
      channel: 0,
      idHash: 0,
      bodyHash: 0,
      feedback: 'complained',
      at: Number.NaN,
      receivedAt: 0,
      hourOfWeek: 0,
      machine: false,
      link: '',
      value: 0,
      scope: 0,
    },
  ],
};

/** Found by chance: no timer behind one that is due at no instant was due. */
const TIMER_AT_NO_INSTANT: ArbitraryHistory = {
  customer: CUSTOMER,
  key: KEY,
  facts: [Number.NaN, 1_772_452_800_001, 1_772_452_800_000].map((due, i) => ({
    kind: 'timer',
    customer: CUSTOMER,
    op: 'set',
    timer: 0,
    key: `t${i}`,
    due,
  })),
};

function folded(profile: Profile, facts: readonly CustomerFact[], from: number): Profile {
  for (const [i, fact] of facts.entries()) fold(profile, fact, from + i + 1, 0);
  return profile;
}

function whole({ customer, key, facts }: ArbitraryHistory): Profile {
  return folded(emptyProfile(customer, key), facts, 0);
}

test('no fact of any history makes the fold throw, and what it makes can be stored', () => {
  fc.assert(
    fc.property(arbHistory(60), (history) => {
      const profile = whole(history);
      expect(profile.version).toBe(history.facts.length);
      expect(isDeepStrictEqual(decodeProfile(encodeProfile(profile)), profile)).toBe(true);
    }),
    { numRuns: 150, examples: [[COMPLAINT_AT_NO_INSTANT]] },
  );
});

test('folding a history in two parts, stored in between, equals folding it whole', () => {
  fc.assert(
    fc.property(arbHistory(60), fc.nat(), (history, place) => {
      const at = place % (history.facts.length + 1);
      const first = folded(emptyProfile(history.customer, history.key), history.facts.slice(0, at), 0);
      const again = folded(decodeProfile(encodeProfile(first)), history.facts.slice(at), at);
      expect(Buffer.compare(encodeProfile(again), encodeProfile(whole(history)))).toBe(0);
    }),
    { numRuns: 250 },
  );
});

test('folding facts as they were read from a record equals folding them as they were made', () => {
  fc.assert(
    fc.property(arbHistory(30), (history) => {
      const read = history.facts.map((fact) => decodeRecord(encodeRecord(HEADER, [fact])).facts[0]);
      const profile = folded(emptyProfile(history.customer, history.key), read as readonly CustomerFact[], 0);
      expect(Buffer.compare(encodeProfile(profile), encodeProfile(whole(history)))).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('whenever a fact makes something due sooner than all before, its own due says so', () => {
  fc.assert(
    fc.property(arbHistory(60), ({ customer, key, facts }) => {
      const profile = emptyProfile(customer, key);
      for (const [i, fact] of facts.entries()) {
        const before = nextDue(profile);
        fold(profile, fact, i + 1, 0);
        const after = nextDue(profile);
        if (after === 0 || (before !== 0 && after >= before)) continue;
        expect(dueOf(fact)).toBeGreaterThan(0);
        expect(dueOf(fact)).toBeLessThanOrEqual(after);
      }
    }),
    { numRuns: 300, examples: [[TIMER_AT_NO_INSTANT]] },
  );
});
