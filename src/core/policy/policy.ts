// Long because it is the list of all that a policy is, which is read as one page.
/**
 * A policy as the decision path sees it: parsed once into types that cannot be wrong, indexed, immutable, and shared by
 * every shard. `parse-policy.ts` makes it from YAML files; nothing else does.
 *
 * Money is in the reporting currency's major unit, durations are milliseconds, shares are 0..1.
 */
import type { AttributeSpec, AttributeType } from '../attribute/attribute.ts';
import type { ChannelIndex } from '../channel.ts';
import type { NewsName } from '../event/news.ts';
import type { IdentifierRule } from '../identity/identifier-rule.ts';
import type { Purpose } from '../purpose.ts';

/** The lifecycle stages a customer can be in; the index is the stored code and the bit in a stage mask. */
export const STAGES = [
  'prospect', // never ordered
  'onboarding', // days 0–7 after the last order of a young customer
  'active', // days 8–30: complements
  'lapsing', // days 31–74: replenishment or re-engagement
  'lapsed', // day 75 on: win-back
  'loyalist', // spend and frequency above the policy's thresholds, not lapsed
  'fading', // valuable, but nothing opened for 45 days
] as const;
export type Stage = (typeof STAGES)[number];

/** What an action promotes; decides which product is looked up, guarded and filled into the content. These are said by a word. */
export const SUBJECTS = ['none', 'cart', 'viewed', 'category', 'ordered'] as const;
/** `owned`: what the customer owns of the action's `ownedCategory`. */
export type SubjectKind = (typeof SUBJECTS)[number] | 'owned';

export const FRICTIONS = [
  'none',
  'shipping_cost',
  'size_unavailable',
  'coupon_denied',
  'payment_failed',
] as const;

export type OfferKind = 'percent' | 'amount' | 'free_shipping' | 'early_access' | 'points' | 'gift';

export interface Offer {
  readonly index: number;
  readonly id: string;
  readonly kind: OfferKind;
  /** percent: 0..100; amount, gift and free_shipping: what it costs us per order in currency; else 0. */
  readonly depth: number;
  readonly code: string;
  readonly validMs: number;
  /** True when the customer pays less: percent, amount and free_shipping. */
  readonly isDiscount: boolean;
}

export interface ChannelPolicy {
  readonly index: ChannelIndex;
  readonly id: string;
  /** Declared by this policy; an undeclared channel never gets a candidate. */
  readonly declared: boolean;
  /** κ: what one message costs. */
  readonly costPerMessage: number;
  /** ρ: share of the residual customer lifetime value lost with an unsubscribe on this channel. */
  readonly unsubscribeLoss: number;
  /** Push channels are dispatched and interrupt; pull channels wait for a placement to be asked. */
  readonly push: boolean;
  readonly quietHours: boolean;
  /** Identifier kinds, any one of which makes the customer reachable; empty: always (the caller has them before it). */
  readonly reachableBy: readonly string[];
  /** Consent must be granted for marketing; `false`: not withdrawn is enough (web, app, onsite). */
  readonly consentRequired: boolean;
  /** How long a yes to marketing waits for its confirmation, without which it is none; 0: it needs none. */
  readonly confirmMs: number;
  readonly backlogMax: number;
}

