import { z } from 'zod';
import { event, product } from './shape-event.ts';
import { decision, expectations } from './shape-expect.ts';
import {
  allOf,
  channel,
  count,
  duration,
  id,
  instant,
  name,
  oneOrMore,
  servedChannel,
  text,
  time,
} from './shape-words.ts';

const decide = z.strictObject({
  as: name.optional().describe('A name for this decision, for explain and feedback.'),
  customer: name.optional(),
  placements: oneOrMore(text).optional().describe('Places to fill; without them it is an outbound decision.'),
  channel: channel.optional().describe("Where she is now; without it the placement's."),
  time_zone: text.optional(),
  locale: text.optional(),
  device: text.optional(),
  page: text.optional(),
  events: oneOrMore(event).optional().describe('Folded first, in the same turn.'),
  request_id: text.optional().describe('Without it a fresh one. The same id again is a retry.'),
  alternatives: z.number().int().min(0).max(20).optional(),
  dry_run: z.boolean().optional(),
  always: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'Also asked so many times as a dry run, each drawn anew: the expectation must hold every time.',
    ),
  expect: decision.optional(),
});
export type DecideStep = z.infer<typeof decide>;

const connect = z.strictObject({
  channel: oneOrMore(servedChannel),
  credits: z.number().int().min(1).max(1_000).optional().describe('Deliveries that may be unanswered; 100.'),
  answers: z
    .enum(['accept', 'reject', 'silence'])
    .optional()
    .describe('What it says to a delivery; accept. silence: nothing, until it is told to.'),
  first: z
    .strictObject({
      reject: z
        .number()
        .int()
        .min(1)
        .max(20)
        .describe('So many deliveries are refused before the rest is answered.'),
      retryable: z.boolean().optional().describe('Worth another attempt; true.'),
      retry_after: duration.optional(),
    })
    .optional(),
  withdrawals: z.enum(['stopped', 'too_late']).optional().describe('What it says to a withdrawal; stopped.'),
});
export type ConnectStep = z.infer<typeof connect>;

const feedback = z.strictObject({
  kind: z.enum([
    'delivered',
    'bounced_hard',
    'bounced_soft',
    'shown',
    'opened',
    'clicked',
    'replied',
    'dismissed',
    'unsubscribed',
    'complained',
    'converted',
  ]),
  dispatch: z
    .strictObject({ customer: name.optional(), channel: servedChannel.optional(), action: text.optional() })
    .optional()
    .describe('About the newest dispatch that fits.'),
  decision: name.optional().describe('Or about the treatment of a decision, as its step named it.'),
  choice: z.number().int().min(0).max(7).optional().describe('Which of its choices; the first, 0.'),
  channel: servedChannel.optional().describe("Who reports; without it the dispatch's channel."),
  machine: z.boolean().optional(),
  scope: z.enum(['marketing', 'service']).optional(),
  id: text.optional(),
  ago: duration.optional(),
  expect: z.enum(['accepted', 'duplicate', 'rejected', 'retry']).optional(),
});
export type FeedbackStep = z.infer<typeof feedback>;

const policyChanges = z
  .record(z.string(), z.record(z.string(), z.unknown()))
  .describe('File → keys to set in it; mappings are merged, null removes, everything else replaces.');

const applyPolicy = z.strictObject({
  directory: text
    .optional()
    .describe("A policy's directory, from the repository's root; without it the one in force."),
  changes: policyChanges.optional(),
  replace: z.record(z.string(), z.string()).optional().describe('File → its whole text, faults and all.'),
  expect: z
    .strictObject({
      applied: z.boolean().optional(),
      fault: oneOrMore(
        z.strictObject({ file: text.optional(), line: count.optional(), contains: allOf.optional() }),
      ).optional(),
    })
    .optional(),
});
export type ApplyPolicyStep = z.infer<typeof applyPolicy>;

const restart = z.strictObject({
  how: z.enum(['clean', 'kill']).describe('kill: kill -9, nothing is flushed.'),
  down: duration.optional().describe('How long it is away.'),
});

const race = z.strictObject({
  rounds: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .describe('Customers, each with one purchase and one decision in flight together.'),
  at_once: z.number().int().min(1).max(1_000).optional().describe('Rounds under way at a time; 64.'),
  product: text.describe('What she buys: viewed and put into the cart before.'),
  placement: text.optional().describe('Where the decision is asked; without it an outbound one.'),
  kill_after: oneOrMore(z.number().int().min(1))
    .optional()
    .describe('kill -9 when so many rounds were begun.'),
});
export type RaceStep = z.infer<typeof race>;

const load = z.strictObject({
  events: z.number().int().min(1).max(100_000),
  customers: z.number().int().min(1).max(10_000).optional().describe('Among so many customers; 50.'),
  product: text.optional(),
  kill_after: oneOrMore(z.number().int().min(1)).optional().describe('kill -9 when so many were sent.'),
  outbound_every: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Also an outbound decision after every so many events.'),
});
export type LoadStep = z.infer<typeof load>;

