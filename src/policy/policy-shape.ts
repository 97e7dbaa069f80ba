// Long because it is all that files of a policy may say, read as one page.
/**
 * The shape of a policy's files: what a marketer writes. The JSON Schemas for editors are generated from these types,
 * so every description is read by people. References between files are checked by policy-references.ts.
 */
import { z } from 'zod';
import { BOUNDS } from '../core/bounds.ts';
import { CHANNELS } from '../core/channel.ts';
import { NEWS_NAMES } from '../core/event/news.ts';
import { PEOPLE_PER_DAY } from '../core/identity/conflict.ts';
import { IMPOSSIBLE_IDENTIFIERS } from '../core/policy/impossible-identifiers.ts';
import { CHANNEL_KINDS, TRIGGER_KINDS } from '../core/policy/policy.ts';
import { POLICY_LIMITS as LIMITS } from '../core/policy/policy-limits.ts';
import { actionShape } from './action-shape.ts';
import { attributesShape } from './attribute-shape.ts';
import { DEFAULTS, UNSUBSCRIBE_LOSS } from './presets.ts';
import {
  amount,
  atNight,
  byId,
  cap,
  consider,
  duration,
  id,
  LOCALE_PATTERN,
  lift,
  localTime,
  patterned,
  share,
  whole,
} from './shape-parts.ts';

export const OFFER_KINDS = ['percent', 'amount', 'free_shipping', 'early_access', 'points', 'gift'] as const;

/** What a policy that does not say otherwise means. */
const OUTCOME = { click: '24h', purchase: '7d', unsubscribe: '30d' };
const STAGE_ENDS = {
  onboarding: '8d',
  active: '31d',
  lapsed: '75d',
  loyalist: { spend: 2_000, orders: 3 },
  fading: { silence: '45d', spend: 500 },
};
const FULL_PRICE = { orders_min: 3, discount_share_max: 0 };

/** As it would stand in the file. */
function said(value: object): string {
  return JSON.stringify(value).replaceAll('"', '').replaceAll(':', ': ').replaceAll(',', ', ');
}

