import { expect, test } from 'vitest';
import { branded, type IdentifierKey } from '../../../base/brand.ts';
import { addresseeOf } from '../../identity/customer.ts';
import { emptyProfile } from '../empty-profile.ts';
import { addKey } from './fold-absorb.ts';
import { keepApart } from './kept-apart.ts';

const [BEN, PHONE, TABLET] = ['crm:ben', 'anonymous:a-phone', 'anonymous:a-tablet'].map((key) =>
  branded<IdentifierKey>(key),
) as [IdentifierKey, IdentifierKey, IdentifierKey];

test('whoever is parted from a customer is kept apart by the keys that are not the customer’s own', () => {
  const { id, key } = addresseeOf('crm', 'anna');
  const anna = emptyProfile(id, key);
  addKey(anna, PHONE);
  keepApart(anna, [BEN, PHONE, TABLET]);
  expect(anna.keptApart).toEqual([
    { key: BEN, person: BEN },
    { key: TABLET, person: BEN },
  ]);
});

test('nobody is kept apart from themselves', () => {
  const { id, key } = addresseeOf('crm', 'anna');
  const anna = emptyProfile(id, key);
  keepApart(anna, [key, PHONE]);
  expect(anna.keptApart).toEqual([]);
});
