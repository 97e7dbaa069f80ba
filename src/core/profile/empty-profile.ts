import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { CHANNELS, PURPOSES } from '../channel.ts';
import { NO_UNIONS } from './absorb/unions.ts';
import { NO_ATTRIBUTES } from './attributes.ts';
import { NO_PROOFS } from './consent-proof.ts';
import { NO_REQUESTS } from './consent-request.ts';
import { ContactLedger } from './contact-ledger.ts';
import type { DeviceRow } from './device.ts';
import { zeroDoubles } from './flat-rows.ts';
import type { KeptApart, Link, Parting } from './link.ts';
import type { SpentToken } from './linked-browser.ts';
import { NO_AUDIENCES } from './membership.ts';
import { PendingLedger } from './pending-ledger.ts';
import { type Affinity, type Claimed, COUNTERS, HALF_LIVES_MS, type Profile } from './profile.ts';
import { NO_ENDS, NO_SUBSCRIPTIONS } from './subscription.ts';
import { NO_CASES } from './support-case.ts';
import { ViewedLedger } from './viewed-ledger.ts';

/** Shared, since nearly all customers have none. */
export const NO_CLAIMS: readonly Claimed[] = [];

export const NO_SPENT_TOKENS: readonly SpentToken[] = [];

export const NO_STRANGERS: readonly number[] = [];

export const NO_LINKS: readonly Link[] = [];

/** Never written to: links.ts begins one of its own. */
export const NO_TRAIL: number[] = [];

export const NO_KEPT_APART: readonly KeptApart[] = [];

export const NO_PARTINGS: readonly Parting[] = [];

export const NO_DEVICES: readonly DeviceRow[] = [];

/** A customer of whom nothing is known yet; their first fact sets `createdAt`. */
export function emptyProfile(id: CustomerId, key: IdentifierKey): Profile {
  return {
    id,
    key,
    version: 0,
    seq: 0,
    createdAt: 0,
    lastAt: 0,
    lastOrderAt: 0,
    firstOrderAt: 0,
    lastNewOrderAt: 0,
    orderCount: 0,
    refundedOrders: 0,
    revenue: 0,
    discountedOrders: 0,
    margin: 0,
    refunds: 0,
    zone: '',
    zoneAt: 0,
    locale: '',
    session: { id: '', startedAt: 0, lastAt: 0, count: 0, channel: -1 },
    identifiers: [],
    counters: zeroDoubles(COUNTERS.length * HALF_LIVES_MS.length),
    counterAt: zeroDoubles(COUNTERS.length),
    categories: emptyAffinity(),
    brands: emptyAffinity(),
    sizes: emptyAffinity(),
    channels: emptyAffinity(),
    hours: emptyAffinity(),
    discounts: emptyAffinity(),
    viewed: new ViewedLedger(),
    cart: [],
    cartEvents: [],
    cartFrom: 0,
    checkout: undefined,
    orders: [],
    older: undefined,
    owned: [],
    subscriptions: NO_SUBSCRIPTIONS,
    subscriptionEnds: NO_ENDS,
    consent: zeroDoubles(CHANNELS.length * PURPOSES.length),
    consentProofs: NO_PROOFS,
    consentRequests: NO_REQUESTS,
    channelStats: new Array<undefined>(CHANNELS.length).fill(undefined),
    contacts: new ContactLedger(),
    offers: [],
    plans: [],
    timers: [],
    pending: new PendingLedger(),
    seenEvents: [],
    seenFeedback: [],
    seenDecides: [],
    triggered: [],
    once: [],
    attributes: NO_ATTRIBUTES,
    supportCases: NO_CASES,
    audiences: NO_AUDIENCES,
    claims: NO_CLAIMS,
    strangers: NO_STRANGERS,
    united: NO_UNIONS,
    isMixed: false,
    silencedAt: 0,
    moved: undefined,
    links: NO_LINKS,
    trail: NO_TRAIL,
    keptApart: NO_KEPT_APART,
    partings: NO_PARTINGS,
    provisional: undefined,
    spentTokens: NO_SPENT_TOKENS,
    devices: NO_DEVICES,
    deviceOf: undefined,
  };
}

function emptyAffinity(): Affinity {
  return { at: 0, keys: [], weights: [] };
}
