import { expect, test } from 'vitest';
import { Agenda } from './agenda.ts';
import { Messages } from './messages.ts';
import { emptyLedger } from './shop-ledger.ts';
import type { ShopOffer } from './treatment.ts';

const offer: ShopOffer = { kind: 'percent', depth: 10, code: 'TEN', until: 5_000 };

function withClick(given: ShopOffer, at: number): Messages {
  const messages = new Messages(new Agenda(), emptyLedger(), 3);
  const treatment = { ref: 'r', family: 'discount', channel: 'email', productId: '', offer: given } as const;
  messages.report({ customer: 2, treatment, withdrawn: false }, 'clicked', at);
  return messages;
}

test('a code is held from the click on, by that customer alone, and one order spends it', () => {
  const messages = withClick(offer, 1_000);
  expect(messages.spendOffer(1, 2_000)).toBeUndefined();
  expect(messages.spendOffer(2, 2_000)).toBe(offer);
  expect(messages.spendOffer(2, 2_000)).toBeUndefined();
});

test('a code works until its last moment and not after', () => {
  expect(withClick(offer, 1_000).spendOffer(2, 5_000)).toBe(offer);
  expect(withClick(offer, 1_000).spendOffer(2, 5_001)).toBeUndefined();
});

test('a message that was withdrawn reports nothing', () => {
  const ledger = emptyLedger();
  const messages = new Messages(new Agenda(), ledger, 1);
  const treatment = { ref: 'r', family: 'discount', channel: 'email', productId: '', offer } as const;
  expect(messages.report({ customer: 0, treatment, withdrawn: true }, 'opened', 10)).toBeUndefined();
  expect(ledger.opens).toBe(0);
});
