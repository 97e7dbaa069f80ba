// Long because it is the list of all that is known of a customer, which is read as one page.
/**
 * Everything known of one customer: the fold of their facts. Owned by their actor; only `fold.ts` changes it.
 *
 * I1  Every change comes from a fact; the same facts in the same order give the same bytes (codec/stored/profile-codec.ts).
 * I2  Every collection has a bound (config/limits names it); what falls out is the oldest or the lightest.
 * I3  Decayed values never see a negative Δt: an older event is decayed before it is added (they commute).
 */
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import type { LinkRef } from '../fact/fact.ts';
import type { AttributeRow } from './attributes.ts';
import type { ConsentRequest } from './consent-request.ts';
import type { ContactLedger } from './contact-ledger.ts';
import type { DeviceOwner, DeviceRow } from './device.ts';
import type { KeptApart, Link, Moved, Parting } from './link.ts';
import type { Provisional, SpentToken } from './linked-browser.ts';
import type { Membership } from './membership.ts';
import type { OlderOrders } from './older-orders.ts';
import type { OrderEntry } from './order-entry.ts';
import type { OwnedProduct } from './order-telling.ts';
import type { PendingLedger } from './pending-ledger.ts';
import type { Subscription, SubscriptionEnd } from './subscription.ts';
import type { SupportCase } from './support-case.ts';
import type { ViewedLedger } from './viewed-ledger.ts';

/** Kinds of decayed counters; the index is the stored code: append only. */
export const COUNTERS = [
  'events',
  'sessions',
  'views',
  'carts',
  'checkouts',
  'orders',
  'searches',
  'sizeGuide',
  'messages',
  'opens',
  'clicks',
] as const;
export type Counter = (typeof COUNTERS)[number];
/** Half-lives: 5 min, 1 h, 1 d, 14 d. */
export const HALF_LIVES_MS = [300_000, 3_600_000, 86_400_000, 1_209_600_000] as const;

/** Weighted keys with one common reference time; decays with a 30-day half-life. */
export interface Affinity {
  at: number;
  readonly keys: string[];
  readonly weights: number[];
}

export interface Identifier {
  readonly kind: string;
  readonly value: string;
  /** Customer key under which it was first seen (absorb keeps it). */
  readonly origin: string;
}

export interface CartItem {
  readonly productId: string;
  readonly category: string;
  readonly brand: string;
  readonly size: string;
  readonly variant: string;
  readonly price: number;
  readonly quantity: number;
  readonly at: number;
}

/** Pieces put into the cart or taken out of it: see cart.ts. */
export interface CartEvent extends CartItem {
  readonly isTaken: boolean;
}

/** contact status codes */
export const CONTACT_STATES = [
  'open',
  'handed',
  'accepted',
  'delivered',
  'shown',
  'opened',
  'clicked',
  'rejected',
  'withdrawn',
  'expired',
  'bounced',
  'returned',
] as const;
export type ContactState = (typeof CONTACT_STATES)[number];

export interface LiveOffer {
  readonly offer: string;
  readonly kind: string;
  readonly depth: number;
  readonly code: string;
  readonly action: string;
  readonly at: number;
  readonly until: number;
  readonly seq: number;
  readonly index: number;
  readonly choice: number;
}

/**
 * Outcomes need no timer of their own: `pending` holds when each is due (nextDue counts them in). `link`: a key that was claimed is
 * asked for again; `estate`: what a moved customer held is dropped; `moment`: news fired a trigger (event/moments.ts); `audience`: the
 * first membership of an audience ends.
 */
export const TIMER_KINDS = [
  'checkout-exit',
  'plan',
  'consider',
  'link',
  'estate',
  'moment',
  'audience',
] as const;
/** Place of the customer's next consideration among them: at most one, and never the one that makes room. */
export const CONSIDER = TIMER_KINDS.indexOf('consider');
/** Likewise, of the end of the first membership. */
export const AUDIENCE = TIMER_KINDS.indexOf('audience');

export interface Timer {
  /** Index into TIMER_KINDS. */
  readonly kind: number;
  /** What it is about: trigger id, plan id, slot (consideration/slot.ts), cause (event/cause.ts). Unique with kind. */
  readonly key: string;
  due: number;
}

