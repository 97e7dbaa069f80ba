import { z } from 'zod';
import { FEEDBACK_KINDS } from '../../core/fact/fact.ts';
import { durationShape, nameShape, oneOrMore, scenarioChannelShape, textShape } from './shape-words.ts';

// Channel systems of a scenario: how they answer, and what they report.

const answersShape = z
  .enum(['accept', 'reject', 'fail', 'silence'])
  .describe(
    'What it says to a delivery; accept. reject: for good. fail: not now, worth another attempt. silence: nothing, until an answer step.',
  );

export const connectShape = z.strictObject({
  channel: oneOrMore(scenarioChannelShape),
  credits: z.number().int().min(1).max(1_000).optional().describe('Deliveries that may be unanswered; 100.'),
  answers: answersShape.optional(),
  retry_after: durationShape
    .optional()
    .describe('With answers: fail, after how long it asks to be tried again.'),
  first: z
    .strictObject({
      reject: z
        .number()
        .int()
        .min(1)
        .max(20)
        .describe('So many deliveries are refused before the rest is answered.'),
      retryable: z.boolean().optional().describe('Worth another attempt; true.'),
      retry_after: durationShape.optional(),
    })
    .optional(),
  withdrawals: z.enum(['stopped', 'too_late']).optional().describe('What it says to a withdrawal; stopped.'),
});
export type ConnectStep = z.infer<typeof connectShape>;

export const channelStepShape = z
  .strictObject({
    channel: oneOrMore(scenarioChannelShape),
    answers: answersShape,
    retry_after: durationShape
      .optional()
      .describe('With answers: fail, after how long it asks to be tried again.'),
  })
  .describe(
    'Connected channel systems answer otherwise from now on: one that fails for hours, and works again.',
  );

export const feedbackShape = z.strictObject({
  kind: z.enum(FEEDBACK_KINDS),
  dispatch: z
    .strictObject({
      customer: nameShape.optional(),
      channel: scenarioChannelShape.optional(),
      action: textShape.optional(),
    })
    .optional()
    .describe('About the newest dispatch that fits.'),
  decision: nameShape.optional().describe('Or about the treatment of a decision, as its step named it.'),
  choice: z.number().int().min(0).max(7).optional().describe('Which of its choices; the first, 0.'),
  customer: nameShape
    .optional()
    .describe('Or about this customer, named by their identifiers alone; then `channel` says who reports.'),
  channel: scenarioChannelShape.optional().describe("Who reports; without it the dispatch's channel."),
  machine: z.boolean().optional(),
  scope: z.enum(['marketing', 'service']).optional(),
  id: textShape.optional(),
  ago: durationShape.optional(),
  expect: z.enum(['accepted', 'duplicate', 'rejected', 'retry']).optional(),
});
export type ScenarioFeedbackStep = z.infer<typeof feedbackShape>;
