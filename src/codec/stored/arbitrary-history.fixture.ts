/**
 * Histories of one customer: facts of every kind that speak of one another (refunds of their orders, feedback on their
 * dispatches, timers and plans that are there), mixed with facts that no turn would ever write.
 */
import fc from 'fast-check';
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { CHANNELS } from '../../core/channel.ts';
import type { ChoiceRef, CustomerFact } from '../../core/fact/fact.ts';
import { planId } from '../../core/profile/plan-id.ts';
import { arbCustomerId, arbFactByKind, arbKey } from './arbitrary-facts.fixture.ts';

export interface ArbitraryHistory {
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  /** The fact at `i` stands at sequence `i + 1`, index 0. */
  readonly facts: readonly CustomerFact[];
}

const START = 1_772_452_800_000;
const DAY = 86_400_000;
const NAMES = [
  'Product Viewed',
  'Size Guide Viewed',
  'Product Added',
  'Product Removed',
  'Checkout Started',
  'Payment Failed',
  'Checkout Exited',
  'Order Completed',
  'Order Completed',
  'Order Refunded',
  'Order Cancelled',
  'Order Shipped',
  'Support Case Opened',
  'Support Case Closed',
  'Subscription Cancelled',
  'Consent Updated',
  'Consent Confirmed',
  'Profile Updated',
  'Session Started',
];

const few = fc.integer({ min: 0, max: 3 });
const arbAt = fc.integer({ min: 0, max: 40 * DAY }).map((ms) => START + ms);
const arbChannel = fc.integer({ min: -1, max: CHANNELS.length - 1 });
const arbName = fc.constantFrom(...NAMES);

/** What makes a drawn fact one of this customer: times near each other, names, products and places that other facts have too. */
interface Fitting {
  readonly at: number;
  readonly later: number;
  readonly name: string;
  readonly channel: number;
  readonly word: number;
  readonly ref: ChoiceRef;
  readonly amount: number;
}

const arbFitting: fc.Arbitrary<Fitting> = fc.record({
  at: arbAt,
  later: fc.integer({ min: 0, max: 8 * DAY }),
  name: arbName,
  channel: arbChannel,
  word: few,
  // Decisions stand anywhere among the first facts.
  ref: fc.record({
    seq: fc.integer({ min: 1, max: 24 }),
    index: fc.constant(0),
    choice: fc.constantFrom(0, 0, 1),
  }),
  amount: fc.integer({ min: 1, max: 50_000 }).map((cents) => cents / 100),
});

// Whoever is erased begins anew: `erased` would cut every history short.
const { adopted: _, fence: __, forgotten: ___, erased: ____, loan: _____, ...arbByKind } = arbFactByKind;
const arbCustomerFact: fc.Arbitrary<CustomerFact> = fc.oneof(
  { weight: 4, arbitrary: arbByKind.event },
  { weight: 4, arbitrary: arbByKind.decision },
  { weight: 2, arbitrary: arbByKind.feedback },
  ...(Object.values(arbByKind) as fc.Arbitrary<CustomerFact>[]),
);

/** At most `maxLength` facts; four of five fit the others. */
export function arbHistory(maxLength: number): fc.Arbitrary<ArbitraryHistory> {
  const arbDrawn = fc.record({
    fact: arbCustomerFact,
    fitting: arbFitting,
    odd: fc.nat({ max: 4 }),
  });
  return fc
    .record({
      customer: arbCustomerId,
      key: arbKey,
      drawn: fc.array(arbDrawn, { maxLength, size: 'max' }),
    })
    .map(({ customer, key, drawn }) => ({
      customer,
      key,
      facts: drawn.map(({ fact, fitting, odd }) => {
        const ofCustomer = { ...fact, customer };
        return odd === 0 ? ofCustomer : fitted(ofCustomer, fitting);
      }),
    }));
}

function fitted(fact: CustomerFact, fit: Fitting): CustomerFact {
  const { at, later, channel, word, ref, amount } = fit;
  switch (fact.kind) {
    case 'event':
      return {
        ...fact,
        name: fit.name,
        at,
        receivedAt: at + later,
        channel,
        idHash: word,
        sessionId: `s${word}`,
        hourOfWeek: later % 168,
        offsetMin: 60 * word,
        ...(fact.subscription !== undefined && {
          subscription: { ...fact.subscription, id: word === 0 ? '' : `s${word}` },
        }),
        ...(fact.supportCase !== undefined && { supportCase: `c${word}` }),
        products: fact.products.map((product, i) => ({
          ...product,
          productId: `p${(word + i) % 4}`,
          category: `c${word % 2}`,
          price: amount,
          quantity: 1 + (word % 2),
          margin: amount / 4,
        })),
        order: fact.order && { ...fact.order, orderId: `o${word}`, revenue: word === 0 ? 0 : amount },
        consent: fact.consent && {
          ...fact.consent,
          ...{ channel, purpose: word - 1 > 1 ? -1 : word - 1 },
          ...(fact.consent.waits && { waits: [{ channel: channel < 0 ? 3 : channel, ms: DAY }] }),
        },
        friction: word,
      };
    case 'decision':
      return {
        ...fact,
        at,
        requestHash: word,
        choices: fact.choices.map((choice) => ({
          ...choice,
          action: `a${word}`,
          channel: Math.max(0, channel),
          product: `p${word}`,
          at: at + later,
          offer: choice.offer && { ...choice.offer, offer: `f${word % 2}`, until: at + later },
        })),
        outcomeDue: fact.choices.map((_, i) => (i === 0 ? at + later : 0)),
        clickMs: DAY,
        purchaseMs: 7 * DAY,
      };
    case 'feedback':
      return {
        ...fact,
        ref: fact.ref && ref,
        channel,
        at,
        receivedAt: at + later,
        idHash: word,
        hourOfWeek: later % 168,
        scope: word > 1 ? -1 : word,
      };
    case 'handed':
    case 'delivery':
    case 'withdraw':
    case 'outcome':
      return { ...fact, ref, at };
    case 'plan-dropped':
      return { ...fact, plan: planId(ref.seq, ref.index, ref.choice), at };
    case 'timer':
      return { ...fact, timer: word % 2, key: `t${word}`, due: at + later };
    case 'timer-fired':
      return word % 2 === 0
        ? { ...fact, timer: 0, key: `t${word}`, at }
        : { ...fact, timer: 1, key: planId(ref.seq, ref.index, ref.choice), at };
    case 'triggered':
      return { ...fact, trigger: `t${word}`, at };
    default:
      return { ...(fact as CustomerFact), at } as CustomerFact;
  }
}
