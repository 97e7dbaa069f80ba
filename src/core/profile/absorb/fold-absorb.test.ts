import { expect, test } from 'vitest';
import { branded, type IdentifierKey } from '../../../base/brand.ts';
import type { AbsorbBeginFact, AbsorbInFact } from '../../fact/fact.ts';
import { addresseeOfKey } from '../../identity/customer.ts';
import { emptyProfile } from '../empty-profile.ts';
import { fold } from '../fold.ts';
import type { Profile } from '../profile.ts';
import { whyStranger } from './strangers.ts';
import { uniteIdentifiers } from './unite-habits.ts';

const NOW = Date.UTC(2026, 2, 3, 10);
const key = (text: string): IdentifierKey => branded<IdentifierKey>(text);
const person = (text: string): Profile => emptyProfile(addresseeOfKey(key(text)).id, key(text));
const [BERTA, DEVICE, MAIL, ANNA] = ['crm:berta', 'anonymous:d', 'email_sha256:m', 'crm:anna'].map(key);

const begin = (customer: Profile, claimed: string, via = ''): AbsorbBeginFact => ({
  ...{ kind: 'absorb-begin', customer: customer.id, claimed: key(claimed), at: NOW },
  via: via === '' ? '' : key(via),
  explicit: '',
});
const refused = (customer: Profile, claimed: string): AbsorbInFact => ({
  ...{ kind: 'absorb-in', customer: customer.id, claimed: key(claimed), end: 'conflict' },
  ...{ state: undefined, dispatches: [], isPerson: false, mixed: false, at: NOW },
});

test('every key that led to a stranger is a stranger’s', () => {
  const profile = person(BERTA as string);
  fold(profile, begin(profile, DEVICE as string), 1, 0);
  fold(profile, begin(profile, MAIL as string, DEVICE), 2, 0);
  fold(profile, begin(profile, ANNA as string, MAIL), 3, 0);
  fold(profile, refused(profile, ANNA as string), 4, 0);
  expect(profile.claims).toEqual([]);
  expect(profile.timers).toEqual([]);
  for (const one of [DEVICE, MAIL, ANNA]) expect(whyStranger(profile, one as string, NOW)).toBe('conflict');
});

test('a key that leads to one of both leads to the two of them, and a bare sight of it does not hide it', () => {
  const [into, from] = [person(ANNA as string), person(MAIL as string)];
  into.identifiers.push({ kind: 'anonymous', value: 'd', origin: ANNA as string });
  from.identifiers.push({ kind: 'anonymous', value: 'd', origin: DEVICE as string });
  uniteIdentifiers(into, from);
  expect(into.identifiers).toEqual([{ kind: 'anonymous', value: 'd', origin: DEVICE }]);
});