export interface Plan {
  readonly id: string;
  readonly action: string;
  readonly variant: string;
  readonly channel: number;
  readonly product: string;
  readonly offer: string;
  readonly decidedAt: number;
  /** When it goes, as the zone's clock was expected to run when it was made. */
  readonly at: number;
  /** The customer's zone then, '' unknown, and its minutes east of UTC expected at `at` (NaN: unknown): the local time that was meant. */
  readonly zone: string;
  readonly offsetMin: number;
  readonly seq: number;
  readonly index: number;
  readonly choice: number;
  /** Of the trigger whose moment waits for the morning, the cause (event/cause.ts); '' for what waits for an hour of its own. */
  readonly trigger: string;
}

/**
 * Ids that were seen, as rows of numbers in one flat array (an array of its own for each column would take several times
 * the memory): id (48-bit hash), body (32-bit hash), when we saw it. Oldest first; before those that are remembered a few
 * may stand that are only not dropped yet (seen.ts, seenFrom).
 */
export type SeenIds = number[];
export const SEEN_WIDTH = 3;

/** The same with the decision's place in the log: id, body, at, sequence, index. */
export type SeenDecides = number[];
export const SEEN_DECIDE_WIDTH = 5;

export interface Checkout {
  startedAt: number;
  /** The customer's last sign of life while in checkout. */
  lastAt: number;
  /** Its latest step. */
  stepAt: number;
  step: number;
  value: number;
  /** Index into FRICTIONS: of those that the customer met the one that blocks the purchase most. */
  friction: number;
  /** Bit per index into FRICTIONS: all that the customer met. */
  frictions: number;
  /** When a size was unavailable, and of what; 0 and '' when none was. */
  frictionAt: number;
  frictionProduct: string;
  frictionSize: string;
  channel: number;
  /** When the trigger last fired for this checkout; 0: not yet. */
  exitedAt: number;
}

export interface ChannelStats {
  sends: number;
  opens: number;
  clicks: number;
  /** Messages that bounced hard since the customer's last new address on the channel. */
  bounces: number;
  lastSentAt: number;
  lastOpenAt: number;
  lastSeenAt: number;
  unsubscribedAt: number;
  complainedAt: number;
  /** When the last bounce happened that named no message of ours; 0: none did. */
  bouncedAt: number;
  /** Messages that bounced for now, in a row: nothing has arrived since the first of them. */
  softBounces: number;
  /** When the last of them did. */
  softBouncedAt: number;
}

/** A key that an event named together with this customer, and that leads to them once its actor has agreed. */
export interface Claimed {
  readonly key: IdentifierKey;
  /** The key that led to it; '': the event named it. When this one cannot be had, that one cannot either. */
  readonly via: IdentifierKey | '';
  /** The kind of a key that unites nobody, by which the customer was met: this one is had only while it is nobody's. '' usually. */
  readonly explicit: string;
  readonly at: number;
  /** Sequence of the record in which it was claimed: names the claim. */
  readonly claim: number;
  /** The link that it is part of. */
  readonly link: LinkRef;
  /** The key by which the customer was met; undefined: their own. */
  readonly origin: IdentifierKey | undefined;
  /** As in AbsorbBeginFact. */
  readonly isDeclared: boolean;
}

