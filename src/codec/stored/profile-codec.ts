// Long because a profile is written and read in one order, shown on one page.
/**
 * A profile as the snapshot store keeps it: magic, format, who the customer is, a mask of the sections that are not empty, then
 * those. Times are distances from the customer's last sign of life. Everything comes back exactly, so a fold that goes on behind a
 * snapshot equals one that never stopped; equal profiles give equal bytes.
 */

import { BOUNDS } from '../../core/bounds.ts';
import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import { NO_UNIONS } from '../../core/profile/absorb/unions.ts';
import { NO_ATTRIBUTES } from '../../core/profile/attributes.ts';
import { audiencesOf } from '../../core/profile/audiences.ts';
import { fillCart } from '../../core/profile/cart.ts';
import { categoryOrdersOf } from '../../core/profile/category-orders.ts';
import { NO_PROOFS } from '../../core/profile/consent-proof.ts';
import { NO_REQUESTS } from '../../core/profile/consent-request.ts';
import { ContactLedger } from '../../core/profile/contact-ledger.ts';
import { NO_CLAIMS, NO_SPENT_TOKENS, NO_STRANGERS } from '../../core/profile/empty-profile.ts';
import { zeroDoubles } from '../../core/profile/flat-rows.ts';
import { NO_AUDIENCES } from '../../core/profile/membership.ts';
import type { OlderOrders } from '../../core/profile/older-orders.ts';
import type { OrderEntry } from '../../core/profile/order-entry.ts';
import { compareOrders, sumOrders } from '../../core/profile/order-ledger.ts';
import { PendingLedger } from '../../core/profile/pending-ledger.ts';
import { type Affinity, COUNTERS, HALF_LIVES_MS, type Profile } from '../../core/profile/profile.ts';
import { NO_SUBSCRIPTIONS } from '../../core/profile/subscription.ts';
import { NO_CASES } from '../../core/profile/support-case.ts';
import { ViewedLedger } from '../../core/profile/viewed-ledger.ts';
import { readAttributes, writeAttributes } from './attribute-codec.ts';
import { ByteReader, resetTo } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  readConsentProofs,
  readConsentRequests,
  writeConsentProofs,
  writeConsentRequests,
} from './consent-proof-codec.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';
import { PROFILE_FORMAT } from './formats.ts';
import { readAudiences, writeAudiences } from './profile-audiences-codec.ts';
import { readBought, writeBought } from './profile-bought-codec.ts';
import { readCases, writeCases } from './profile-cases-codec.ts';
import {
  readClaims,
  readMoved,
  readUnions,
  writeClaims,
  writeMoved,
  writeUnions,
} from './profile-claims-codec.ts';
import { readConsent, readConsentTimes, writeConsent, writeConsentTimes } from './profile-consent-codec.ts';
import { NO_DEVICE, readDevices, writeDevices } from './profile-devices-codec.ts';
import {
  NO_SALES,
  ordersOfFormat1,
  readOrdersOfFormat1,
  readSalesOfFormat1,
  type SalesOfFormat1,
} from './profile-format1.ts';
import {
  emptyChannelStats,
  readAffinity,
  readChannelStats,
  readCounters,
  readHours,
  writeAffinity,
  writeChannelStats,
  writeCounters,
  writeHours,
} from './profile-habits-codec.ts';
import { readIdentifiers, writeIdentifiers } from './profile-identifiers-codec.ts';
import { readLandings, writeLandings } from './profile-landing-codec.ts';
import {
  readContacts,
  readOffers,
  readOnce,
  readPlans,
  readTimers,
  writeContacts,
  writeOffers,
  writeOnce,
  writePlans,
  writeTimers,
} from './profile-ledger-codec.ts';
import {
  readLinks,
  readPartings,
  UNLINKED_PROFILE,
  UNPARTED_PROFILE,
  writeLinks,
  writePartings,
} from './profile-links-codec.ts';
import { readOlder, readOrders, readOwned, writeOlder, writeOrders } from './profile-orders-codec.ts';
import { readPending, writePending } from './profile-pending-codec.ts';
import {
  readCart,
  readCheckout,
  readViewed,
  writeCart,
  writeCheckout,
  writeViewed,
} from './profile-products-codec.ts';
import {
  ATTRIBUTES,
  AUDIENCES,
  BOUGHT,
  BRANDS,
  CART,
  CASES,
  CATEGORIES,
  CHANNEL_STATS,
  CHANNEL_TASTE,
  CHECKOUT,
  CLAIMS,
  CONSENT,
  CONSENT_PROOFS,
  CONSENT_REQUESTS,
  CONSENT_TIMES,
  CONTACTS,
  COUNTED,
  DEVICES,
  DISCOUNTS,
  ELSEWHERE,
  FURTHER,
  furtherSectionsOf,
  HOURS,
  IDENTIFIERS,
  LANDINGS,
  LINKS,
  MIXED,
  OFFERS,
  OLDER,
  ONCE,
  ORDERS,
  OWNED,
  PARTINGS,
  PENDING,
  PLACE,
  PLANS,
  SALES,
  SEEN_DECIDES,
  SEEN_EVENTS,
  SEEN_FEEDBACK,
  SESSION,
  SILENCED,
  SIZES,
  SUBSCRIPTIONS,
  sectionsOf,
  TIMERS,
  TRIGGERED,
  UNITED,
  VIEWED,
} from './profile-sections.ts';

