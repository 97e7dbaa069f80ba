/** Profiles as fast-check values: every section empty or filled with odd values, beyond what a fold would make. */
import fc from 'fast-check';
import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import { fillCart } from '../../core/profile/cart.ts';
import { foremostFriction } from '../../core/profile/checkout.ts';
import {
  CONSENT_PLACES,
  CONSENT_WAYS,
  type ConsentProof,
  type ConsentTelling,
  NO_WORDS,
  proofText,
} from '../../core/profile/consent-proof.ts';
import type { ConsentRequest } from '../../core/profile/consent-request.ts';
import { ContactLedger } from '../../core/profile/contact-ledger.ts';
import { zeroDoubles } from '../../core/profile/flat-rows.ts';
import type { Contact, PendingOutcome, ViewedProduct } from '../../core/profile/ledger-rows.ts';
import type { OlderOrders } from '../../core/profile/older-orders.ts';
import { type OrderEntry, orderEntry } from '../../core/profile/order-entry.ts';
import { compareOrders, sumOrders } from '../../core/profile/order-ledger.ts';
import { PendingLedger } from '../../core/profile/pending-ledger.ts';
import {
  type Affinity,
  type ChannelStats,
  CONTACT_STATES,
  COUNTERS,
  HALF_LIVES_MS,
  type Profile,
  type SeenDecides,
  type SeenIds,
} from '../../core/profile/profile.ts';
import { ViewedLedger } from '../../core/profile/viewed-ledger.ts';
import {
  arbAttribute,
  arbChoice,
  arbChoiceRef,
  arbCustomerId,
  arbKey,
  arbNumber,
  arbText,
  plain,
} from './arbitrary-facts.fixture.ts';

/** Texts as a profile repeats them, and others. */
const arbWord = fc.oneof(fc.constantFrom('', 'boots', 'sku-17', 'recover-cart', 'SPRING10'), arbText);
const arbTime = fc.oneof(fc.constant(0), arbNumber);
const upTo = <T>(item: fc.Arbitrary<T>, maxLength = 4): fc.Arbitrary<T[]> => fc.array(item, { maxLength });

const arbAffinity: fc.Arbitrary<Affinity> = fc
  .tuple(arbTime, upTo(fc.tuple(arbWord, fc.float())), upTo(fc.tuple(arbWord, arbNumber)), fc.boolean())
  .map(([at, floats, numbers, exact]) => {
    const entries = exact ? floats : numbers;
    return { at, keys: entries.map(([key]) => key), weights: entries.map(([, weight]) => weight) };
  });

const arbHours: fc.Arbitrary<Affinity> = fc
  .tuple(arbTime, upTo(fc.tuple(fc.integer({ min: 0, max: 170 }), fc.oneof(fc.float(), arbNumber))))
  .map(([at, entries]) => ({
    at,
    keys: entries.map(([hour]) => String(hour)),
    weights: entries.map(([, weight]) => weight),
  }));

const arbSeenEntry = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), arbTime),
  fc.tuple(arbNumber, arbNumber, arbTime),
);
const arbSeen: fc.Arbitrary<SeenIds> = upTo(arbSeenEntry).map((entries) => entries.flat());
const arbSeenDecides: fc.Arbitrary<SeenDecides> = upTo(fc.tuple(arbSeenEntry, arbNumber, arbNumber)).map(
  (entries) => entries.flat(2),
);

const arbIdentifier = plain({ kind: arbWord, value: arbText, origin: arbText });
/** Often under its own key, with the key itself among the identifiers. */
const arbIdentity = fc
  .tuple(arbKey, upTo(arbIdentifier, 3), upTo(fc.nat({ max: 2 }), 2))
  .map(([key, others, own]) => {
    const colon = key.indexOf(':');
    const mine = own.map((cut) => ({
      kind: key.slice(0, colon < 0 ? cut : colon),
      value: key.slice(colon + 1),
      origin: cut === 0 ? 'crm:other' : key,
    }));
    return { key, identifiers: [...mine, ...others] };
  });

