/** Which product of what the customer owns a candidate is about. */
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { action, catalog, customer, NOON, policy, product } from '../decide/shop.fixture.ts';
import type { SubjectKind } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { type Subject, Subjects } from './subject.ts';

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
  catalog: catalog(product('sold', { category: 'coffee', stock: new Map([['', 0]]) })),
  now: NOON,
  friction: 0,
  order: '',
};

function found(kind: SubjectKind, promotion: boolean, profile: Profile, ownedCategory = ''): Subject {
  return new Subjects().get({ subject: kind, promotion, ownedCategory }, profile, about);
}

describe('what was ordered', () => {
  const basket = owner(
    { product: 'coat', days: 60, price: 240 },
    { product: 'socks', days: 40, price: 5, quantity: 2 },
    { product: 'pads', days: 40, price: 4, quantity: 9, size: 'big' },
    { product: 'cups', days: 40, price: 30 },
  );

  test('is the dearest line of the last order, all its pieces together', () => {
    const subject = found('ordered', false, basket);
    expect([subject.found, subject.product, subject.size, subject.price]).toEqual([true, 'pads', 'big', 4]);
  });

  test('is the first told of lines that cost the same', () => {
    const twins = owner({ product: 'a', days: 40, price: 20 }, { product: 'b', days: 40, quantity: 2 });
    expect(found('ordered', false, twins).product).toBe('a');
  });

  test('is promoted as the dearest that may be: of the last order first, then of the one before', () => {
    const promoted = (profile: Profile) => found('ordered', true, profile).product;
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

describe('what is owned of a category', () => {
  const owned = owner(
    { product: 'beans', category: 'Coffee', days: 90, size: 'big' },
    { product: 'pads', category: 'coffee ', days: 40, size: 'small' },
    { product: 'machine', category: 'machines', days: 40, price: 300 },
    { product: 'sold', category: 'coffee', days: 35 },
    { product: 'renamed', category: 'Kaffee', days: 33 },
    { product: 'cups', category: 'cups', days: 3 },
  );
  const renamed = { ...about, catalog: catalog(product('renamed', { category: 'coffee' })) };

  test('is what was bought of it last, in its size, however it is spelt', () => {
    const latest = found('owned', false, owned, ' COFFEE');
    expect([latest.found, latest.product, latest.category]).toEqual([true, 'sold', 'coffee']);
    const machine = found('owned', false, owned, 'machines');
    expect([machine.product, machine.price]).toEqual(['machine', 300]);
    expect(found('owned', false, owned, 'tea').found).toBe(false);
  });

  test('counts by what the catalogue calls it now, too', () => {
    const asked = { subject: 'owned' as const, promotion: false, ownedCategory: 'coffee' };
    expect(new Subjects().get(asked, owned, renamed).product).toBe('renamed');
  });

  test('is promoted once its suppression has run out, and only what is not sold out', () => {
    const promoted = found('owned', true, owned, 'coffee');
    expect([promoted.product, promoted.size]).toEqual(['pads', 'small']);
    const cups = found('owned', true, owned, 'cups');
    expect([cups.product, cups.purchase.code > 0]).toEqual(['cups', true]);
  });

  test('is found for each category and once for those that ask again, until the next decision', () => {
    const subjects = new Subjects();
    const ask = (ownedCategory: string, promotion = false) =>
      subjects.get({ subject: 'owned', promotion, ownedCategory }, owned, about);
    expect(ask('coffee')).toBe(ask('Coffee'));
    expect([ask('machines').product, ask('coffee', true).product]).toEqual(['machine', 'pads']);
    subjects.reset();
    expect(
      subjects.get({ subject: 'owned', promotion: false, ownedCategory: 'coffee' }, owner(), about).found,
    ).toBe(false);
  });
});
