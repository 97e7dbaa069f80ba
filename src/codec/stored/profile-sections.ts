import { NO_PROOFS } from '../../core/profile/consent-proof.ts';
import type { Affinity, Profile } from '../../core/profile/profile.ts';
import { hasConsentTimes } from './profile-consent-codec.ts';
import { hasSubscriptions } from './profile-subscriptions-codec.ts';
import { isZero } from './same-number.ts';

/** Sections: a bit each in the mask, stored in this order. */
export const OLDER = 1 << 0;
/** Sums of orders, in format 1 only. */
export const SALES = 1 << 1;
/** Claims and strangers, from format 2 on. */
export const CLAIMS = 1 << 1;
export const PLACE = 1 << 2;
export const SESSION = 1 << 3;
export const IDENTIFIERS = 1 << 4;
export const COUNTED = 1 << 5;
export const CATEGORIES = 1 << 6;
export const BRANDS = 1 << 7;
export const SIZES = 1 << 8;
export const CHANNEL_TASTE = 1 << 9;
export const HOURS = 1 << 10;
export const DISCOUNTS = 1 << 11;
export const VIEWED = 1 << 12;
export const CART = 1 << 13;
export const CHECKOUT = 1 << 14;
export const ORDERS = 1 << 15;
/** Owned products, in format 1 only. */
export const OWNED = 1 << 16;
/** The customer lives elsewhere, from format 2 on. */
export const ELSEWHERE = 1 << 16;
export const CONSENT = 1 << 17;
export const CHANNEL_STATS = 1 << 18;
export const CONTACTS = 1 << 19;
export const OFFERS = 1 << 20;
export const PLANS = 1 << 21;
export const TIMERS = 1 << 22;
export const PENDING = 1 << 23;
export const SEEN_EVENTS = 1 << 24;
export const SEEN_FEEDBACK = 1 << 25;
export const SEEN_DECIDES = 1 << 26;
export const TRIGGERED = 1 << 27;
export const CONSENT_TIMES = 1 << 28;
/** How often each category was ordered, of older orders. */
export const BOUGHT = 1 << 29;
export const ONCE = 1 << 30;
/** The mask's last bit: it is the sign of a number of 32 bits. */
export const SUBSCRIPTIONS = 1 << 31;

/** The mask's further bits, which are too many for one number of bits: they are stored as the part of the same number above 2^32. */
export const FURTHER = 2 ** 32;
export const ATTRIBUTES = 1 << 0;
export const CASES = 1 << 1;
export const CONSENT_PROOFS = 1 << 2;
export const CONSENT_REQUESTS = 1 << 3;
/** People who became one lately. */
export const UNITED = 1 << 4;
/** Decided for under more than one arm: the bit is all there is of it. */
export const MIXED = 1 << 5;
export const AUDIENCES = 1 << 6;
export const LINKS = 1 << 8;
export const PARTINGS = 1 << 9;
/** Links in messages that were followed. */
export const LANDINGS = 1 << 10;
export const SILENCED = 1 << 11;
/** Keys of devices, and whose device the key of the profile is. */
export const DEVICES = 1 << 12;

/** The sections of a profile that are not as `emptyProfile` has them. */
export function sectionsOf(profile: Profile): number {
  const { session, seenEvents, seenFeedback, seenDecides } = profile;
  const place = profile.zone === '' && profile.locale === '' && isZero(profile.zoneAt);
  const quiet =
    session.id === '' &&
    isZero(session.startedAt) &&
    isZero(session.lastAt) &&
    isZero(session.count) &&
    session.channel === -1;
  return (
    (profile.older === undefined ? 0 : OLDER) |
    (place ? 0 : PLACE) |
    (quiet ? 0 : SESSION) |
    (profile.identifiers.length === 0 ? 0 : IDENTIFIERS) |
    (areZero(profile.counters) && areZero(profile.counterAt) ? 0 : COUNTED) |
    (isUnknown(profile.categories) ? 0 : CATEGORIES) |
    (isUnknown(profile.brands) ? 0 : BRANDS) |
    (isUnknown(profile.sizes) ? 0 : SIZES) |
    (isUnknown(profile.channels) ? 0 : CHANNEL_TASTE) |
    (isUnknown(profile.hours) ? 0 : HOURS) |
    (isUnknown(profile.discounts) ? 0 : DISCOUNTS) |
    (profile.viewed.length === 0 ? 0 : VIEWED) |
    (profile.cartEvents.length === 0 && isZero(profile.cartFrom) ? 0 : CART) |
    (profile.checkout === undefined ? 0 : CHECKOUT) |
    (profile.orders.length === 0 ? 0 : ORDERS) |
    (areZero(profile.consent) ? 0 : CONSENT) |
    (areMissing(profile.channelStats) ? 0 : CHANNEL_STATS) |
    (profile.contacts.length === 0 ? 0 : CONTACTS) |
    (profile.offers.length === 0 ? 0 : OFFERS) |
    (profile.plans.length === 0 ? 0 : PLANS) |
    (profile.timers.length === 0 ? 0 : TIMERS) |
    (profile.pending.length === 0 ? 0 : PENDING) |
    (seenEvents.length === 0 ? 0 : SEEN_EVENTS) |
    (seenFeedback.length === 0 ? 0 : SEEN_FEEDBACK) |
    (seenDecides.length === 0 ? 0 : SEEN_DECIDES) |
    (profile.triggered.length === 0 ? 0 : TRIGGERED) |
    (hasConsentTimes(profile.consent) ? CONSENT_TIMES : 0) |
    (profile.older === undefined ? 0 : BOUGHT) |
    (profile.once.length === 0 ? 0 : ONCE) |
    (hasSubscriptions(profile) ? SUBSCRIPTIONS : 0) |
    (profile.claims.length === 0 && profile.strangers.length === 0 ? 0 : CLAIMS) |
    (profile.moved === undefined ? 0 : ELSEWHERE)
  );
}

/** The same of the further bits. */
export function furtherSectionsOf(profile: Profile): number {
  const { attributes, supportCases, consentProofs, consentRequests, united, isMixed, audiences } = profile;
  const { links, keptApart, partings, provisional, spentTokens, silencedAt } = profile;
  const { devices, deviceOf } = profile;
  return (
    (attributes.length === 0 ? 0 : ATTRIBUTES) |
    (supportCases.length === 0 ? 0 : CASES) |
    (consentProofs === NO_PROOFS ? 0 : CONSENT_PROOFS) |
    (consentRequests.length === 0 ? 0 : CONSENT_REQUESTS) |
    (united.length === 0 ? 0 : UNITED) |
    (isMixed ? MIXED : 0) |
    (links.length === 0 ? 0 : LINKS) |
    (keptApart.length === 0 && partings.length === 0 ? 0 : PARTINGS) |
    (audiences.length === 0 ? 0 : AUDIENCES) |
    (provisional === undefined && spentTokens.length === 0 ? 0 : LANDINGS) |
    (isZero(silencedAt) ? 0 : SILENCED) |
    (devices.length === 0 && deviceOf === undefined ? 0 : DEVICES)
  );
}

function isUnknown(affinity: Affinity): boolean {
  return affinity.keys.length === 0 && isZero(affinity.at);
}

function areZero(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!isZero(values[i] as number)) return false;
  return true;
}

function areMissing(values: readonly unknown[]): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== undefined) return false;
  return true;
}
