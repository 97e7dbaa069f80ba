import { z } from 'zod';
import { CHANNELS } from '../core/channel.ts';
import { FRICTIONS, STAGES, SUBJECTS } from '../core/policy/policy.ts';
import { POLICY_LIMITS as LIMITS } from '../core/policy/policy-limits.ts';
import { ACTION_PURPOSES } from '../core/purpose.ts';
import {
  amount,
  atNight,
  capOrOnce,
  condition,
  duration,
  id,
  lift,
  localTime,
  patterned,
  share,
} from './shape-parts.ts';

export const SUBJECT_FIELDS = [
  'title',
  'product_id',
  'price',
  'size',
  'stock',
  'category',
  'brand',
  'url',
  'image',
] as const;
export const OFFER_FIELDS = ['code', 'depth', 'valid_until'] as const;
export const MOMENT_FIELDS = ['id'] as const;
export const MESSAGE_FIELDS = ['tracking'] as const;

export const slotShape = z.union([
  z.string().max(LIMITS.textCharacters).describe('The words themselves.'),
  z.strictObject(
    {
      from: patterned(
        /^(subject|offer|moment|message|trait|attributes)\.[a-z0-9_]+$/,
        'must be subject.…, offer.…, moment.…, message.…, trait.… or attributes.…',
      ).describe(
        `Where the value comes from: ${[...SUBJECT_FIELDS.map((field) => `subject.${field}`), ...OFFER_FIELDS.map((field) => `offer.${field}`), ...MOMENT_FIELDS.map((field) => `moment.${field}`), ...MESSAGE_FIELDS.map((field) => `message.${field}`)].join(', ')}, trait.NAME, or attributes.NAME of what policy.yaml declares.`,
      ),
      max: z
        .number()
        .int()
        .min(1)
        .max(1_000)
        .optional()
        .describe('Only for subject.stock: filled only while at most this many are left.'),
      required: z.boolean().optional().describe('true when absent: without a value the message is not sent.'),
    },
    'must be a mapping with "from"',
  ),
]);

const liquidText = z.string().min(1).max(LIMITS.textCharacters);
const liquidShape = z.union([
  liquidText.describe('One text for everybody.'),
  z
    .record(
      patterned(
        /^(default|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)$/,
        'must be a locale such as "de" or "de-AT", or "default"',
      ),
      liquidText,
    )
    .describe('A text by locale; "default" is for all others.'),
]);

export const variantShape = z.strictObject({
  template: patterned(
    /^[a-z][a-z0-9_.-]{0,63}$/,
    'must be a template id of small letters, digits, _ . and -',
  ).describe("The channel system's template."),
  text: z
    .string()
    .min(1)
    .max(LIMITS.textCharacters)
    .optional()
    .describe('The words, with {slot} blanks; absent: the channel renders the template alone.'),
  liquid: liquidShape
    .optional()
    .describe(
      'The words in Liquid, in place of text: {{ slot }}, if, unless and case, and filters that trim words. Values are escaped as HTML; {{ slot | raw }} is not. By locale: "de-AT" falls back to "de", then to "default".',
    ),
  when: condition.optional(),
  slots: z.record(id, slotShape).optional().describe('The blanks: a text, or {from: subject.title}.'),
});

export const actionShape = z.strictObject({
  title: z.string().min(1).max(120).describe('For people: what it does.'),
  purpose: z
    .enum(ACTION_PURPOSES)
    .describe(
      'marketing needs consent. service (order news, care) needs that it was not refused, passes when marketing is capped, held out or silenced, and carries no promotion and no offer. transactional (what the customer just did is confirmed) is service that no cap but its own and no quiet hour stops.',
    ),
  promotion: z.boolean().describe('Whether it promotes something for sale.'),
  subject: z
    .union([
      z.strictObject(
        {
          owned: patterned(/\S/, 'must be a category, such as "coffee"')
            .max(100)
            .describe(
              'The category, however spelt: it is about what the customer bought of it last and kept, in their size.',
            ),
        },
        'must be a mapping with "owned"',
      ),
      z.enum(SUBJECTS),
    ])
    .describe(
      'What it is about: nothing, the cart, what the customer viewed, a category they like, what they ordered (of several things the dearest), or { owned: CATEGORY }.',
    ),
  stages: z
    .array(z.enum(STAGES))
    .min(1)
    .optional()
    .describe('Lifecycle stages; absent: all, for promotions all but onboarding.'),
  channels: z.array(z.enum(CHANNELS)).min(1).describe('Channels on which it may go out.'),
  audience: id
    .optional()
    .describe(
      'On the channel ads: the audience into which it puts the customer, with its content, until "valid" has passed or what it says does not hold any more.',
    ),
  placements: z.array(id).min(1).optional().describe('Placements in which it may be shown.'),
  triggers: z.array(id).min(1).optional().describe('Triggers that propose it.'),
  proactive: z.boolean().optional().describe('Proposed whenever a caller asks for an outbound message.'),
  when: condition.optional(),
  friction: z
    .array(z.enum(FRICTIONS))
    .min(1)
    .optional()
    .describe('Only for these obstacles of the checkout.'),
  offer: id.optional(),
  budget: id.optional().describe('The allowance that its offers draw on.'),
  margin_rate: share.optional(),
  order_value: amount
    .optional()
    .describe(
      'Value of the order that it leads to, in place of what its subject costs: a refill, a whole basket. Absent: what the subject costs, the default without one.',
    ),
  lift: lift.optional(),
  engagement_value: z
    .number()
    .min(0)
    .max(1_000)
    .optional()
    .describe('What a look or click is worth beyond a sale, in currency: care and recognition.'),
  cap: capOrOnce
    .optional()
    .describe(
      'How often this action may reach one customer, counted for push channels (what interrupts) and pull channels (what is shown) each by itself: a card shown in the app does not use up the mail. once: never again, however long ago it was.',
    ),
  send_at: localTime
    .optional()
    .describe('Local time at which it is sent, save by an urgent trigger; absent: now.'),
  at_night: atNight
    .optional()
    .describe(
      'For what a trigger proposes in quiet hours: wait or drop, where it is otherwise than the trigger says.',
    ),
  valid: duration.optional(),
  variants: z
    .record(id, variantShape)
    .describe('Ways to say it: of those whose condition holds one is drawn, all with the same chance.'),
});

export type ActionEntry = z.output<typeof actionShape>;
export type VariantEntry = z.output<typeof variantShape>;
