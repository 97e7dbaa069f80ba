/** What a dispatch says when it is handed over, and what is not handed over any more. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { channelIndex } from '../channel.ts';
import { action, catalog, customer, env, NOON, policy, product } from '../decide/shop.fixture.ts';
import type { Choice, Content, FactOffer } from '../fact/fact.ts';
import { NO_FORMATS } from '../locale/formats.ts';
import type { Action, Offer, Slot, Variant } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { REASONS } from '../reason.ts';
import { lateContent } from './late-content.ts';
import { contentAsSent, sentContent } from './sent-content.ts';

const from = (name: string, field: string, more: Partial<Slot> = {}): Slot =>
  ({ name, source: { kind: 'subject', field }, required: true, ...more }) as Slot;
const slots: readonly Slot[] = [
  from('title', 'title'),
  from('price', 'price'),
  from('image', 'image', { required: false }),
  { name: 'code', source: { kind: 'offer', field: 'code' }, required: true },
  { name: 'tier', source: { kind: 'trait', name: 'loyalty_tier' }, required: true },
];
const variant: Variant = {
  ...{ index: 0, id: 'a', templateId: 't', slots, text: '{title} {price} {code} {tier}', when: undefined },
};
const offer: Offer = {
  index: 0,
  id: 'ten',
  kind: 'percent',
  depth: 10,
  code: 'TEN',
  validMs: DAY_MS,
  isDiscount: true,
};
const made: FactOffer = {
  ...{ offer: 'ten', kind: 'percent', depth: 10, code: 'TEN', until: NOON + HOUR_MS, reserved: undefined },
};
const decided: Content = {
  templateId: 't',
  locale: 'en-GB',
  slotNames: ['title', 'price', 'code', 'tier'],
  slotValues: ['The coat', '100.00 EUR (en-GB)', 'TEN', 'gold'],
  productIds: ['coat'],
  rendered: 'The coat 100.00 EUR (en-GB) TEN gold',
};
const choice = {
  ...{ kind: 'treatment', action: 'action-0', variant: 'a', channel: channelIndex('email'), promotion: true },
  ...{ product: 'coat', category: 'coats', offer: made, content: decided, notAfter: NOON + DAY_MS },
} as Choice;
const coat = product('coat');

function viewer(size = 'M'): Profile {
  const profile = customer();
  profile.viewed.add({
    ...{ productId: 'coat', category: 'coats', brand: 'acme', size, price: 100, lastAt: NOON, views: 1 },
  });
  return profile;
}

function late(
  change: {
    readonly choice?: Partial<Choice>;
    readonly action?: Partial<Action>;
    readonly product?: Partial<typeof coat> | null;
    readonly now?: number;
    readonly perDay?: number;
    readonly marginFloor?: number;
    readonly profile?: Profile;
  } = {},
) {
  const acted = action(0, { subject: 'viewed', offer, variants: [variant], ...change.action });
  const { perDay = 1_000, marginFloor = 0.05 } = change;
  const rules = policy([acted], { budgets: [{ index: 0, id: 'gifts', perDay }], marginFloor });
  const goods = change.product === null ? catalog() : catalog({ ...coat, ...change.product });
  const moment = env(rules, { catalog: goods, now: change.now ?? NOON });
  return lateContent(change.profile ?? viewer(), { ...choice, ...change.choice }, moment);
}

function why(change: Parameters<typeof late>[0]): string {
  const found = late(change);
  return found.kind === 'never' ? (REASONS[found.reason] ?? '') : found.kind;
}

describe('what is handed over late', () => {
  test('says what was decided where nothing has changed, and nothing is to be recorded', () => {
    expect(late()).toEqual({ kind: 'says', content: decided, sent: undefined });
  });

  test("says today's price, and keeps what was decided about the customer", () => {
    expect(late({ product: { price: 80 } })).toEqual({
      kind: 'says',
      content: {
        ...decided,
        slotValues: ['The coat', '80.00 EUR (en-GB)', 'TEN', 'gold'],
        rendered: 'The coat 80.00 EUR (en-GB) TEN gold',
      },
      sent: {
        catalogSequence: 1,
        templateId: 't',
        slotNames: ['price'],
        slotValues: ['80.00 EUR (en-GB)'],
        rendered: 'The coat 80.00 EUR (en-GB) TEN gold',
      },
    });
  });

  test('fills a blank that had no value, and leaves out one that has none any more', () => {
    const shown = late({ product: { image: 'coat.webp' } });
    expect(shown.kind === 'says' && shown.sent).toMatchObject({
      slotNames: ['image'],
      slotValues: ['coat.webp'],
      rendered: undefined,
    });
    const without = { ...variant, slots: slots.filter(({ name }) => name !== 'tier'), text: '{title}' };
    const left = late({ action: { variants: [without] } });
    expect(left.kind === 'says' && left.sent).toMatchObject({ slotNames: ['tier'], slotValues: [''] });
  });

  test('says the words of today’s policy', () => {
    const again = late({ action: { variants: [{ ...variant, templateId: 'u', text: 'Still {price}' }] } });
    expect(again.kind === 'says' && again.content).toMatchObject({
      templateId: 'u',
      rendered: 'Still 100.00 EUR (en-GB)',
    });
  });

  test('keeps what was decided of a product that the catalogue does not have', () => {
    expect(late({ product: null })).toMatchObject({ kind: 'says', sent: undefined });
  });
});

describe('what does not hold any more is not handed over', () => {
  test('sold out in the size that the customer looked at', () => {
    const stock = new Map([
      ['M', 0],
      ['L', 3],
    ]);
    expect(why({ product: { stock } })).toBe('OUT_OF_STOCK');
    expect(why({ product: { stock }, profile: viewer('L') })).toBe('says');
    expect(why({ product: { stock }, choice: { promotion: false } })).toBe('says');
  });

  test('the size that it names counts before the one looked at since', () => {
    const named = { ...variant, slots: [...slots, from('size', 'size')] };
    const content = {
      ...decided,
      slotNames: [...decided.slotNames, 'size'],
      slotValues: [...decided.slotValues, 'S'],
    };
    const stock = new Map([
      ['S', 0],
      ['M', 3],
    ]);
    expect(why({ product: { stock }, action: { variants: [named] }, choice: { content } })).toBe(
      'OUT_OF_STOCK',
    );
  });

  test('a count of what is left that is not few any more', () => {
    const counted = { ...variant, slots: [...slots, from('stock', 'stock', { max: 5 })] };
    const left = (units: number) =>
      why({ product: { stock: new Map([['M', units]]) }, action: { variants: [counted] } });
    expect([left(5), left(6)]).toEqual(['says', 'CONTENT_UNFILLABLE']);
  });

  test('its offer is over, or the policy makes another one, or none', () => {
    expect(why({ now: made.until - 1 })).toBe('says');
    expect(why({ now: made.until })).toBe('OFFER_ENDED');
    for (const other of [{ depth: 5 }, { code: 'FIVE' }, { id: 'five' }, { kind: 'amount' as const }])
      expect(why({ action: { offer: { ...offer, ...other } } })).toBe('OFFER_ENDED');
    expect(why({ action: { offer: undefined } })).toBe('OFFER_ENDED');
  });

  test('a day of its budget does not cover any more what was reserved', () => {
    const reserved = { budget: 'gifts', day: 1, discount: 10_000_000, message: 10_000 };
    const held = { offer: { ...made, reserved } };
    expect(why({ choice: held, perDay: 10.01 })).toBe('says');
    expect(why({ choice: held, perDay: 10 })).toBe('BUDGET_EXHAUSTED');
    expect(why({ choice: { offer: { ...made, reserved: { ...reserved, budget: 'gone' } } } })).toBe('says');
  });

  test("at today's price the offer would leave too little", () => {
    expect(why({ product: { price: 100, margin: 15 }, marginFloor: 0.05 })).toBe('says');
    expect(why({ product: { price: 90, margin: 5 }, marginFloor: 0.05 })).toBe('MARGIN_FLOOR');
  });

  test('the policy lost the action or the variant', () => {
    expect(why({ choice: { action: 'gone' } })).toBe('JOURNEY_CHANGED');
    expect(why({ choice: { variant: 'gone' } })).toBe('JOURNEY_CHANGED');
  });
});

describe('what was sent', () => {
  const arbWord = fc.constantFrom('a', 'b', 'c', 'd');
  const arbContent = fc
    .record({
      names: fc.uniqueArray(arbWord),
      values: fc.array(arbWord, { minLength: 4, maxLength: 4 }),
      rendered: arbWord,
      templateId: arbWord,
    })
    .map(({ names, values, rendered, templateId }): Content => {
      return {
        ...decided,
        templateId,
        slotNames: names,
        slotValues: values.slice(0, names.length),
        rendered,
      };
    });
  const seen = ({ slotNames, slotValues, ...rest }: Content) => ({
    ...rest,
    slots: new Map(slotNames.map((name, i) => [name, slotValues[i]])),
  });

  test('is what was decided with what is recorded of it, and nothing is recorded of equal ones', () => {
    fc.assert(
      fc.property(arbContent, arbContent, (before, now) => {
        const sent = sentContent(before, now, 7);
        expect(seen(contentAsSent(before, sent))).toEqual(seen(now));
        expect(sentContent(before, before, 7)).toBeUndefined();
      }),
    );
  });

  test('comes out again without the formats that told it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 500 }), (price) => {
        const first = late({ product: { price } });
        if (first.kind === 'never' || first.content === undefined) return;
        const rules = policy([action(0, { subject: 'viewed', offer, variants: [variant] })]);
        const moment = env(rules, { catalog: catalog({ ...coat, price }), formats: NO_FORMATS });
        expect(lateContent(viewer(), choice, moment, first.content)).toEqual(first);
      }),
    );
  });
});
