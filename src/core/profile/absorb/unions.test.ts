import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../../base/brand.ts';
import { DAY_MS } from '../../../base/clock.ts';
import { BOUNDS } from '../../bounds.ts';
import { identifierRules } from '../../identity/conflict.ts';
import { emptyProfile } from '../empty-profile.ts';
import type { Profile } from '../profile.ts';
import { isPerson, NO_UNIONS, unionsLately, uniteUnions } from './unions.ts';

const NOW = 1_772_532_000_000;

function person(...united: number[]): Profile {
  const profile = emptyProfile(branded<CustomerId>('a'), branded<IdentifierKey>('crm:a'));
  profile.united = united;
  return profile;
}

test('times of both sides count, and the one taken in where it is a person', () => {
  const into = person(NOW - 3_000);
  uniteUnions(into, person(NOW - 5_000, NOW - 1_000), NOW, true);
  expect(into.united).toEqual([NOW - 5_000, NOW - 3_000, NOW - 1_000, NOW]);
  uniteUnions(into, person(), NOW + 1, false);
  expect(unionsLately(into, NOW + 1)).toBe(4);
});

test('after a day a time counts no more, and the next union drops it', () => {
  const into = person(NOW - DAY_MS + 1, NOW - DAY_MS);
  expect(unionsLately(into, NOW)).toBe(1);
  uniteUnions(into, person(), NOW, true);
  expect(into.united).toEqual([NOW - DAY_MS + 1, NOW]);
  uniteUnions(into, person(), NOW + 2 * DAY_MS, false);
  expect(into.united).toBe(NO_UNIONS);
});

test('of more times than a policy may ask for the last are kept', () => {
  const into = person();
  for (let n = 0; n < BOUNDS.united + 5; n++) uniteUnions(into, person(), NOW + n, true);
  expect([into.united.length, into.united[0]]).toEqual([BOUNDS.united, NOW + 5]);
});

test('keys of the weakest kind alone make no person, unless there is no other kind', () => {
  const rules = identifierRules(['crm', 'email_sha256', 'anonymous']);
  expect(isPerson([{ kind: 'anonymous' }, { kind: 'anonymous' }], rules)).toBe(false);
  expect(isPerson([{ kind: 'anonymous' }, { kind: 'email_sha256' }], rules)).toBe(true);
  expect(isPerson([{ kind: 'email_sha256' }], identifierRules(['email_sha256']))).toBe(true);
});