/** What a channel is: we send and interrupt, or it is shown where a placement asks. */
export const CHANNEL_KINDS = ['push', 'pull'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

export interface Cap {
  /**
   * What counts is what was dispatched and what was shown in a placement: all of it, what reached the customer on channels of a
   * kind, on one channel, or of an action. An action's counts for each kind of channel by itself.
   */
  readonly scope: 'total' | 'kind' | 'channel' | 'action';
  /** For scope kind. */
  readonly kind?: ChannelKind;
  /** -1: any. */
  readonly channel: ChannelIndex;
  /** Action index, -1: any (each for itself, when scope is action). */
  readonly action: number;
  readonly max: number;
  /** EVER: once, and never again. */
  readonly windowMs: number;
}

/** Caps and quiet hours of service messages, which then count for no other cap. */
export interface ServiceLimits {
  readonly caps: readonly Cap[];
  readonly quietFromMinute: number;
  readonly quietToMinute: number;
}

/** The window of a cap that never ends. */
export const EVER: number = Number.POSITIVE_INFINITY;

export type Relation = '<' | '<=' | '>' | '>=' | '==' | '!=' | 'in' | 'not in';

/** One of the tests that && joins at the top of a condition: which of them is false is what people are told. */
export interface ConditionPart {
  readonly source: string;
  /** As `Condition.test`. */
  readonly test: Condition['test'];
  /** Where it plainly holds a trait or a function of a category against something that is written there. */
  readonly plain: PlainPart | undefined;
}

/** `name relation against`; a truth is held against true or false. */
export interface PlainPart {
  readonly name: string;
  readonly read: (traits: Record<string, unknown>) => unknown;
  readonly relation: Relation;
  readonly against: number | string | boolean | readonly string[];
}

/** An interned CEL condition; `index` is its place in a decision's memo. */
export interface Condition {
  readonly index: number;
  readonly source: string;
  /** In the order in which they are asked; one where nothing is joined. */
  readonly parts: readonly ConditionPart[];
  /** Throws only on a bug: the expression was type-checked to bool against the traits when the policy was loaded. */
  readonly test: (traits: Record<string, unknown>) => boolean;
}

/** A piece of content's blank. `required` blanks without a value make the candidate CONTENT_UNFILLABLE. */
export interface Slot {
  readonly name: string;
  /** A literal text, or where the value comes from. */
  readonly source:
    | { readonly kind: 'text'; readonly text: string }
    | {
        readonly kind: 'subject';
        readonly field:
          | 'title'
          | 'product_id'
          | 'price'
          | 'size'
          | 'stock'
          | 'category'
          | 'brand'
          | 'url'
          | 'image';
      }
    | { readonly kind: 'offer'; readonly field: 'code' | 'depth' | 'valid_until' }
    /** The order or the support case whose news fired the trigger. */
    | { readonly kind: 'moment'; readonly field: 'id' }
    /** What stands for the message itself in its links (decide/tracking-mark.ts). */
    | { readonly kind: 'message'; readonly field: 'tracking' }
    | { readonly kind: 'trait'; readonly name: string }
    | { readonly kind: 'attribute'; readonly name: string; readonly type: AttributeType };
  readonly required: boolean;
  /** For subject.stock: the blank has a value only while at most this many are left, so "only 3 left" is never untrue. */
  readonly max?: number;
}

/** Words that a template makes of a variant's blanks. */
export interface Wording {
  /** By locale, as it is written; `default` for all others. */
  readonly sources: ReadonlyMap<string, string>;
  /**
   * The words in the locale, or in the nearest that is there. `values`: of every blank, null where it has none. At most
   * POLICY_LIMITS.renderedCharacters; the same values give the same words.
   */
  readonly render: (values: Readonly<Record<string, string | null>>, locale: string) => string;
}

export interface Variant {
  readonly index: number;
  readonly id: string;
  readonly templateId: string;
  readonly slots: readonly Slot[];
  /** A text with {slot} blanks: what `content.rendered` shows; '' when the channel renders by template only. */
  readonly text: string;
  /** In place of `text`. */
  readonly wording?: Wording;
  readonly when: Condition | undefined;
}

export interface Action {
  readonly index: number;
  readonly id: string;
  readonly title: string;
  readonly purpose: Purpose;
  /** Promotes something for sale (purchase suppression, onboarding rules and care differ). */
  readonly promotion: boolean;
  readonly subject: SubjectKind;
  /** For the subject `owned`, as it is written; else ''. */
  readonly ownedCategory: string;
  /** Bit per stage; candidates outside are STAGE_MISMATCH. */
  readonly stageMask: number;
  /** Bit per declared channel. */
  readonly channelMask: number;
  /** Placement indices in which the action may be shown; for pull channels. */
  readonly placements: readonly number[];
  /** Trigger indices that propose it; empty with `proactive`: proposed for every outbound decision. */
  readonly triggers: readonly number[];
  /** Proposed when a caller asks for an outbound (DISPATCH) decision without a trigger. */
  readonly proactive: boolean;
  readonly when: Condition | undefined;
  readonly frictionMask: number;
  readonly offer: Offer | undefined;
  readonly variants: readonly Variant[];
  /** Expected relative margin when the subject's own is unknown, and order value to assume without a subject. */
  readonly marginRate: number;
  readonly orderValue: number;
  /** The order value is the action's own, and not the default: then it counts in place of what the subject costs. */
  readonly saysOrderValue: boolean;
  /** Added purchases per customer whom the action reaches, mean and deviation; τ is it times the reach. */
  readonly liftMean: number;
  readonly liftSd: number;
  /** Value of the message beyond a sale (care, recognition), in currency per expected engagement. */
  readonly engagementValue: number;
  readonly cap: Pick<Cap, 'max' | 'windowMs'> | undefined;
  /** Where it goes out on the channel `ads`, what it does there; absent: it is a message on every channel. */
  readonly audience?: { readonly name: string; readonly kinds: readonly string[] };
  /** Local "HH:MM" in minutes after midnight at which an outbound message of this action goes; -1: now. */
  readonly sendAtMinute: number;
  /** Of a trigger that proposes it, where it is otherwise than the trigger says. */
  readonly atNight?: AtNight;
  readonly validMs: number;
  readonly budget: number;
}

export interface Placement {
  readonly index: number;
  readonly id: string;
  readonly channel: ChannelIndex;
  /** Action indices allowed here: the candidate index of this placement. */
  readonly actions: readonly number[];
}

/** What becomes of a moment that falls into quiet hours: it waits for their end, or nothing is sent. */
export const AT_NIGHT = ['wait', 'drop'] as const;
export type AtNight = (typeof AT_NIGHT)[number];

/** What a trigger waits for: silence after a checkout event, or news of an order, a support case or a consent, which fires it at once. */
export const TRIGGER_KINDS = ['checkout_exit', 'event'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** Something noticed by the service itself, upon which it decides among some actions. */
export interface Trigger {
  readonly index: number;
  readonly id: string;
  readonly kind: TriggerKind;
  /** For kind event, which one. */
  readonly on?: NewsName;
  /** For kind checkout_exit, silence after the customer's last sign of life; else 0. */
  readonly windowMs: number;
  /** Minimum time between two firings for one customer; for kind event, about one order, case or channel. */
  readonly cooldownMs: number;
  /** What it proposes goes at once, whatever hour its action names. */
  readonly urgent: boolean;
  readonly atNight: AtNight;
  readonly actions: readonly number[];
}

/** A time at which the service considers customers by itself, on the customer's clock. */
export interface ConsiderTime {
  /** Bit per day of the week, 1 for Monday. */
  readonly weekdays: number;
  /** Minutes after midnight. */
  readonly minute: number;
  /** Customers are spread over so long from then on, by their hash. */
  readonly spreadMs: number;
}

/** People to whom an ad platform shows ads that are decided for each of them. */
export interface Audience {
  readonly index: number;
  readonly id: string;
  /** Kinds of identifiers that the ad platform may be given; who has none of them is not in it. */
  readonly kinds: readonly string[];
}

export interface Suppression {
  readonly defaultMs: number;
  /** By folded category (profile/category.ts). */
  readonly byCategory: ReadonlyMap<string, number>;
  /** A purchase suppresses promotion of its whole category for this long; 0: only the product itself. */
  readonly categoryMs: number;
  /** By folded category, where it is not `categoryMs`. */
  readonly categoryMsBy: ReadonlyMap<string, number>;
}

export interface StageRules {
  readonly onboardingMs: number;
  readonly activeMs: number;
  readonly lapsedMs: number;
  readonly loyalistSpend: number;
  readonly loyalistOrders: number;
  readonly fadingMs: number;
  readonly fadingSpend: number;
}

export interface Budget {
  readonly index: number;
  readonly id: string;
  /** Currency per day of the shop's zone (the first of `zones`), over all shards of a node. */
  readonly perDay: number;
}

export interface Policy {
  readonly name: string;
  /** `${name}@${first 12 of sha256}`. */
  readonly version: string;
  readonly sha256: string;
  readonly currency: string;
  /** In which amounts and days are told where the customer's own locale is not known; one that formats know. */
  readonly locale: string;
  /** What one unit of another currency is in `currency`; events in one that is not here are refused. */
  readonly rates: ReadonlyMap<string, number>;
  /** Share of the shop's customers who buy in a week without a message; 0: not said, and the model's own is taken. */
  readonly buysPerWeek: number;
  /** Shares of customers that are held out of everything promotional, by hash. */
  readonly holdout: number;
  /** ε of the uniform part of the propensity. */
  readonly explore: number;
  /** Identifier kinds, strongest first. */
  readonly identifierKinds: readonly string[];
  /** What holds for each of them, in the same order. */
  readonly identifierRules: readonly IdentifierRule[];
  /** How many people may become one customer within 24 hours. */
  readonly peoplePerDayMax: number;
  /** Values of identifiers that stand for nobody, in small letters, and their hashes. */
  readonly impossibleIdentifiers: ReadonlySet<string>;
  /** What the shop may tell of a customer, in the order of declaration. */
  readonly attributes: readonly AttributeSpec[];
  /** IANA zones in which the shop sells; an unknown zone is quiet when any of these is. */
  readonly zones: readonly string[];
  /** By channel index, all nine. */
  readonly channels: readonly ChannelPolicy[];
  readonly actions: readonly Action[];
  readonly placements: readonly Placement[];
  readonly placementByName: ReadonlyMap<string, number>;
  readonly triggers: readonly Trigger[];
  /** Actions proposed for an outbound decision without trigger. */
  readonly proactive: readonly number[];
  /** When the service asks itself for each customer whom a proactive action could reach; in order of the minute, each minute once. */
  readonly consider: readonly ConsiderTime[];
  readonly offers: readonly Offer[];
  readonly audiences: readonly Audience[];
  readonly conditions: readonly Condition[];
  readonly budgets: readonly Budget[];
  readonly caps: readonly Cap[];
  readonly quietFromMinute: number;
  readonly quietToMinute: number;
  /** Absent: service messages have the caps and quiet hours above and count for them. */
  readonly service?: ServiceLimits;
  /** How long an open support case of the customer silences marketing at most; 0: it does not. */
  readonly openCaseMs: number;
  readonly suppression: Suppression;
  readonly incentiveWindowMs: number;
  /** Never discount a customer who has at least this many orders and a discount share at most this. */
  readonly fullPriceOrdersMin: number;
  readonly fullPriceDiscountShareMax: number;
  /** Margin as a share of the price where neither catalogue nor event knows better. */
  readonly marginRate: number;
  /** Least margin share left after the offer. */
  readonly marginFloor: number;
  readonly stages: StageRules;
  readonly outcome: { readonly clickMs: number; readonly purchaseMs: number; readonly unsubscribeMs: number };
  /** Hard bounces that make a channel unreachable. */
  readonly bouncesMax: number;
  /** Soft bounces in a row after which a channel is not used for so long. */
  readonly softBouncesMax: number;
  readonly softBounceRestMs: number;
}
