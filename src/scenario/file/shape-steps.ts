import { z } from 'zod';
import { channelStepShape, connectShape, feedbackShape } from './shape-channel.ts';
import { eventShape, productShape } from './shape-event.ts';
import { decisionShape, expectationsShape } from './shape-expect.ts';
import { linkShape, unlinkShape } from './shape-link.ts';
import { eraseShape, pauseShape, resumeShape } from './shape-pause.ts';
import {
  allTextsShape,
  clockShape,
  countShape,
  durationShape,
  identifiersShape,
  idShape,
  instantShape,
  nameShape,
  oneOrMore,
  scenarioChannelShape,
  textShape,
  zoneShape,
} from './shape-words.ts';

const decide = z.strictObject({
  as: nameShape.optional().describe('A name for this decision, for explain and feedback.'),
  customer: nameShape.optional(),
  identifiers: identifiersShape
    .optional()
    .describe('The keys that it carries; without them all of the customer.'),
  placements: oneOrMore(textShape)
    .optional()
    .describe('Places to fill; without them it is an outbound decision.'),
  channel: scenarioChannelShape
    .optional()
    .describe('Where the customer is now; without it the channel of their last session.'),
  time_zone: zoneShape.optional().describe("Without it the customer's; null: none."),
  locale: textShape.optional(),
  device: textShape.optional(),
  page: textShape.optional(),
  events: oneOrMore(eventShape).optional().describe('Folded first, in the same turn.'),
  request_id: textShape.optional().describe('Without it a fresh one. The same id again is a retry.'),
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
  expect: decisionShape.optional(),
});
export type ScenarioDecideStep = z.infer<typeof decide>;

const policyChanges = z
  .record(z.string(), z.record(z.string(), z.unknown()))
  .describe('File → keys to set in it; mappings are merged, null removes, everything else replaces.');

const applyPolicy = z.strictObject({
  directory: textShape
    .optional()
    .describe("A policy's directory, from the repository's root; without it the one in force."),
  changes: policyChanges.optional(),
  replace: z.record(z.string(), z.string()).optional().describe('File → its whole text, faults and all.'),
  expect: z
    .strictObject({
      applied: z.boolean().optional(),
      fault: oneOrMore(
        z.strictObject({
          file: textShape.optional(),
          line: countShape.optional(),
          contains: allTextsShape.optional(),
        }),
      ).optional(),
    })
    .optional(),
});
export type ApplyPolicyStep = z.infer<typeof applyPolicy>;

const restart = z.strictObject({
  how: z.enum(['clean', 'kill']).describe('kill: kill -9, nothing is flushed.'),
  down: durationShape.optional().describe('How long it is away.'),
});

const race = z.strictObject({
  rounds: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .describe('Customers, each with one purchase and one decision in flight together.'),
  at_once: z.number().int().min(1).max(1_000).optional().describe('Rounds under way at a time; 64.'),
  product: textShape.describe('The product that is bought; it is viewed and put into the cart before.'),
  placement: textShape.optional().describe('Where the decision is asked; without it an outbound one.'),
  kill_after: oneOrMore(z.number().int().min(1))
    .optional()
    .describe('kill -9 when so many rounds were begun.'),
});
export type RaceStep = z.infer<typeof race>;

const load = z.strictObject({
  events: z.number().int().min(1).max(100_000),
  customers: z.number().int().min(1).max(10_000).optional().describe('Among so many customers; 50.'),
  product: textShape.optional(),
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
  customer: nameShape.optional(),
  placement: textShape,
  meanwhile: z
    .strictObject({ event: eventShape, customer: nameShape.optional() })
    .optional()
    .describe('What another customer sends meanwhile; it must be accepted.'),
  expect: z
    .strictObject({
      refused_at_least: countShape.optional(),
      refused_with: textShape
        .optional()
        .describe('The status of what is refused, such as RESOURCE_EXHAUSTED.'),
      retry_delay: z.boolean().optional().describe('Each refusal says how long to wait.'),
    })
    .optional(),
});
export type FloodStep = z.infer<typeof flood>;

const catalog = z.strictObject({
  products: z.record(z.string(), productShape),
  expect: z
    .strictObject({
      refused: z
        .record(
          z.string(),
          z.strictObject({ field: textShape.optional(), contains: allTextsShape.optional() }),
        )
        .optional()
        .describe('Product → what its refusal says; all others must be accepted.'),
    })
    .optional(),
});
export type CatalogStep = z.infer<typeof catalog>;

