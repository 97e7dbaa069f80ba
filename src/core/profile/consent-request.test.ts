import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { sampleEvent } from '../../codec/stored/sample-values.fixture.ts';
import type { EventFact } from '../fact/fact.ts';
import { uniteConsent } from './absorb/unite-habits.ts';
import { consentState } from './consent.ts';
import { proofAt, proofsOf } from './consent-proof.ts';
import { waitsUntil } from './consent-request.ts';
import { emptyProfile } from './empty-profile.ts';
import { fold } from './fold.ts';
import type { Profile } from './profile.ts';

const customer = branded<CustomerId>('Qm9vdHMgYW5kIHNob2VzLg');
const EMAIL_MARKETING = 6;
const WAIT_MS = 100;
/** All is heard after all was said. */
const HEARD = 40;

interface Word {
  readonly kind: 'yes' | 'confirm' | 'no';
  readonly at: number;
}

function told({ kind, at }: Word, receivedAt = HEARD): EventFact {
  const id = `${kind}-${at}`;
  return {
    ...sampleEvent(at, kind === 'confirm' ? 'Consent Confirmed' : 'Consent Updated'),
    order: undefined,
    source: 'shop',
    id,
    idHash: at * 3 + ['yes', 'confirm', 'no'].indexOf(kind),
    at,
    receivedAt,
    consent: {
      channel: 3,
      purpose: 0,
      granted: kind !== 'no',
      ...(kind !== 'no' && { waits: [{ channel: 3, ms: WAIT_MS }] }),
      ...(kind === 'confirm' && { confirms: true as const }),
    },
  };
}

function folded(facts: readonly EventFact[]): Profile {
  const profile = emptyProfile(customer, branded<IdentifierKey>('crm:1'));
  for (const [i, fact] of facts.entries()) fold(profile, fact, i + 1, 0);
  return profile;
}

function state({ consent }: Profile): number {
  return consentState(consent[EMAIL_MARKETING] ?? 0);
}

const arbWords = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom<Word['kind']>('yes', 'yes', 'confirm', 'no'),
    at: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 5, selector: ({ at }) => at },
);

/** As plainly as it can be said: a confirmation counts for the yeses since the last refusal before it, and a later refusal ends it. */
function plainState(words: readonly Word[]): number {
  let [asked, granted, said] = [false, false, false];
  for (const { kind } of [...words].sort((a, b) => a.at - b.at)) {
    if (kind === 'yes') asked = true;
    if (kind === 'confirm' && asked) granted = true;
    if (kind === 'no') [asked, granted, said] = [false, false, true];
  }
  return granted ? 1 : said ? 2 : 0;
}

test('a yes counts from its confirmation on, and a refusal in between ends both', () => {
  fc.assert(
    fc.property(arbWords, (words) => {
      const inOrder = [...words].sort((a, b) => a.at - b.at);
      expect(state(folded(inOrder.map((word) => told(word))))).toBe(plainState(words));
    }),
    { numRuns: 500 },
  );
});

test('with one confirmation of at most two yeses it is the same in every order of arrival', () => {
  fc.assert(
    fc.property(
      arbWords.filter(
        (words) =>
          words.filter(({ kind }) => kind === 'confirm').length <= 1 &&
          words.filter(({ kind }) => kind === 'yes').length <= 2,
      ),
      fc.infiniteStream(fc.nat(99)),
      (words, draws) => {
        const shuffled = words
          .map((word) => ({ word, by: draws.next().value as number }))
          .sort((a, b) => a.by - b.by)
          .map(({ word }) => told(word));
        expect(state(folded(shuffled))).toBe(plainState(words));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a refusal before the last yes ends one that was confirmed before that yes', () => {
  const words = [
    { kind: 'yes', at: 1 },
    { kind: 'yes', at: 5 },
    { kind: 'confirm', at: 3 },
    { kind: 'no', at: 2 },
  ] as const;
  expect(state(folded(words.map((word) => told(word))))).toBe(2);
});

test('no yes stands without its confirmation, and one that comes after its time counts for nothing', () => {
  const yes = told({ kind: 'yes', at: 10 });
  const asked = folded([yes]);
  expect(state(asked)).toBe(0);
  expect(waitsUntil(asked.consentRequests, EMAIL_MARKETING, HEARD)).toBe(10 + WAIT_MS);
  expect(waitsUntil(asked.consentRequests, EMAIL_MARKETING, 10 + WAIT_MS)).toBe(0);
  const late = told({ kind: 'confirm', at: 11 + WAIT_MS }, 200);
  expect(state(folded([yes, late]))).toBe(0);
  expect(state(folded([yes, told({ kind: 'confirm', at: 10 + WAIT_MS }, 200)]))).toBe(1);
});

test('a confirmed yes is proved by what asked for it and by what confirmed it', () => {
  const { consentProofs } = folded([told({ kind: 'yes', at: 10 }), told({ kind: 'confirm', at: 20 })]);
  const proof = proofAt(proofsOf(consentProofs), EMAIL_MARKETING);
  expect(proof).toMatchObject({ id: 'yes-10', at: 10, confirmed: { id: 'confirm-20', at: 20 } });
});

test('of two who are one the yes of the one is confirmed by the other, but not over a refusal after it', () => {
  const sides = (others: readonly Word[]): Profile[] =>
    [0, 1].map((turn) => {
      const [a, b] = [folded([told({ kind: 'yes', at: 10 })]), folded(others.map((word) => told(word)))];
      const [into, from] = (turn === 0 ? [a, b] : [b, a]) as [Profile, Profile];
      uniteConsent(into, from);
      return into;
    });
  expect(sides([{ kind: 'confirm', at: 20 }]).map(state)).toEqual([1, 1]);
  const refused = sides([
    { kind: 'no', at: 15 },
    { kind: 'confirm', at: 20 },
  ]);
  expect(refused.map(state)).toEqual([2, 2]);
  expect(refused[0]?.consentProofs).toBe(refused[1]?.consentProofs);
});