export const policyFileShape = z.strictObject({
  name: id.describe('Name of the policy; its version is name@sha256.'),
  currency: patterned(/^[A-Z]{3}$/, 'must be a currency code of three capitals, such as "GBP"').describe(
    'The one reporting currency; all money in this policy is in it.',
  ),
  rates: z
    .record(
      patterned(/^[A-Z]{3}$/, 'must be a currency code of three capitals, such as "EUR"'),
      z.number().positive().max(1_000_000),
    )
    .optional()
    .describe(
      'What one unit of another currency is in the reporting currency: amounts of events are converted at it. An event in a currency that is not here is refused.',
    ),
  locale: patterned(LOCALE_PATTERN, 'must be a locale such as "de-DE"')
    .optional()
    .describe(
      'The locale in which amounts and days are told to customers whose own is not known. "en-GB" when absent.',
    ),
  zones: z
    .array(
      patterned(
        /^(UTC|[A-Z][A-Za-z_+-]+(\/[A-Z][A-Za-z0-9_+-]+)+)$/,
        'must be an IANA time zone such as "Europe/London"',
      ),
    )
    .min(1)
    .max(LIMITS.zones)
    .describe(
      'Where the shop sells, its own zone first: budgets count by its days. A customer whose zone is unknown is in quiet hours when any of these is.',
    ),
  identifiers: z
    .array(id)
    .min(1)
    .max(LIMITS.identifierKinds)
    .describe('Kinds of identifier, the strongest first.'),
  people: z
    .strictObject({
      keys_max: z
        .record(id, whole.min(1).max(BOUNDS.identifiers))
        .optional()
        .describe(
          `How many keys of a kind one person may have: two customers who together have more stay two, whoever names them in one event. When absent: 1 of the strongest kind, ${BOUNDS.identifiers} of every other.`,
        ),
      explicit: z
        .array(id)
        .max(LIMITS.identifierKinds)
        .optional()
        .describe(
          'Kinds of which a key never unites two customers, such as the card of a household: it joins whoever is named with it while it is new.',
        ),
      per_day_max: whole
        .min(2)
        .max(BOUNDS.united)
        .optional()
        .describe(
          `How many people may become one customer within 24 hours: a device that a whole shop uses would make one of all its customers. Beyond it nobody is united, and the sender is told. Who has keys of the weakest kind alone, as a browser has, does not count. When absent: ${PEOPLE_PER_DAY}.`,
        ),
    })
    .optional()
    .describe('When keys that one event names are one person.'),
  impossible_identifiers: z
    .array(z.string().min(1).max(256))
    .max(LIMITS.impossibleIdentifiers)
    .optional()
    .describe(
      `Values of identifiers that stand for nobody, in any case, and their SHA-256: they are dropped as keys with a warning. Zeros are nobody without being listed. When absent: ${IMPOSSIBLE_IDENTIFIERS.map((word) => JSON.stringify(word)).join(', ')}.`,
    ),
  attributes: attributesShape
    .optional()
    .describe(
      'What the shop may tell of a customer with the event `Profile Updated`, by name: conditions ask `attributes.NAME` and `has(attributes.NAME)`, content shows `{ from: attributes.NAME }`. What is told and not declared is not kept, and the sender is warned.',
    ),
  buys_per_week: z
    .number()
    .min(0.00001)
    .max(0.9)
    .optional()
    .describe(
      "Share of the shop's customers who buy in an average week without any message from us: 0.02 is two in a hundred. The shipped model learned in a simulated fashion shop; its probabilities of a purchase are shifted to this rate. `attune policy estimate --dir DIR` counts it in a service's data. When absent: as in the simulated shop.",
    ),
  holdout: z
    .number()
    .min(0)
    .max(0.5)
    .describe('Share of customers who get nothing promotional, to measure against.'),
  explore: z
    .number()
    .min(0)
    .max(0.5)
    .describe(
      'Share of decisions drawn evenly among the safe candidates, so that the log shows what each of them does. Nothing learns from it by itself yet.',
    ),
  consider: consider.optional(),
  outcome: z
    .strictObject({ click: duration, purchase: duration, unsubscribe: duration })
    .prefault(OUTCOME)
    .describe(`How long after a decision each answer still counts for it. When absent: ${said(OUTCOME)}.`),
  stages: z
    .strictObject({
      onboarding: duration.describe('After an order, this long is onboarding: no promotion.'),
      active: duration.describe('Until then the customer is active: complements.'),
      lapsed: duration.describe(
        'From then on the customer has lapsed: win-back. Between active and lapsed they are lapsing.',
      ),
      loyalist: z.strictObject({
        spend: amount.describe(
          'Lifetime spend from which a customer may be a loyalist; half of it is the silver tier.',
        ),
        orders: whole.min(1).max(1_000).describe('Orders from which a customer may be one.'),
      }),
      fading: z.strictObject({
        silence: duration.describe('No message opened for this long.'),
        spend: amount.describe('Lifetime spend from which silence counts as fading.'),
      }),
    })
    .prefault(STAGE_ENDS)
    .describe(`Where one lifecycle stage ends and the next begins. When absent: ${said(STAGE_ENDS)}.`),
  defaults: z
    .strictObject({
      margin_rate: share
        .prefault(DEFAULTS.marginRate)
        .describe(
          `Share of the price that is margin, where the catalogue does not say. When absent: ${DEFAULTS.marginRate}.`,
        ),
      order_value: amount
        .prefault(DEFAULTS.orderValue)
        .describe(
          `Order value to expect where no product is promoted. When absent: ${DEFAULTS.orderValue}, whatever the currency, so say your own.`,
        ),
      valid: duration
        .prefault(DEFAULTS.valid)
        .describe(`How long a treatment may still be shown or sent. When absent: ${DEFAULTS.valid}.`),
      lift: lift.prefault(DEFAULTS.lift),
    })
    .prefault({})
    .describe(`What an action means where it does not say; a lift that nobody says is ${DEFAULTS.lift}.`),
});

