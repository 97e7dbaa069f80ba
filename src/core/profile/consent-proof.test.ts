import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { sampleEvent } from '../../codec/stored/sample-values.fixture.ts';
import type { EventFact, FeedbackFact } from '../fact/fact.ts';
import { uniteConsent } from './absorb/unite-habits.ts';
import { proofAt, proofsOf } from './consent-proof.ts';
import { emptyProfile } from './empty-profile.ts';
import { fold } from './fold.ts';
import type { Profile } from './profile.ts';

const customer = branded<CustomerId>('Qm9vdHMgYW5kIHNob2VzLg');
const HEARD = 1_000;
const EMAIL_MARKETING = 6;
const EMAIL_SERVICE = 7;

interface Telling {
  readonly granted: boolean;
  readonly at: number;
}

function said(i: number, { granted, at }: Telling, purpose = 0): EventFact {
  return {
    ...sampleEvent(i, 'Consent Updated'),
    order: undefined,
    source: `system-${i}`,
    id: `e-${i}`,
    idHash: i + 1,
    channel: 0,
    at,
    receivedAt: HEARD + i,
    consent: {
      channel: 3,
      purpose,
      granted,
      words: { proof: `proof-${i}`, form: 'footer', textVersion: 'v2' },
    },
  };
}

function complaint(at: number): FeedbackFact {
  return {
    kind: 'feedback',
    customer,
    key: undefined,
    ref: undefined,
    channel: 3,
    idHash: 77,
    bodyHash: 0,
    feedback: 'complained',
    at,
    receivedAt: HEARD,
    hourOfWeek: 0,
    machine: false,
    link: '',
    value: 0,
    scope: -1,
    id: 'hook-9',
  };
}

function folded(facts: readonly (EventFact | FeedbackFact)[]): Profile {
  const profile = emptyProfile(customer, branded<IdentifierKey>('crm:1'));
  for (const [i, fact] of facts.entries()) fold(profile, fact, i + 1, 0);
  return profile;
}

const arbTellings = fc.uniqueArray(
  fc.record({ granted: fc.boolean(), at: fc.integer({ min: 1, max: 50 }) }),
  {
    minLength: 1,
    maxLength: 8,
    selector: ({ at }) => at,
  },
);

test('a word that stands has the proof of the telling by which it stands, in every order of arrival', () => {
  fc.assert(
    fc.property(arbTellings, fc.nat(), (tellings, shift) => {
      const facts = tellings.map((telling, i) => said(i, telling));
      const newest = facts.reduce((a, b) => (a.at > b.at ? a : b));
      for (const order of [facts, [...facts].reverse(), [...facts.slice(shift % facts.length), ...facts]]) {
        const proof = proofAt(proofsOf(folded(order).consentProofs), EMAIL_MARKETING);
        expect(proof).toMatchObject({ id: newest.id, source: newest.source, at: newest.at, way: 'event' });
        expect(proof?.words).toEqual(newest.consent?.words);
      }
    }),
  );
});

test('a complaint has its own proof, and what it does not change keeps the one it had', () => {
  const { consentProofs } = folded([said(0, { granted: false, at: 30 }, 1), complaint(20)]);
  const proofs = proofsOf(consentProofs);
  expect(proofAt(proofs, EMAIL_MARKETING)).toMatchObject({
    way: 'complained',
    id: 'hook-9',
    channel: 3,
    at: 20,
  });
  // Service was refused at a later time than the complaint.
  expect(proofAt(proofs, EMAIL_SERVICE)).toMatchObject({ way: 'event', id: 'e-0' });
});

test('of two who are one the refusal stands with its own proof, whoever takes in whom', () => {
  fc.assert(
    fc.property(arbTellings, arbTellings, (a, b) => {
      const facts = b.map((telling, i) => said(i + a.length, telling));
      const sides = [folded(a.map((telling, i) => said(i, telling))), folded(facts)] as const;
      const [one, other] = sides.map(({ consent }) => consent[EMAIL_MARKETING] ?? 0) as [number, number];
      const firstStands = one < 0 !== other < 0 ? one < 0 : Math.abs(one) >= Math.abs(other);
      fc.pre(Math.abs(one) !== Math.abs(other));
      const proofs = sides.map(({ consentProofs }) => proofAt(proofsOf(consentProofs), EMAIL_MARKETING)?.id);
      for (const [into, from] of [
        [0, 1],
        [1, 0],
      ] as const) {
        const profile = folded((into === 0 ? a : b).map((telling, i) => said(i + into * a.length, telling)));
        uniteConsent(profile, sides[from] as Profile);
        const proof = proofAt(proofsOf(profile.consentProofs), EMAIL_MARKETING);
        expect(proof?.id).toBe(proofs[firstStands ? 0 : 1]);
      }
    }),
  );
});