import {
  readSubscriptions,
  UNSUBSCRIBED_PROFILE,
  writeSubscriptions,
} from './profile-subscriptions-codec.ts';
import { readSeenDecides, readSeenIds, writeSeenDecides, writeSeenIds } from './seen-ids-codec.ts';
import { StoredBytesError } from './stored-bytes-error.ts';
import { TextTableReader, TextTableWriter } from './text-table.ts';

const NOT_LANDED = { provisional: undefined, spentTokens: NO_SPENT_TOKENS };
const UNCLAIMED = { claims: NO_CLAIMS, strangers: NO_STRANGERS };
const COUNTER_VALUES = COUNTERS.length * HALF_LIVES_MS.length;

// Encoding and decoding are synchronous and never nest, so one of each serves the process.
const writer = new ByteWriter(8 * 1024);
const reader = new ByteReader(new Uint8Array(0));
const textsOut = new TextTableWriter();
const textsIn = new TextTableReader();

/** The profile's bytes, a copy of their own. */
export function encodeProfile(profile: Profile): Uint8Array {
  const base = profile.lastAt;
  const mask = sectionsOf(profile);
  const further = furtherSectionsOf(profile);
  writer.clear();
  textsOut.begin();
  writer.u8(PROFILE_FORMAT.magic);
  writer.u8(PROFILE_FORMAT.current);
  writeCustomerId(writer, profile.id);
  writeIdentifierKey(writer, profile.key);
  writer.varint((mask >>> 0) + further * FURTHER);
  writer.number(profile.version);
  writer.number(profile.seq);
  writer.number(base);
  writer.near(profile.createdAt, base);
  if (mask & PLACE) {
    textsOut.write(writer, profile.zone);
    writer.near(profile.zoneAt, base);
    textsOut.write(writer, profile.locale);
  }
  if (mask & SESSION) writeSession(profile, base);
  if (mask & IDENTIFIERS) writeIdentifiers(writer, textsOut, profile.identifiers, profile.key);
  if (mask & COUNTED) writeCounters(writer, profile.counters, profile.counterAt, base);
  if (mask & CATEGORIES) writeAffinity(writer, textsOut, profile.categories, base);
  if (mask & BRANDS) writeAffinity(writer, textsOut, profile.brands, base);
  if (mask & SIZES) writeAffinity(writer, textsOut, profile.sizes, base);
  if (mask & CHANNEL_TASTE) writeAffinity(writer, textsOut, profile.channels, base);
  if (mask & HOURS) writeHours(writer, textsOut, profile.hours, base);
  if (mask & DISCOUNTS) writeAffinity(writer, textsOut, profile.discounts, base);
  if (mask & VIEWED) writeViewed(writer, textsOut, profile.viewed, base);
  if (mask & CART) writeCart(writer, textsOut, profile, base);
  if (profile.checkout !== undefined) writeCheckout(writer, textsOut, profile.checkout, base);
  if (mask & ORDERS) writeOrders(writer, textsOut, profile.orders, base);
  if (profile.older !== undefined) writeOlder(writer, textsOut, profile.older, base);
  if (mask & CONSENT) writeConsent(writer, profile.consent);
  if (mask & CHANNEL_STATS) writeChannelStats(writer, profile.channelStats, base);
  if (mask & CONTACTS) writeContacts(writer, textsOut, profile.contacts, base, profile.seq);
  if (mask & OFFERS) writeOffers(writer, textsOut, profile.offers, base);
  if (mask & PLANS) writePlans(writer, textsOut, profile.plans, base);
  if (mask & TIMERS) writeTimers(writer, textsOut, profile.timers, base);
  if (mask & PENDING) writePending(writer, profile.pending, base, profile.seq);
  if (mask & SEEN_EVENTS) writeSeenIds(writer, profile.seenEvents, BOUNDS.seenEvents, base);
  if (mask & SEEN_FEEDBACK) writeSeenIds(writer, profile.seenFeedback, BOUNDS.seenFeedback, base);
  if (mask & SEEN_DECIDES) writeSeenDecides(writer, profile.seenDecides, base);
  if (mask & TRIGGERED) {
    writer.varint(profile.triggered.length);
    for (const entry of profile.triggered) {
      textsOut.write(writer, entry.trigger);
      writer.near(entry.at, base);
    }
  }
  if (mask & CONSENT_TIMES) writeConsentTimes(writer, profile.consent, base);
  if (profile.older !== undefined) writeBought(writer, textsOut, profile.older.bought, base);
  if (mask & ONCE) writeOnce(writer, profile.once);
  if (mask & SUBSCRIPTIONS) writeSubscriptions(writer, textsOut, profile, base);
  if (mask & CLAIMS) writeClaims(writer, profile, base);
  if (profile.moved !== undefined) writeMoved(writer, profile.moved, base);
  if (further & ATTRIBUTES) writeAttributes(writer, textsOut, profile.attributes, base);
  if (further & CASES) writeCases(writer, textsOut, profile.supportCases, base);
  if (further & CONSENT_PROOFS) writeConsentProofs(writer, textsOut, profile.consentProofs, base);
  if (further & CONSENT_REQUESTS) writeConsentRequests(writer, textsOut, profile.consentRequests, base);
  if (further & UNITED) writeUnions(writer, profile.united, base);
  if (further & LINKS) writeLinks(writer, profile, base);
  if (further & PARTINGS) writePartings(writer, profile, base);
  if (further & AUDIENCES) writeAudiences(writer, textsOut, profile, base);
  if (further & LANDINGS) writeLandings(writer, profile, base);
  if (further & SILENCED) writer.near(profile.silencedAt, base);
  if (further & DEVICES) writeDevices(writer, profile, base);
  return writer.copy();
}

