import { BOUNDS } from '../bounds.ts';
import { CHANNELS } from '../channel.ts';
import { type EventMeaning, eventMeaning } from '../event/event-name.ts';
import type { EventFact, FactProduct } from '../fact/fact.ts';
import { bumpAffinity } from './affinity.ts';
import { withAttributes } from './attributes.ts';
import { foldCart } from './cart.ts';
import { channelStatsOf } from './channel-stats.ts';
import { foldCheckoutStep, foldFriction, liftSizeFriction } from './checkout.ts';
import { bumpCounter, counterPlace } from './counter.ts';
import { foldConsent } from './fold-consent.ts';
import { liftSilence } from './fold-erasure.ts';
import { foldOrder, foldReturn, isToldOrder } from './fold-order.ts';
import type { Profile } from './profile.ts';
import { rememberSeen } from './seen.ts';
import { isRenewal, withEnd } from './subscription.ts';
import { withCaseNews } from './support-case.ts';

const EVENTS = counterPlace('events');
const SESSIONS = counterPlace('sessions');

export function foldEvent(profile: Profile, fact: EventFact): void {
  const meaning = eventMeaning(fact.name);
  rememberSeen(profile.seenEvents, BOUNDS.seenEvents, fact.idHash, fact.bodyHash, fact.receivedAt);
  for (const identifier of fact.identifiers) {
    if (profile.identifiers.length < BOUNDS.identifiers) profile.identifiers.push({ ...identifier });
  }
  if (fact.at >= profile.lastAt) {
    if (fact.locale !== '') profile.locale = fact.locale;
  }
  // A zone that nobody knows is no word about where the customer is.
  if (fact.zone !== '' && !Number.isNaN(fact.offsetMin) && fact.at >= profile.zoneAt) {
    profile.zone = fact.zone;
    profile.zoneAt = fact.at;
  }
  const isOrder = meaning.kind === 'order';
  // What a second source says of an order is nothing more that the customer did.
  if (!isOrder || !isToldOrder(profile, fact)) {
    bumpCounter(profile, EVENTS, fact.at);
    // A renewal comes by itself, wherever the customer is.
    if (meaning.signOfLife && !isRenewal(profile.subscriptions, fact.subscription))
      foldPresence(profile, fact);
  }
  if (fact.at > profile.lastAt) profile.lastAt = fact.at;
  // Of orders the ledger counts: each one once, and none that was undone.
  if (meaning.counter !== undefined && !isOrder) bumpCounter(profile, counterPlace(meaning.counter), fact.at);
  if (meaning.interest > 0 && !isOrder) foldInterest(profile, fact, meaning.interest);
  foldMeaning(profile, fact, meaning);
}

/** Sessions, the channel where the customer is, their hours. */
function foldPresence(profile: Profile, fact: EventFact): void {
  const session = profile.session;
  const later = fact.at >= session.lastAt;
  const pause = fact.at - session.lastAt;
  const isNew =
    later &&
    (session.count === 0 ||
      pause > BOUNDS.sessionGapMs ||
      (fact.sessionId !== '' && fact.sessionId !== session.id));
  if (isNew) {
    session.count++;
    session.id = fact.sessionId;
    session.startedAt = fact.at;
    bumpCounter(profile, SESSIONS, fact.at);
  }
  if (later) {
    session.lastAt = fact.at;
    session.channel = fact.channel;
  }
  if (fact.channel >= 0) {
    bumpAffinity(profile.channels, CHANNELS[fact.channel] ?? '', fact.at, 1);
    const stats = channelStatsOf(profile, fact.channel);
    if (fact.at > stats.lastSeenAt) stats.lastSeenAt = fact.at;
  }
  bumpAffinity(profile.hours, String(fact.hourOfWeek % 24), fact.at, 1);
  // Any sign of life re-arms an open checkout's window; what the window does is the trigger's business.
  const checkout = profile.checkout;
  if (checkout !== undefined && fact.at > checkout.lastAt) {
    checkout.lastAt = fact.at;
    if (fact.channel >= 0) checkout.channel = fact.channel;
  }
}

function foldInterest(profile: Profile, fact: EventFact, weight: number): void {
  for (const product of fact.products) {
    bumpAffinity(profile.categories, product.category, fact.at, weight);
    bumpAffinity(profile.brands, product.brand, fact.at, weight);
    bumpAffinity(profile.sizes, product.size, fact.at, weight);
  }
}

function foldMeaning(profile: Profile, fact: EventFact, meaning: EventMeaning): void {
  switch (meaning.kind) {
    case 'view':
    case 'size-guide':
      for (const product of fact.products) foldView(profile, product, fact.at);
      return;
    case 'cart-add':
      foldCart(profile, fact.products, false, fact.at, fact.receivedAt);
      return;
    case 'cart-remove':
      foldCart(profile, fact.products, true, fact.at, fact.receivedAt);
      liftSizeFriction(profile, fact);
      return;
    case 'checkout':
    case 'checkout-exit':
      foldCheckoutStep(profile, fact);
      return;
    case 'friction':
      foldFriction(profile, fact, meaning.friction);
      return;
    case 'order':
      foldOrder(profile, fact);
      return;
    case 'refund':
    case 'cancel':
      foldReturn(profile, fact, meaning.kind === 'cancel');
      return;
    case 'subscription-end':
      profile.subscriptionEnds = withEnd(profile.subscriptionEnds, {
        id: fact.subscription?.id ?? '',
        at: fact.at,
      });
      return;
    case 'case-open':
    case 'case-close':
      profile.supportCases = withCaseNews(
        profile.supportCases,
        fact.supportCase ?? '',
        fact.at,
        meaning.kind === 'case-close',
      );
      return;
    case 'consent':
      foldConsent(profile, fact);
      liftSilence(profile, fact);
      return;
    case 'profile':
      if (fact.attributes !== undefined)
        profile.attributes = withAttributes(profile.attributes, fact.attributes, fact.at);
      return;
    default:
  }
}

function foldView(profile: Profile, product: FactProduct, at: number): void {
  const found = profile.viewed.find(product.productId);
  if (found >= 0) return profile.viewed.viewAgain(found, at, product.price, product.size);
  profile.viewed.add({
    productId: product.productId,
    category: product.category,
    brand: product.brand,
    size: product.size,
    price: product.price,
    lastAt: at,
    views: 1,
  });
}