const arbCounterValue = fc.oneof(fc.constantFrom(0, 1), fc.float(), arbNumber);
/** A yes or a no at its time, or nothing. */
const arbWordOfHers = fc.oneof(fc.constantFrom(0, 1, -1), fc.integer({ min: -(2 ** 41), max: 2 ** 41 }));
const arbStats: fc.Arbitrary<ChannelStats> = plain({
  sends: arbTime,
  opens: arbTime,
  clicks: arbTime,
  bounces: arbTime,
  lastSentAt: arbTime,
  lastOpenAt: arbTime,
  lastSeenAt: arbTime,
  unsubscribedAt: arbTime,
  complainedAt: arbTime,
  bouncedAt: arbTime,
  softBounces: arbTime,
  softBouncedAt: arbTime,
});
const arbTelling: fc.Arbitrary<ConsentTelling> = plain({
  source: arbWord,
  channel: arbNumber,
  at: arbTime,
  heardAt: arbTime,
  id: arbText,
  words: fc.oneof(fc.constant(NO_WORDS), plain({ proof: arbText, form: arbWord, textVersion: arbWord })),
});
const arbProof: fc.Arbitrary<ConsentProof> = fc
  .tuple(
    arbTelling,
    plain({
      places: fc.nat(2 ** CONSENT_PLACES - 1),
      way: fc.constantFrom(...CONSENT_WAYS),
      confirmed: fc.option(arbTelling, { nil: undefined }),
    }),
  )
  .map(([telling, proof]) => ({ ...telling, ...proof }));
const arbRequest: fc.Arbitrary<ConsentRequest> = plain({
  place: fc.nat(CONSENT_PLACES - 1),
  confirms: fc.boolean(),
  from: arbTime,
  at: arbTime,
  until: arbTime,
  telling: arbTelling,
});
const ref = { seq: arbNumber, index: arbNumber, choice: arbNumber };

const arbOwned = plain({
  productId: arbWord,
  category: arbWord,
  size: arbWord,
  at: arbTime,
  quantity: arbNumber,
  price: arbNumber,
});
const arbLines = (at: number) =>
  upTo(
    plain({
      productId: arbWord,
      category: arbWord,
      size: arbWord,
      variant: arbWord,
      at: fc.constant(at),
      quantity: arbNumber,
      price: arbNumber,
      margin: arbNumber,
    }),
    2,
  );

const arbForeign = fc.option(plain({ currency: arbWord, rate: arbNumber }), { nil: undefined });

const arbSubscription = fc.option(plain({ id: arbWord, isRenewal: fc.boolean() }), { nil: undefined });

const arbOrder: fc.Arbitrary<OrderEntry> = fc
  .tuple(arbText, arbTime, fc.boolean(), arbTime)
  .chain(([orderId, at, isOlder, refundedAt]) =>
    fc
      .tuple(
        upTo(
          plain({
            source: arbWord,
            at: fc.oneof(fc.constant(at), arbTime),
            linesAt: fc.oneof(fc.constant(at), arbTime),
            lines: arbLines(at),
            revenue: arbNumber,
            discount: arbNumber,
            coupon: fc.boolean(),
            foreign: arbForeign,
          }).chain((one) =>
            arbSubscription.map((subscription) =>
              subscription === undefined ? one : { ...one, subscription },
            ),
          ),
          2,
        ),
        upTo(
          plain({
            id: arbWord,
            event: arbNumber,
            source: arbWord,
            at: fc.constant(refundedAt),
            cancels: fc.boolean(),
            amount: arbNumber,
            foreign: arbForeign,
            lines: arbLines(refundedAt),
          }),
          2,
        ),
      )
      .map(([tellings, refunds]) => orderEntry(orderId, at, isOlder, tellings, refunds)),
  );

