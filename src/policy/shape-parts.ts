import { z } from 'zod';
import { AT_NIGHT } from '../core/policy/policy.ts';
import { POLICY_LIMITS as LIMITS } from '../core/policy/policy-limits.ts';
import { CATEGORY_FUNCTIONS } from '../core/trait/category-functions.ts';
import { TRAITS } from '../core/trait/trait-spec.ts';
import { CONSIDER_PATTERN, CONSIDER_RULE, weekTimes } from './consider-times.ts';
import { DURATION_PATTERN, durationMs, LOCAL_TIME_PATTERN, parseMinuteOfDay } from './duration.ts';
import { LIFT_SD_MIN, LIFT_WORDS, LIFTS } from './presets.ts';

// What several kinds of policy file are made of. Durations come out as milliseconds, local times as minutes of the day.

/** A text of one pattern; `rule` completes the sentence "x is 3; it …" for texts that do not fit and for what is no text. */
export function patterned(pattern: RegExp, rule: string) {
  return z.string(rule).regex(pattern, rule);
}

/** A language, with a script, a country or a variant behind it. */
export const LOCALE_PATTERN = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

const idPattern = /^[a-z][a-z0-9_]{0,47}$/;
export const id = patterned(
  idPattern,
  'must begin with a small letter and hold only small letters, digits and _ (48 at most)',
);
export const duration = patterned(
  DURATION_PATTERN,
  'must be a whole number and a unit, such as "90s", "15m", "24h" or "30d"',
).transform(durationMs);
export const localTime = patterned(
  LOCAL_TIME_PATTERN,
  'must be a local time from "00:00" to "23:59"',
).transform(parseMinuteOfDay);
export const share = z.number().min(0).max(1);
export const amount = z.number().min(0).max(1_000_000);
export const whole = z.number().int();

const conditionDoc = `A CEL condition over the customer's traits; it must be true or false. Traits: ${TRAITS.map(
  (spec) => `${spec.name} (${spec.type})`,
).join(', ')}. Of a category: ${CATEGORY_FUNCTIONS.map(
  (spec) => `${spec.name}("coffee") (${spec.type})`,
).join(
  ', ',
)}. Of what policy.yaml declares under attributes: attributes.NAME, has(attributes.NAME), days_until(attributes.NAME) of a date. Write whole numbers in == with a decimal point: orders == 3.0.`;
export const condition = z.string().min(1).max(LIMITS.conditionCharacters).describe(conditionDoc);

const liftWords = LIFT_WORDS.map((word) => `${word} is ${LIFTS[word]}`).join(', ');
export const lift = z
  .union([
    z.enum(LIFT_WORDS).describe(`A common size: ${liftWords}.`),
    z.strictObject(
      {
        mean: z
          .number()
          .min(-0.5)
          .max(0.5)
          .describe(
            'Added purchases per reader: 0.02 is two purchases more of a hundred readers, -0.001 one less of a thousand.',
          ),
        sd: z
          .number()
          .min(LIFT_SD_MIN)
          .max(0.5)
          .optional()
          .describe(
            'How unsure we are of the mean, as a standard deviation: the wider, the more often it is tried. Half of the mean when absent.',
          ),
      },
      'must be a mapping with "mean"',
    ),
  ])
  .describe(
    `What the action adds: purchases that would not have come without it, per reader, a customer whom the message reaches. Of 1,000 mails with a lift of 0.01, read by 200 people, come 2 purchases more. Nothing corrects it by itself: measure it with the holdout. "attune policy estimate" tells from which lift on a message is worth its cost. ${liftWords}.`,
  );

export const cap = z.strictObject({
  max: whole.min(1).max(1_000).describe('Contacts allowed within the window.'),
  window: duration.describe(`A rolling window, at most ${LIMITS.windowDays}d.`),
});

const considerAt = patterned(CONSIDER_PATTERN, CONSIDER_RULE).transform(weekTimes);
const considerOrNever = patterned(
  new RegExp(`${CONSIDER_PATTERN.source}|^never$`),
  `${CONSIDER_RULE}; or "never"`,
).transform(weekTimes);
export const consider = z
  .union([considerOrNever, z.array(considerAt).min(1).max(LIMITS.considerTimes)])
  .refine((said) => new Set(said.flat().map(({ minute }) => minute)).size <= LIMITS.considerTimes, {
    error: `too many times of the day; their number must be at most ${LIMITS.considerTimes}`,
  })
  .describe(
    'When the service asks itself, for each customer whom a proactive action could reach, whether to send one: on the customer\'s clock, such as "daily at 09:00", "daily at 09:00, 17:30" or "mondays, thursdays at 10:00". "never", or absent: proactive actions wait for a program of yours to ask.',
  );
/** What an action may do to one customer: a rolling cap, or once. */
export const capOrOnce = z.union([
  z.enum(['once'], 'must be "once"'),
  z.strictObject(cap.shape, 'must be a mapping such as { max: 1, window: 7d }'),
]);

export const atNight = z.enum(AT_NIGHT);

/** A record whose keys are ids; each entry is parsed by `entry`. */
export function byId<S extends z.ZodType>(entry: S) {
  return z.record(id, entry);
}