const flood = z.strictObject({
  dry_runs: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .describe('Dry decisions sent at once by one client that never waits.'),
  customer: name.optional(),
  placement: text,
  meanwhile: z
    .strictObject({ event, customer: name.optional() })
    .optional()
    .describe('What somebody else sends in the midst of it, expected to be accepted.'),
  expect: z
    .strictObject({
      refused_at_least: count.optional(),
      refused_with: text.optional().describe('The status of what is refused, such as RESOURCE_EXHAUSTED.'),
      retry_delay: z.boolean().optional().describe('Each refusal says how long to wait.'),
    })
    .optional(),
});
export type FloodStep = z.infer<typeof flood>;

const catalog = z.strictObject({
  products: z.record(z.string(), product),
  expect: z
    .strictObject({
      refused: z
        .record(z.string(), z.strictObject({ field: text.optional(), contains: allOf.optional() }))
        .optional()
        .describe('Product → what is said of it; all others must be taken.'),
    })
    .optional(),
});
export type CatalogStep = z.infer<typeof catalog>;

const stepFields = {
  publish: oneOrMore(event).optional().describe('Events in one call.'),
  decide: decide.optional(),
  connect: oneOrMore(connect).optional().describe('Channel systems connect.'),
  disconnect: oneOrMore(servedChannel).optional(),
  answer: z
    .strictObject({
      channel: servedChannel,
      with: z.enum(['accept', 'reject']),
      retryable: z.boolean().optional(),
    })
    .optional()
    .describe('A silent channel system answers everything that it holds.'),
  feedback: oneOrMore(feedback).optional(),
  advance: z
    .union([duration, z.strictObject({ to: time })])
    .optional()
    .describe('The clock turns.'),
  nothing_until: z
    .union([duration, z.strictObject({ to: time })])
    .optional()
    .describe('The clock turns, and nothing is handed to any channel system meanwhile.'),
  mark: name.optional().describe('Names this moment for times such as "left+90s".'),
  restart: restart.optional(),
  catalog: catalog.optional(),
  policy: applyPolicy.optional().describe('Applies a policy.'),
  scorer: z.enum(['works', 'fails', 'late']).optional().describe('How the model behaves from now on.'),
  race: race.optional(),
  load: load.optional(),
  flood: flood.optional(),
  expect: expectations.optional(),
};

const oneKey = { minProperties: 1, maxProperties: 1 };
/** A step within a repetition: everything but another repetition. */
const plainStep = z.strictObject(stepFields).meta(oneKey);

/** One step: exactly one of these keys. */
export const step = z
  .strictObject({
    ...stepFields,
    repeat: z
      .strictObject({ times: z.number().int().min(1).max(1_000), steps: z.array(plainStep).min(1).max(50) })
      .optional()
      .describe('The same steps, so many times.'),
  })
  .meta(oneKey);
export type Step = z.infer<typeof step>;

const customer = z.strictObject({
  identifiers: z
    .record(z.string(), z.string())
    .describe('Kind → value. Values that begin with "hash:" are sent as the SHA-256 of the rest.'),
  time_zone: text.optional(),
  locale: text.optional(),
  consents: z
    .array(servedChannel)
    .optional()
    .describe('Channels on which she said yes to marketing, before the first step.'),
});
export type ScenarioCustomer = z.infer<typeof customer>;

export const scenario = z.strictObject({
  id: id.describe("The file's name without .yaml."),
  title: text.describe('One sentence: what is shown.'),
  story: patternStory(),
  start: instant.describe('Where the clock stands at the first step.'),
  seed: z.number().int().min(0).max(4_294_967_295).optional().describe('Of the draws; 1.'),
  seeds: z
    .number()
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('Runs the scenario so many times, each on a fresh service with another seed.'),
  policy: text.optional().describe("A policy's directory, from the repository's root; policies/starter."),
  policy_changes: policyChanges.optional(),
  explore: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Short for policy_changes of explore in policy.yaml.'),
  limits: z
    .strictObject({ mailbox: z.number().int().min(1).max(2_048) })
    .optional()
    .describe('Smaller queues, so that a flood need not be a large one.'),
  scorer: z.enum(['works', 'fails', 'late']).optional(),
  catalog: z
    .record(z.string(), product)
    .optional()
    .describe('Products that are known before the first step.'),
  customers: z.record(name, customer),
  steps: z.array(step).min(1).max(1_000),
});
export type ScenarioFile = z.infer<typeof scenario>;

function patternStory() {
  return z
    .string('must be a story such as "S5"')
    .regex(/^S\d{1,2}$/, 'must be a story such as "S5"')
    .describe('The story that it belongs to.');
}
