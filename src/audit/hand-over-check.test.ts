import { expect, test } from 'vitest';
import { branded, type CustomerId } from '../base/brand.ts';
import { fixedZones } from '../core/calendar/fixed-zones.fixture.ts';
import { action, catalog, customer, NOON, policy, product } from '../core/decide/shop.fixture.ts';
import type { Choice, HandedFact, SentContent } from '../core/fact/fact.ts';
import { handOverDifference } from './hand-over-check.ts';

const variant = {
  ...{ index: 0, id: 'a', templateId: 't', text: '', when: undefined },
  slots: [
    { name: 'title', source: { kind: 'subject', field: 'title' }, required: true },
    { name: 'price', source: { kind: 'subject', field: 'price' }, required: true },
  ],
} as const;
const choice = {
  ...{ action: 'action-0', variant: 'a', product: 'coat', promotion: true, offer: undefined },
  content: {
    ...{ templateId: 't', locale: 'de-DE', slotNames: ['title', 'price'], slotValues: ['Coat', '100 €'] },
    ...{ productIds: ['coat'], rendered: '' },
  },
} as unknown as Choice;
const sent: SentContent = {
  ...{ catalogSequence: 1, templateId: 't', slotNames: ['title', 'price'], slotValues: ['The coat', '80 €'] },
  rendered: undefined,
};

function difference(change: Partial<SentContent>, stock = 3): string | undefined {
  const handed: HandedFact = {
    kind: 'handed',
    customer: branded<CustomerId>('AAAAAAAAAAAAAAAAAAAAAA'),
    ref: { seq: 1, index: 0, choice: 0 },
    attempt: 2,
    at: NOON,
    sent: { ...sent, ...change },
  };
  return handOverDifference(handed, choice, {
    profile: customer(),
    policy: policy([action(0, { variants: [variant] })]),
    catalog: catalog(product('coat', { stock: new Map([['', stock]]) })),
    zones: fixedZones,
  });
}

test('a hand-over follows from its moment, with amounts as they were told', () => {
  expect(difference({})).toBeUndefined();
  expect(difference({ slotValues: ['The coat', '80,00 EUR'] })).toBeUndefined();
});

test('what the catalogue of the moment does not say is a difference, and so is what should have been withdrawn', () => {
  expect(difference({ slotValues: ['A coat', '80 €'] })).toContain('sent.slotValues[0]');
  expect(difference({ rendered: 'Buy!' })).toContain('sent.rendered');
  expect(difference({}, 0)).toBe('it should have been withdrawn (OUT_OF_STOCK)');
});
