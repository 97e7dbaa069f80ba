import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { erasureConsequences } from '../event/consequences.ts';
import type { DecisionFact } from '../fact/fact.ts';
import { emptyProfile } from './empty-profile.ts';
import { fold } from './fold.ts';
import { foldSharedDecision } from './fold-decision.ts';
import type { Profile } from './profile.ts';

const NOW = 1_000_000;
const CUSTOMER = branded<CustomerId>('anna');

const decided = {
  ...{ kind: 'decision', customer: CUSTOMER, at: NOW, requestId: '', dispatch: true, outcomeDue: [0] },
  choices: [
    {
      ...{ kind: 'treatment', action: 'nudge', variant: 'a', channel: 5, product: 'coat', promotion: true },
      ...{ notAfter: NOW + 1_000, offer: undefined },
    },
  ],
} as unknown as DecisionFact;

function askedBack(profile: Profile): string[] {
  const asked: string[] = [];
  erasureConsequences(profile, NOW + 1, ({ kind }) => void asked.push(kind));
  return asked;
}

test('a message is asked back by whom it goes to, and counts for whoever was one with them', () => {
  const own = emptyProfile(CUSTOMER, branded<IdentifierKey>('crm:anna'));
  fold(own, decided, 1, 0);
  const other = emptyProfile(branded<CustomerId>('ben'), branded<IdentifierKey>('crm:ben'));
  foldSharedDecision(other, decided, 1, 0);
  expect([own.contacts.counts(0), other.contacts.counts(0)]).toEqual([true, true]);
  expect([askedBack(own), askedBack(other)]).toEqual([['withdraw'], []]);
});
