/** Which product of what the customer owns a candidate is about. */
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { action, catalog, customer, NOON, policy, product } from '../decide/shop.fixture.ts';
import type { Profile } from '../profile/profile.ts';
import { Subjects } from './subject.ts';

interface Bought {
  readonly product: string;
  readonly category?: string;
  readonly size?: string;
  readonly days: number;
  readonly price?: number;
  readonly quantity?: number;
}

function owner(...lines: readonly Bought[]): Profile {
  const profile = customer();
  for (const { product: productId, category = 'coats', size = '', days, price = 10, quantity = 1 } of lines)
    profile.owned.push({ productId, category, size, at: NOON - days * DAY_MS, quantity, price });
  return profile;
}

const about = {
  policy: policy([action(0)]),
  catalog: catalog(product('sold', { stock: new Map([['', 0]]) })),
  now: NOON,
  friction: 0,
};

describe('what was ordered', () => {
  const basket = owner(
    { product: 'coat', days: 60, price: 240 },
    { product: 'socks', days: 40, price: 5, quantity: 2 },
    { product: 'pads', days: 40, price: 4, quantity: 9, size: 'big' },
    { product: 'cups', days: 40, price: 30 },
  );

  test('is the dearest line of the last order, all its pieces together', () => {
    const found = new Subjects().get('ordered', false, basket, about);
    expect([found.found, found.product, found.size, found.price]).toEqual([true, 'pads', 'big', 4]);
  });

  test('is the first told of lines that cost the same', () => {
    const twins = owner({ product: 'a', days: 40, price: 20 }, { product: 'b', days: 40, quantity: 2 });
    expect(new Subjects().get('ordered', false, twins, about).product).toBe('a');
  });

  test('is promoted as the dearest that may be: of the last order first, then of the one before', () => {
    const promoted = (profile: Profile) => new Subjects().get('ordered', true, profile, about).product;
    expect(promoted(basket)).toBe('pads');
    basket.owned.push({
      ...basket.owned[0],
      productId: 'pads',
      at: NOON - DAY_MS,
    } as (typeof basket.owned)[0]);
    expect(promoted(basket)).toBe('cups');
    expect(promoted(owner({ product: 'coat', days: 60 }, { product: 'sold', days: 40 }))).toBe('coat');
  });
});