const arbOlder: fc.Arbitrary<OlderOrders> = plain({
  count: arbNumber,
  refundedCount: arbNumber,
  discounted: arbNumber,
  revenue: arbNumber,
  margin: arbNumber,
  refunded: arbNumber,
  firstAt: arbTime,
  lastAt: arbTime,
  lastNewAt: arbTime,
  subscriptions: upTo(plain({ id: arbWord, at: arbTime, gapMs: arbNumber })),
  ids: upTo(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  owned: upTo(arbOwned),
  categories: upTo(plain({ category: arbWord, at: arbTime })),
  bought: upTo(plain({ category: arbWord, orders: arbNumber, at: arbTime })),
});

export const arbProfile: fc.Arbitrary<Profile> = arbIdentity.chain(({ key, identifiers }) =>
  plain<Profile>({
    id: arbCustomerId,
    key: fc.constant(key),
    version: arbNumber,
    seq: arbNumber,
    createdAt: arbTime,
    lastAt: arbTime,
    lastOrderAt: fc.constant(0),
    lastNewOrderAt: fc.constant(0),
    firstOrderAt: fc.constant(0),
    orderCount: fc.constant(0),
    refundedOrders: fc.constant(0),
    revenue: fc.constant(0),
    discountedOrders: fc.constant(0),
    margin: fc.constant(0),
    refunds: fc.constant(0),
    zone: arbWord,
    zoneAt: arbTime,
    locale: arbWord,
    session: fc.oneof(
      fc.constant({ id: '', startedAt: 0, lastAt: 0, count: 0, channel: -1 }),
      plain({ id: arbText, startedAt: arbTime, lastAt: arbTime, count: arbNumber, channel: arbNumber }),
    ),
    identifiers: fc.constant(identifiers),
    counters: floats(arbCounterValue, COUNTERS.length * HALF_LIVES_MS.length),
    counterAt: floats(arbTime, COUNTERS.length),
    categories: arbAffinity,
    brands: arbAffinity,
    sizes: arbAffinity,
    channels: arbAffinity,
    hours: fc.oneof(arbHours, arbAffinity),
    discounts: arbAffinity,
    viewed: upTo(
      plain({
        productId: arbWord,
        category: arbWord,
        brand: arbWord,
        size: arbWord,
        price: arbNumber,
        lastAt: arbTime,
        views: arbNumber,
      }),
    ).map(viewedLedger),
    cart: fc.constant([]),
    cartFrom: arbTime,
    cartEvents: upTo(
      plain({
        isTaken: fc.boolean(),
        variant: arbWord,
        productId: arbWord,
        category: arbWord,
        brand: arbWord,
        size: arbWord,
        price: arbNumber,
        quantity: arbNumber,
        at: arbTime,
      }),
    ),
    checkout: fc.option(
      plain({
        startedAt: arbTime,
        lastAt: arbTime,
        stepAt: arbTime,
        step: arbNumber,
        value: arbNumber,
        friction: fc.constant(0),
        frictions: fc.constantFrom(0, 2, 4, 12, 30),
        frictionAt: arbTime,
        frictionProduct: arbWord,
        frictionSize: arbWord,
        channel: arbNumber,
        exitedAt: arbTime,
      }).map((checkout) =>
        checkout.frictions === 0
          ? { ...checkout, frictionAt: 0, frictionProduct: '', frictionSize: '' }
          : { ...checkout, friction: foremostFriction(checkout.frictions) },
      ),
      { nil: undefined },
    ),
    orders: upTo(arbOrder).map((orders) => orders.sort(compareOrders)),
    older: fc.option(arbOlder, { nil: undefined }),
    owned: fc.constant([]),
    subscriptions: fc.constant([]),
    subscriptionEnds: upTo(plain({ id: arbWord, at: arbTime })),
    consent: fc.array(arbWordOfHers, {
      minLength: CHANNELS.length * PURPOSES.length,
      maxLength: CHANNELS.length * PURPOSES.length,
    }),
    consentProofs: upTo(arbProof).map(proofText),
    consentRequests: upTo(arbRequest),
    channelStats: fc.array(fc.option(arbStats, { nil: undefined }), {
      minLength: CHANNELS.length,
      maxLength: CHANNELS.length,
    }),
    contacts: upTo(
      plain({
        ...ref,
        action: arbWord,
        variant: arbWord,
        channel: arbNumber,
        at: arbTime,
        state: fc.nat(CONTACT_STATES.length - 1),
        counts: fc.boolean(),
        offer: arbWord,
        product: arbWord,
        promotion: fc.boolean(),
        notAfter: arbTime,
        dispatched: fc.boolean(),
        marks: fc.nat(63),
      }),
    ).map(contactLedger),
    offers: upTo(
      plain({
        offer: arbWord,
        kind: arbWord,
        depth: arbNumber,
        code: arbWord,
        action: arbWord,
        at: arbTime,
        until: arbTime,
        ...ref,
      }),
    ),
    plans: upTo(
      plain({
        id: arbWord,
        action: arbWord,
        variant: arbWord,
        channel: arbNumber,
        product: arbWord,
        offer: arbWord,
        decidedAt: arbTime,
        at: arbTime,
        zone: arbWord,
        offsetMin: arbNumber,
        trigger: arbWord,
        ...ref,
      }),
    ),
    timers: upTo(plain({ kind: arbNumber, key: arbWord, due: arbTime })),
    pending: upTo(
      plain({
        ...ref,
        decidedAt: arbTime,
        clickUntil: arbTime,
        purchaseUntil: arbTime,
        unsubscribeUntil: arbTime,
        awaits: fc.integer({ min: 1, max: 7 }),
        channel: arbNumber,
        engaged: fc.boolean(),
        unsubscribed: fc.boolean(),
        orders: arbNumber,
        margin: arbNumber,
      }),
    ).map(pendingLedger),
    seenEvents: arbSeen,
    seenFeedback: arbSeen,
    seenDecides: arbSeenDecides,
    triggered: upTo(plain({ trigger: arbWord, at: arbTime })),
    once: upTo(fc.nat(2 ** 31 - 1).map((n) => n * 2 ** 21 + n)),
    attributes: upTo(fc.tuple(arbAttribute, arbTime).map(([attribute, at]) => ({ ...attribute, at }))),
    claims: upTo(
      plain({
        key: arbKey,
        via: fc.oneof(fc.constant('' as const), arbKey),
        explicit: fc.oneof(fc.constant(''), arbText),
        at: arbTime,
        claim: arbNumber,
        link: plain({ seq: arbNumber, index: arbNumber }),
        origin: fc.oneof(fc.constant(undefined), arbKey),
        isDeclared: fc.boolean(),
      }),
    ),
    strangers: upTo(fc.tuple(fc.nat(), arbTime)).map((rows) => rows.flat()),
    united: upTo(arbTime),
    isMixed: fc.boolean(),
    silencedAt: arbTime,
    moved: fc.oneof(
      fc.constant(undefined),
      plain({
        to: arbKey,
        claim: arbNumber,
        at: arbTime,
        estate: fc.uint8Array({ maxLength: 9 }).map((bytes) => new Uint8Array(bytes)),
      }),
    ),
    links: upTo(
      plain({
        key: arbKey,
        seq: arbNumber,
        index: arbNumber,
        inSeq: arbNumber,
        at: arbTime,
        isUndone: fc.boolean(),
      }),
    ),
    trail: fc.constant([]),
    keptApart: upTo(plain({ key: arbKey, person: arbKey })),
    partings: upTo(
      plain({
        key: arbKey,
        claim: arbNumber,
        estate: fc.uint8Array({ maxLength: 9 }).map((bytes) => new Uint8Array(bytes)),
        at: arbTime,
      }),
    ),
    provisional: fc.oneof(fc.constant(undefined), plain({ to: arbCustomerId, at: arbTime, until: arbTime })),
    spentTokens: upTo(
      plain({ seq: arbNumber, index: arbNumber, choice: arbNumber, browser: arbNumber, at: arbTime }),
    ),
    devices: upTo(
      plain({ key: arbKey, at: arbTime, by: arbNumber, isLife: fc.boolean(), isGone: fc.boolean() }),
    ),
    deviceOf: fc.oneof(
      fc.constant(undefined),
      plain({ to: arbCustomerId, claim: arbNumber, at: arbTime, by: arbNumber }),
    ),
    supportCases: upTo(plain({ id: arbWord, openedAt: arbTime, closedAt: arbTime })),
    audiences: upTo(
      plain({
        member: arbCustomerId,
        audience: arbWord,
        version: arbTime,
        ref: arbChoiceRef,
        choice: fc.option(arbChoice, { nil: undefined }),
      }),
    ),
  })
    .chain((profile) =>
      // Only who has links has a trail.
      profile.links.length === 0
        ? fc.constant(profile)
        : fc.array(fc.nat(2 ** 50), { minLength: 1, maxLength: 5 }).map((trail) => ({ ...profile, trail })),
    )
    .map(withSums),
);

/** What is made of orders and cart events is not stored. */
function withSums(profile: Profile): Profile {
  sumOrders(profile);
  fillCart(profile);
  return profile;
}

function floats(item: fc.Arbitrary<number>, length: number): fc.Arbitrary<number[]> {
  return fc.oneof(
    fc.constant(0).map(() => zeroDoubles(length)),
    fc.array(item, { minLength: length, maxLength: length }),
  );
}

function viewedLedger(rows: readonly ViewedProduct[]): ViewedLedger {
  const ledger = new ViewedLedger();
  for (const row of rows) ledger.add(row);
  return ledger;
}

function contactLedger(rows: readonly Contact[]): ContactLedger {
  const ledger = new ContactLedger();
  for (const row of rows) ledger.push(row);
  return ledger;
}

function pendingLedger(rows: readonly PendingOutcome[]): PendingLedger {
  const ledger = new PendingLedger();
  for (const row of rows) ledger.push(row);
  return ledger;
}

/** Its ledgers as rows: what is private to them is not compared otherwise. */
export function withPlainLedgers(profile: Profile): unknown {
  return {
    ...profile,
    viewed: profile.viewed.toArray(),
    contacts: profile.contacts.toArray(),
    pending: profile.pending.toArray(),
  };
}