/** Throws StoredBytesError when the bytes are no profile, or one of a format that is not known. */
export function decodeProfile(stored: Uint8Array): Profile {
  resetTo(reader, PROFILE_FORMAT, stored);
  textsIn.begin();
  const id = readCustomerId(reader);
  const key = readIdentifierKey(reader);
  const mask = reader.varint();
  const further = Math.floor(mask / FURTHER);
  const version = reader.number();
  const seq = reader.number();
  const base = reader.number();
  const createdAt = reader.near(base);
  const isFormat1 = reader.format === 1;
  const sales = isFormat1 && (mask & SALES) !== 0 ? readSalesOfFormat1(reader, base) : NO_SALES;
  const placed = (mask & PLACE) !== 0;
  const zone = placed ? textsIn.read(reader) : '';
  const zoneAt = placed ? readZoneAt(base) : 0;
  const locale = placed ? textsIn.read(reader) : '';
  const session =
    (mask & SESSION) !== 0 ? readSession(base) : { id: '', startedAt: 0, lastAt: 0, count: 0, channel: -1 };
  const identifiers = (mask & IDENTIFIERS) !== 0 ? readIdentifiers(reader, textsIn, key) : [];
  const counters = zeroDoubles(COUNTER_VALUES);
  const counterAt = zeroDoubles(COUNTERS.length);
  if (mask & COUNTED) readCounters(reader, counters, counterAt, base);
  const categories = readAffinityIf(mask & CATEGORIES, base);
  const brands = readAffinityIf(mask & BRANDS, base);
  const sizes = readAffinityIf(mask & SIZES, base);
  const channels = readAffinityIf(mask & CHANNEL_TASTE, base);
  const hours = mask & HOURS ? readHours(reader, textsIn, base) : { at: 0, keys: [], weights: [] };
  const discounts = readAffinityIf(mask & DISCOUNTS, base);
  const viewed = (mask & VIEWED) !== 0 ? readViewed(reader, textsIn, base) : new ViewedLedger();
  const cart = (mask & CART) !== 0 ? readCart(reader, textsIn, base) : { events: [], from: 0 };
  const checkout = (mask & CHECKOUT) !== 0 ? readCheckout(reader, textsIn, base) : undefined;
  const ledger = readLedger(mask, base, sales);
  const consent = zeroDoubles(CHANNELS.length * PURPOSES.length);
  if (mask & CONSENT) readConsent(reader, consent);
  const channelStats = (mask & CHANNEL_STATS) !== 0 ? readChannelStats(reader, base) : emptyChannelStats();
  const contacts = (mask & CONTACTS) !== 0 ? readContacts(reader, textsIn, base, seq) : new ContactLedger();
  const offers = (mask & OFFERS) !== 0 ? readOffers(reader, textsIn, base) : [];
  const plans = (mask & PLANS) !== 0 ? readPlans(reader, textsIn, base) : [];
  const timers = (mask & TIMERS) !== 0 ? readTimers(reader, textsIn, base) : [];
  const pending = (mask & PENDING) !== 0 ? readPending(reader, base, seq) : new PendingLedger();
  const seenEvents = (mask & SEEN_EVENTS) !== 0 ? readSeenIds(reader, base) : [];
  const seenFeedback = (mask & SEEN_FEEDBACK) !== 0 ? readSeenIds(reader, base) : [];
  const seenDecides = (mask & SEEN_DECIDES) !== 0 ? readSeenDecides(reader, base) : [];
  const triggered = (mask & TRIGGERED) !== 0 ? readTriggered(base) : [];
  if (mask & CONSENT_TIMES) readConsentTimes(reader, consent, base);
  if (ledger.older !== undefined) {
    const { older } = ledger;
    older.bought.push(
      ...((mask & BOUGHT) !== 0 ? readBought(reader, textsIn, base) : categoryOrdersOf(older)),
    );
  }
  const once = (mask & ONCE) !== 0 ? readOnce(reader) : [];
  const subscriptions =
    (mask & SUBSCRIPTIONS) !== 0 ? readSubscriptions(reader, textsIn, base) : UNSUBSCRIBED_PROFILE;
  if (ledger.older !== undefined) Object.assign(ledger.older, subscriptions.older);
  const claims = !isFormat1 && (mask & CLAIMS) !== 0 ? readClaims(reader, base) : UNCLAIMED;
  const moved = !isFormat1 && (mask & ELSEWHERE) !== 0 ? readMoved(reader, base) : undefined;
  const attributes = (further & ATTRIBUTES) !== 0 ? readAttributes(reader, textsIn, base) : NO_ATTRIBUTES;
  const supportCases = (further & CASES) !== 0 ? readCases(reader, textsIn, base) : NO_CASES;
  const consentProofs =
    (further & CONSENT_PROOFS) !== 0 ? readConsentProofs(reader, textsIn, base) : NO_PROOFS;
  const consentRequests =
    (further & CONSENT_REQUESTS) !== 0 ? readConsentRequests(reader, textsIn, base) : NO_REQUESTS;
  const united = (further & UNITED) !== 0 ? readUnions(reader, base) : NO_UNIONS;
  const { links, trail } = (further & LINKS) !== 0 ? readLinks(reader, base) : UNLINKED_PROFILE;
  const { keptApart, partings } = (further & PARTINGS) !== 0 ? readPartings(reader, base) : UNPARTED_PROFILE;
  const audiences = (further & AUDIENCES) !== 0 ? readAudiences(reader, textsIn, id, base) : NO_AUDIENCES;
  const landings = (further & LANDINGS) !== 0 ? readLandings(reader, base) : NOT_LANDED;
  const silencedAt = (further & SILENCED) !== 0 ? reader.near(base) : 0;
  const { devices, deviceOf } = (further & DEVICES) !== 0 ? readDevices(reader, base) : NO_DEVICE;
  reader.atEnd('a profile');
  // In emptyProfile's order: one hidden class for both keeps the fold monomorphic.
  const profile: Profile = {
    id,
    key,
    version,
    seq,
    createdAt,
    lastAt: base,
    lastOrderAt: 0,
    firstOrderAt: 0,
    lastNewOrderAt: 0,
    orderCount: 0,
    refundedOrders: 0,
    revenue: 0,
    discountedOrders: 0,
    margin: 0,
    refunds: 0,
    zone,
    zoneAt,
    locale,
    session,
    identifiers,
    counters,
    counterAt,
    categories,
    brands,
    sizes,
    channels,
    hours,
    discounts,
    viewed,
    cart: [],
    cartEvents: cart.events,
    cartFrom: cart.from,
    checkout,
    orders: ledger.orders,
    older: ledger.older,
    owned: [],
    subscriptions: NO_SUBSCRIPTIONS,
    subscriptionEnds: subscriptions.ends,
    consent,
    consentProofs,
    consentRequests,
    channelStats,
    contacts,
    offers,
    plans,
    timers,
    pending,
    seenEvents,
    seenFeedback,
    seenDecides,
    triggered,
    once,
    attributes,
    supportCases,
    audiences,
    claims: claims.claims,
    strangers: claims.strangers,
    united,
    isMixed: (further & MIXED) !== 0,
    silencedAt,
    moved,
    links,
    trail,
    keptApart,
    partings,
    provisional: landings.provisional,
    spentTokens: landings.spentTokens,
    devices,
    deviceOf,
  };
  sumOrders(profile);
  fillCart(profile);
  return profile;
}

