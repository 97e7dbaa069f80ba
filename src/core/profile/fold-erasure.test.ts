import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { arbHistory } from '../../codec/stored/arbitrary-history.fixture.ts';
import { sampleEvent } from '../../codec/stored/sample-values.fixture.ts';
import type { EventFact } from '../fact/fact.ts';
import { emptyProfile } from './empty-profile.ts';
import { fold } from './fold.ts';
import { uniteSilence } from './fold-erasure.ts';
import type { Profile } from './profile.ts';

const NOW = Date.UTC(2026, 2, 3, 10);
const customer = branded<CustomerId>('AAAAAAAAAAAAAAAAAAAAAA');
const key = branded<IdentifierKey>('crm:1');

function silenced(): Profile {
  const profile = emptyProfile(customer, key);
  fold(profile, { kind: 'silenced', customer, key, since: NOW, at: NOW + 1 }, 1, 0);
  return profile;
}

function consentEvent(change: Partial<EventFact>): EventFact {
  return {
    ...sampleEvent(1, 'Consent Updated'),
    ...{ customer, key, at: NOW + 10, receivedAt: NOW + 20, historical: false },
    consent: { channel: 3, purpose: 0, granted: true },
    ...change,
  };
}

test('whatever was known of a customer, after the erasure the profile is that of somebody who never was', () => {
  fc.assert(
    fc.property(arbHistory(20), (history) => {
      const profile = emptyProfile(history.customer, history.key);
      for (const [i, fact] of history.facts.entries()) fold(profile, fact, i + 1, 0);
      fold(profile, { kind: 'erased', customer: history.customer, at: NOW }, 77, 3);
      expect(profile).toStrictEqual({ ...emptyProfile(history.customer, history.key), seq: 77 });
    }),
    { numRuns: 30 },
  );
});

test('a live yes of the customer ends the silence; a no, an import and an older yes do not', () => {
  const after = (change: Partial<EventFact>): number => {
    const profile = silenced();
    fold(profile, consentEvent(change), 2, 0);
    return profile.silencedAt;
  };
  expect(after({})).toBe(0);
  expect(after({ consent: { channel: 3, purpose: 0, granted: false } })).toBe(NOW);
  expect(after({ historical: true })).toBe(NOW);
  expect(after({ at: NOW - 1 })).toBe(NOW);
});

test('a yes of the customer from before ends no silence, whatever a list says of later', () => {
  const profile = silenced();
  fold(profile, consentEvent({ historical: true, at: NOW + 5 }), 2, 0);
  fold(profile, consentEvent({ id: 'late', idHash: 2, at: NOW - 5 }), 3, 0);
  expect(profile.silencedAt).toBe(NOW);
  fold(profile, consentEvent({ id: 'own', idHash: 3, at: NOW + 1 }), 4, 0);
  expect(profile.silencedAt).toBe(0);
});

test('of two who are one the silence stands, unless the other one agreed since', () => {
  const other = emptyProfile(customer, key);
  uniteSilence(other, silenced());
  expect(other.silencedAt).toBe(NOW);
  const agreed = emptyProfile(customer, key);
  fold(agreed, consentEvent({}), 1, 0);
  const into = silenced();
  uniteSilence(into, agreed);
  expect(into.silencedAt).toBe(0);
  const agreedBefore = emptyProfile(customer, key);
  fold(agreedBefore, consentEvent({ at: NOW - 5 }), 1, 0);
  uniteSilence(agreedBefore, silenced());
  expect(agreedBefore.silencedAt).toBe(NOW);
});
