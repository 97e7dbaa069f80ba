/** The closed lists that an author writes from, as tables: what `attune policy reasons | traits | events` prints and docs/policy holds. */
import { EVENT_GUIDE } from '../../core/event/event-guide.ts';
import { KNOWN_NAMES, otherNamesOf } from '../../core/event/known-names.ts';
import { REASON_GUIDE, REASONS } from '../../core/reason.ts';
import { CATEGORY_FUNCTIONS } from '../../core/trait/category-functions.ts';
import { NEVER } from '../../core/trait/since.ts';
import { strangerTraits, TRAITS, type TraitSpec } from '../../core/trait/trait-spec.ts';

export const LIST_NAMES = ['reasons', 'traits', 'events'] as const;
export type ListName = (typeof LIST_NAMES)[number];

export interface AuthorList {
  readonly title: string;
  readonly intro: string;
  /** Key of a row → heading. */
  readonly columns: Readonly<Record<string, string>>;
  /** Keys whose values are code. */
  readonly code: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export function authorList(name: ListName): AuthorList {
  switch (name) {
    case 'reasons':
      return reasons();
    case 'traits':
      return traits();
    case 'events':
      return events();
  }
}

function reasons(): AuthorList {
  return {
    title: 'Reasons',
    intro:
      'Why a candidate is out, or nothing was said: what `attune why-not` and `attune explain` name, what it means, and what to do when it is not what you meant.',
    columns: { reason: 'reason', meaning: 'meaning', remedy: 'remedy' },
    code: ['reason'],
    rows: REASONS.map((reason) => ({ reason, ...REASON_GUIDE[reason] })),
  };
}

/** What can be asked of the attributes that a policy declares. */
const OF_ATTRIBUTES: AuthorList['rows'] = [
  {
    trait: 'attributes.…',
    type: 'as declared',
    unit: '',
    window: 'the last word',
    unknown: '""',
    example: 'attributes.tier == "gold"',
    meaning:
      'What the shop told of the customer (Profile Updated), by the name that the policy declares; unknown is "", 0, false or an empty list, as its type is.',
  },
  {
    trait: 'has(attributes.…)',
    type: 'bool',
    unit: 'true or false',
    window: 'the last word',
    unknown: 'false',
    example: '!has(attributes.tier)',
    meaning: 'The shop told it, and did not take it back.',
  },
  {
    trait: 'days_until(attributes.…)',
    type: 'double',
    unit: 'days',
    window: 'next 12 months',
    unknown: String(NEVER),
    example: 'days_until(attributes.birthday) <= 7.0',
    meaning: "Days until the day and month of a date come round on the customer's own clock, 0 to 365.",
  },
];

function traits(): AuthorList {
  const stranger: Readonly<Record<string, unknown>> = { ...strangerTraits() };
  const specs: readonly TraitSpec[] = TRAITS;
  return {
    title: 'Traits',
    intro:
      'Everything that a condition can ask of a customer. "Unknown" is the value for somebody of whom nothing is known; 9,999 stands for never. A count that decays counts 1 when it happens and a half one half-life later. Money is in the currency of the policy. Functions take one category in quotes, or one attribute.',
    columns: {
      trait: 'trait',
      type: 'type',
      unit: 'unit',
      window: 'window',
      unknown: 'unknown',
      example: 'example',
      meaning: 'meaning',
    },
    code: ['trait', 'unknown', 'example'],
    rows: [
      ...specs.map(({ name, type, unit, window, example, doc, values }) => ({
        trait: name,
        type,
        unit,
        window,
        unknown: JSON.stringify(stranger[name]),
        example,
        meaning:
          values === undefined
            ? doc
            : `${doc} One of ${values.map((one) => JSON.stringify(one)).join(', ')}.`,
      })),
      ...CATEGORY_FUNCTIONS.map(({ name, type, unit, window, example, doc, read }) => ({
        trait: `${name}("…")`,
        type,
        unit,
        window,
        unknown: JSON.stringify(read(strangerTraits(), '')),
        example,
        meaning: doc,
      })),
      ...OF_ATTRIBUTES,
    ],
  };
}

function events(): AuthorList {
  return {
    title: 'Events',
    intro:
      "Every event that means something. Names are understood in any letters and separators (`order_completed`), and by the other names given, those of Segment's first specification and of GA4. Any other name is welcome and counts as a sign of life. Properties are looked at where the event's own fields are empty, in any letters and separators too.",
    columns: {
      event: 'event',
      needs: 'needs',
      effect: 'effect',
      properties: 'properties',
      other_names: 'other names',
    },
    code: ['event'],
    rows: KNOWN_NAMES.map((event) => ({
      event,
      ...EVENT_GUIDE[event],
      other_names: otherNamesOf(event).join(', '),
    })),
  };
}