/** Names of the audiences that the customer of a stored profile is in; of one whose bytes are none, no names. Nearly all are in none, which their first bytes say. */
export function storedAudiences(stored: Uint8Array): readonly string[] {
  try {
    resetTo(reader, PROFILE_FORMAT, stored);
    textsIn.begin();
    readCustomerId(reader);
    readIdentifierKey(reader);
    const further = Math.floor(reader.varint() / FURTHER);
    return (further & AUDIENCES) === 0 ? [] : audiencesOf(decodeProfile(stored));
  } catch (fault) {
    if (fault instanceof StoredBytesError) return [];
    throw fault;
  }
}

/** Formats before 2 held an offset in its place, of an event whose time is not kept: no older one changes the zone. */
function readZoneAt(base: number): number {
  if (reader.format >= 2) return reader.near(base);
  reader.number();
  return base;
}

function readLedger(
  mask: number,
  base: number,
  sales: SalesOfFormat1,
): { orders: OrderEntry[]; older: OlderOrders | undefined } {
  if (reader.format > 1) {
    const orders = (mask & ORDERS) !== 0 ? readOrders(reader, textsIn, base) : [];
    return { orders, older: (mask & OLDER) !== 0 ? readOlder(reader, textsIn, base) : undefined };
  }
  const orders = (mask & ORDERS) !== 0 ? readOrdersOfFormat1(reader, base) : [];
  const owned = (mask & OWNED) !== 0 ? readOwned(reader, textsIn, base) : [];
  const ledger = ordersOfFormat1(sales, orders, owned);
  ledger.orders.sort(compareOrders);
  return ledger;
}

function writeSession(profile: Profile, base: number): void {
  const { session } = profile;
  writer.token(session.id);
  writer.near(session.startedAt, base);
  writer.near(session.lastAt, base);
  writer.number(session.count);
  writer.number(session.channel);
}

function readSession(base: number): Profile['session'] {
  return {
    id: reader.text(),
    startedAt: reader.near(base),
    lastAt: reader.near(base),
    count: reader.number(),
    channel: reader.number(),
  };
}

function readAffinityIf(present: number, base: number): Affinity {
  return present === 0 ? { at: 0, keys: [], weights: [] } : readAffinity(reader, textsIn, base);
}

function readTriggered(base: number): Profile['triggered'] {
  const count = reader.count(2, 'triggers');
  const triggered = new Array<{ trigger: string; at: number }>(count);
  for (let i = 0; i < count; i++) triggered[i] = { trigger: textsIn.read(reader), at: reader.near(base) };
  return triggered;
}