export const channelShape = z.strictObject({
  kind: z.enum(CHANNEL_KINDS).describe('push: we send and interrupt; pull: shown when a placement asks.'),
  cost: amount.describe('What one message costs.'),
  unsubscribe_loss: share
    .optional()
    .describe(
      `Share of the residual lifetime value that is lost when a customer leaves this channel. When absent: ${CHANNELS.map((name) => `${name} ${UNSUBSCRIBE_LOSS[name]}`).join(', ')}.`,
    ),
  quiet_hours: z.boolean().describe('Whether quiet hours hold here.'),
  consent: z
    .enum(['granted', 'not_withdrawn'])
    .describe('granted: marketing needs consent; not_withdrawn: it needs that consent was not refused.'),
  double_opt_in: duration
    .refine((ms) => ms >= 60_000 && ms <= LIMITS.doubleOptInDays * 86_400_000, {
      error: `must be from 1m to ${LIMITS.doubleOptInDays}d`,
    })
    .optional()
    .describe(
      `A yes to marketing counts only when Consent Confirmed follows within so long, at most ${LIMITS.doubleOptInDays}d; 7d is usual. When absent: a yes counts at once.`,
    ),
  reachable_by: z
    .array(id)
    .max(LIMITS.identifierKinds)
    .optional()
    .describe(
      'Any one of these identifier kinds makes a customer reachable, and a new identifier of one of them a customer whose messages bounced; absent: always.',
    ),
  backlog_max: whole
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      'Messages waiting for the channel system above which nothing new is proposed. 10,000 when absent.',
    ),
});

export const audienceShape = z.strictObject({
  identifiers: z
    .array(id)
    .min(1)
    .max(LIMITS.audienceKinds)
    .describe(
      'Kinds of identifier that the ad platform is given, such as a hashed e-mail address; a customer who has none of them is not put into the audience.',
    ),
  note: z.string().max(500).optional().describe('For people: whose audience it is, and where its ads run.'),
});

export const channelsFileShape = z.strictObject({
  channels: z
    .partialRecord(z.enum(CHANNELS), channelShape)
    .describe('The channels in use; one that is not listed is never used.'),
  audiences: byId(audienceShape)
    .optional()
    .describe(
      'Audiences of ad platforms. An action on the channel ads that names one puts customers into it, with what their ad says.',
    ),
});

export const offerShape = z.strictObject({
  kind: z.enum(OFFER_KINDS),
  depth: amount
    .optional()
    .describe(
      'percent: 1 to 100. amount, gift, free_shipping: what it costs us per order. Not for early_access and points.',
    ),
  code: patterned(/^[A-Z0-9_-]{2,24}$/, 'must be 2 to 24 capitals, digits, - or _')
    .optional()
    .describe('What the customer types in at the checkout.'),
  valid: duration.describe('How long it is live for the customer once made.'),
});

export const budgetShape = z.strictObject({
  per_day: z
    .number()
    .positive()
    .max(100_000_000)
    .describe(
      "Currency per day of the shop's zone, over all customers: each offer made counts with the discount of one order and its message, until it is known to have come to nothing.",
    ),
});

export const offersFileShape = z.strictObject({
  offers: byId(offerShape).describe('What a message may carry.'),
  budgets: byId(budgetShape).optional().describe('Daily allowances that actions share.'),
});

export const placementShape = z.strictObject({
  channel: z.enum(CHANNELS).describe('The channel on which the place is.'),
  note: z.string().max(500).optional().describe('For people: where it is seen.'),
});

export const placementsFileShape = z.strictObject({
  placements: byId(placementShape).describe(
    'Places that ask for something to show. Actions name the placements in which they may appear.',
  ),
});

export const triggerShape = z.strictObject({
  kind: z
    .enum(TRIGGER_KINDS)
    .describe(
      'checkout_exit: a checkout was begun, then nothing more came. event: news came of an order, a support case or a consent that needs a confirmation; it fires at once.',
    ),
  silence: duration.optional().describe('For checkout_exit: time after the last activity.'),
  on: z
    .enum(NEWS_NAMES)
    .optional()
    .describe(
      'For event: which one. Consent Updated: a yes waits for its confirmation since (double_opt_in of a channel). Consent Confirmed: it came.',
    ),
  cooldown: duration.describe(
    'Least time between two firings for one customer; for event, about one order, case or channel: the same news told twice is told once.',
  ),
  urgent: z
    .boolean()
    .optional()
    .describe('What it proposes is sent at once, even where an action names an hour in send_at.'),
  at_night: atNight
    .optional()
    .describe(
      'What becomes of it in quiet hours. wait: it is decided again when they end, and dropped when the moment is over by then (bought, or back in the checkout; newer news of the same). drop: nothing is sent; so it is when absent.',
    ),
});

export const triggersFileShape = z.strictObject({
  triggers: byId(triggerShape).describe('Patterns that the service notices by itself.'),
});