const stepFields = {
  publish: oneOrMore(eventShape).optional().describe('Events in one call.'),
  decide: decide.optional(),
  connect: oneOrMore(connectShape).optional().describe('Channel systems connect.'),
  disconnect: oneOrMore(scenarioChannelShape).optional(),
  answer: z
    .strictObject({
      channel: scenarioChannelShape,
      with: z.enum(['accept', 'reject']),
      retryable: z.boolean().optional(),
    })
    .optional()
    .describe('A silent channel system answers everything that it holds.'),
  channel: channelStepShape.optional(),
  feedback: oneOrMore(feedbackShape).optional(),
  advance: clockShape.optional().describe('The clock advances: so long, or to a time.'),
  nothing_until: clockShape
    .optional()
    .describe('The clock advances, and nothing is handed to any channel system meanwhile.'),
  mark: nameShape.optional().describe('Names this moment for times such as "left+90s".'),
  restart: restart.optional(),
  catalog: catalog.optional(),
  policy: applyPolicy.optional().describe('Applies a policy.'),
  pause: pauseShape.optional(),
  resume: resumeShape.optional(),
  erase: eraseShape.optional(),
  link: linkShape.optional(),
  unlink: unlinkShape.optional(),
  scorer: z.enum(['works', 'fails', 'late']).optional().describe('How the model behaves from now on.'),
  race: race.optional(),
  load: load.optional(),
  flood: flood.optional(),
  expect: expectationsShape.optional(),
};

const oneKey = { minProperties: 1, maxProperties: 1 };
/** A step within a repetition: everything but another repetition. */
const plainStep = z.strictObject(stepFields).meta(oneKey);

/** One step: exactly one of these keys. */
export const stepShape = z
  .strictObject({
    ...stepFields,
    repeat: z
      .strictObject({ times: z.number().int().min(1).max(1_000), steps: z.array(plainStep).min(1).max(50) })
      .optional()
      .describe('The same steps, so many times.'),
    for_each: z
      .strictObject({
        customers: oneOrMore(nameShape)
          .optional()
          .describe('Customers by name, or a name that stands for several; without it all.'),
        steps: z.array(plainStep).min(1).max(50),
      })
      .optional()
      .describe('The same steps for each customer: who is not named in them is the one whose turn it is.'),
  })
  .meta(oneKey);
export type ScenarioStep = z.infer<typeof stepShape>;

const customer = z.strictObject({
  identifiers: identifiersShape,
  times: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('So many customers, called name_1, name_2 and so on; {n} in an identifier is the number.'),
  held_out: z
    .boolean()
    .optional()
    .describe(
      "In the policy's holdout or not: the value of the strongest identifier gets an ending with which it is so.",
    ),
  time_zone: textShape.optional(),
  locale: textShape.optional(),
  consents: z
    .array(scenarioChannelShape)
    .optional()
    .describe('Channels on which the customer agreed to marketing before the first step.'),
});
export type ScenarioCustomer = z.infer<typeof customer>;

export const scenarioShape = z.strictObject({
  id: idShape.describe("The file's name without .yaml."),
  title: textShape.describe('One sentence: what is shown.'),
  story: textShape.describe('The story that it belongs to, in words or as a number such as S5.'),
  start: instantShape.describe('Where the clock stands at the first step.'),
  seed: z.number().int().min(0).max(4_294_967_295).optional().describe('Of the draws; 1.'),
  seeds: z
    .number()
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('Runs the scenario so many times, each on a fresh service with another seed.'),
  policy: textShape
    .optional()
    .describe("A policy's directory, from the repository's root; policies/starter."),
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
    .record(z.string(), productShape)
    .optional()
    .describe('Products that are known before the first step.'),
  customers: z.record(nameShape, customer),
  unknown: z
    .array(textShape)
    .max(100)
    .optional()
    .describe(
      'Names that nobody knows on purpose: events, products, placements, actions, zones. All others are typos.',
    ),
  steps: z.array(stepShape).min(1).max(1_000),
});
export type ScenarioFile = z.infer<typeof scenarioShape>;