export interface Profile {
  readonly id: CustomerId;
  readonly key: IdentifierKey;
  /** Facts folded so far. */
  version: number;
  /** Sequence of the last record folded. */
  seq: number;
  createdAt: number;
  lastAt: number;
  lastOrderAt: number;
  firstOrderAt: number;
  /** When the last order that renews no subscription was placed; 0: none was. */
  lastNewOrderAt: number;
  orderCount: number;
  /** Orders whose money went back whole without a word about goods: not in `orderCount`. */
  refundedOrders: number;
  revenue: number;
  discountedOrders: number;
  margin: number;
  refunds: number;
  /** IANA zone that the customer was last known to be in; '' unknown. An offset is found whenever one is used. */
  zone: string;
  /** When they were: an older event does not change it. */
  zoneAt: number;
  locale: string;
  session: { id: string; startedAt: number; lastAt: number; count: number; channel: number };
  readonly identifiers: Identifier[];
  /** COUNTERS × HALF_LIVES. */
  readonly counters: number[];
  /** One per counter: the time its values are decayed to. */
  readonly counterAt: number[];
  readonly categories: Affinity;
  readonly brands: Affinity;
  readonly sizes: Affinity;
  readonly channels: Affinity;
  readonly hours: Affinity;
  readonly discounts: Affinity;
  readonly viewed: ViewedLedger;
  /** Made of `cartEvents` and the orders: see cart.ts. */
  readonly cart: CartItem[];
  readonly cartEvents: CartEvent[];
  /** Orders up to here have been taken out of `cartEvents` already; 0: none. */
  cartFrom: number;
  checkout: Checkout | undefined;
  /** The ledger of orders, and the sums of those that it has let go of: see order-ledger.ts. */
  readonly orders: OrderEntry[];
  older: OlderOrders | undefined;
  /** What the customer bought and kept, oldest order first: made of the two above. */
  readonly owned: OwnedProduct[];
  /** By id, made of the orders. */
  subscriptions: readonly Subscription[];
  /** Those that were told: see subscription.ts. */
  subscriptionEnds: readonly SubscriptionEnd[];
  /** The customer's word by channel × purpose, at `channel * PURPOSES.length + purpose`: see consent.ts. */
  readonly consent: number[];
  /** Where those words come from: see consent-proof.ts. */
  consentProofs: string;
  /** What waits for a confirmation: see consent-request.ts. */
  consentRequests: readonly ConsentRequest[];
  readonly channelStats: (ChannelStats | undefined)[];
  readonly contacts: ContactLedger;
  readonly offers: LiveOffer[];
  readonly plans: Plan[];
  readonly timers: Timer[];
  readonly pending: PendingLedger;
  readonly seenEvents: SeenIds;
  readonly seenFeedback: SeenIds;
  readonly seenDecides: SeenDecides;
  /** When each trigger last fired, by its cause (event/cause.ts). */
  readonly triggered: { trigger: string; at: number }[];
  /** What went once and must not go again, when `contacts` knows no more of it: see once.ts. */
  readonly once: number[];
  /** What the shop told of the customer: see attributes.ts. */
  attributes: readonly AttributeRow[];
  supportCases: readonly SupportCase[];
  /** Audiences that the customer is in, and those that they were in last: see audiences.ts. */
  audiences: readonly Membership[];
  /** Keys on their way here, in the order in which they are asked for; while there is one, nothing promotional is decided. */
  claims: readonly Claimed[];
  /** Keys that were claimed and could not be had, each with the time (absorb/strangers.ts): they are not asked for again soon. */
  strangers: readonly number[];
  /** When people were taken in who count for how many may become one within a day: ms, ascending, the last BOUNDS.united. */
  united: readonly number[];
  /** Decisions of more than one arm were made for who is this customer now: what comes of them tells nothing of an arm. */
  isMixed: boolean;
  /** When a person was forgotten by one of whose keys this customer comes; nothing is sent to them. 0: none was, or they agreed anew. */
  silencedAt: number;
  /** Undefined: the customer lives here. Else everything above is empty. */
  moved: Moved | undefined;
  /** Links that can be undone, and those that were, oldest first: see links.ts. */
  links: readonly Link[];
  /** Sequences of the records that are folded since the oldest of `links`: what to read to undo one. */
  trail: number[];
  keptApart: readonly KeptApart[];
  /** Until it is empty requests that come by one of its keys wait. */
  partings: readonly Parting[];
  /** Of a browser that only a link in a message identifies; undefined: it is itself. See landing.ts. */
  provisional: Provisional | undefined;
  /** Messages to this customer whose token has identified a browser. */
  spentTokens: readonly SpentToken[];
  /** Keys of devices, and when each was last seen with the customer: see devices.ts. */
  devices: readonly DeviceRow[];
  /** Of the actor of a device's key; undefined: it is no device's, or nobody's. The customer of whom everything above tells lives as `moved` says. */
  deviceOf: DeviceOwner | undefined;
}