/** What stands for every category that has no entry of its own. */
export const OTHER_CATEGORIES = 'default';
const wholeCategory = z
  .union([duration, z.record(z.string().min(1).max(100), duration)])
  .describe(
    `After a purchase nothing of the same category is promoted for this long; "0s": only the product itself. A mapping says it by category, "${OTHER_CATEGORIES}" for all others ("0s" without it).`,
  );

const quietHours = z.strictObject({ from: localTime, to: localTime });
const caps = z
  .array(
    z.strictObject({
      scope: z
        .enum(['total', 'kind', 'channel', 'action'])
        .describe(
          'total: everything that reaches the customer, shown placements included; kind: what interrupts, or what is shown; channel: one channel; action: each action for itself, or the one named, on push and on pull channels each by itself.',
        ),
      kind: z
        .enum(CHANNEL_KINDS)
        .optional()
        .describe(
          'For scope kind. push: what interrupts, on all push channels together; pull: what is shown.',
        ),
      channel: z.enum(CHANNELS).optional().describe('For scope channel.'),
      action: id.optional().describe('For scope action; absent: every action for itself.'),
      ...cap.shape,
    }),
  )
  .max(LIMITS.caps);

/** How long an open support case silences marketing where a policy does not say. */
const OPEN_CASE = '30d';

export const guardrailsFileShape = z.strictObject({
  quiet_hours: quietHours.describe('Local time in which nothing is sent on channels with quiet hours.'),
  caps: caps.describe(
    'Rolling limits on contacts: on all but transactional ones, and where service has limits of its own on those of marketing.',
  ),
  service: z
    .strictObject({
      quiet_hours: quietHours
        .optional()
        .describe('Local time in which no service message is sent. When absent: as for marketing.'),
      caps: caps.describe(
        'Rolling limits on service messages; transactional ones count, and are never stopped.',
      ),
    })
    .optional()
    .describe(
      'Limits of the actions of purpose service, which then count for no cap of marketing. When absent: they share caps and quiet hours with marketing.',
    ),
  open_case: duration
    .prefault(OPEN_CASE)
    .describe(
      `While a support case or complaint of the customer is open nothing of purpose marketing reaches them, for this long after it was opened at most; "0s": it silences nothing. When absent: ${OPEN_CASE}.`,
    ),
  suppression: z.strictObject({
    default: duration.describe('A product that the customer bought is not promoted to them for this long.'),
    by_category: z
      .record(z.string().min(1).max(100), duration)
      .optional()
      .describe('Other durations for some categories.'),
    whole_category: wholeCategory,
  }),
  incentive_window: duration
    .prefault('24h')
    .describe(
      `For this long after an incentive was sent no other one reaches the customer, live or not; at most ${LIMITS.windowDays}d. When absent: 24h.`,
    ),
  full_price: z
    .strictObject({ orders_min: whole.min(1).max(1_000), discount_share_max: share })
    .prefault(FULL_PRICE)
    .describe(
      `Someone with this many orders of which at most this share were discounted never gets money off. When absent: ${said(FULL_PRICE)}.`,
    ),
  margin_floor: share.describe('Least share of the price that must be left as margin after the offer.'),
  bounces_max: whole
    .min(1)
    .max(100)
    .prefault(3)
    .describe('Hard bounces that make a channel unreachable. When absent: 3.'),
  soft_bounces_max: whole
    .min(1)
    .max(100)
    .prefault(5)
    .describe(
      'Soft bounces in a row, nothing having arrived in between, after which a channel rests for `soft_bounce_rest`; one more after that, and it rests again. When absent: 5.',
    ),
  soft_bounce_rest: duration
    .prefault('3d')
    .describe('How long a channel is not used after `soft_bounces_max`. When absent: 3d.'),
});

export const actionsFileShape = z.strictObject({ actions: byId(actionShape) });

export type PolicyFile = z.output<typeof policyFileShape>;
export type GuardrailsFile = z.output<typeof guardrailsFileShape>;

/** What each file is called and holds; "actions" stands for every file in the folder actions/. */
export const FILE_SHAPES = {
  policy: policyFileShape,
  channels: channelsFileShape,
  guardrails: guardrailsFileShape,
  offers: offersFileShape,
  placements: placementsFileShape,
  triggers: triggersFileShape,
  actions: actionsFileShape,
} as const;
export type FileKind = keyof typeof FILE_SHAPES;
/** A policy without these files is none; the others may be absent. */
export const REQUIRED_FILES: readonly FileKind[] = ['policy', 'channels', 'guardrails'];
