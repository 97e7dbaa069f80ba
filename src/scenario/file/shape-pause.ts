import { z } from 'zod';
import { nameShape, scenarioChannelShape, textShape } from './shape-words.ts';

// What somebody who runs the service pauses and resumes, and whom they have forgotten.

const target = {
  action: textShape.optional(),
  channel: scenarioChannelShape.optional(),
  outbound: z.literal(true).optional().describe('Everything that is pushed to customers.'),
  by: textShape.optional().describe('Who does it; operator.'),
};
const oneTarget = (step: { action?: unknown; channel?: unknown; outbound?: unknown }): boolean =>
  [step.action, step.channel, step.outbound].filter((named) => named !== undefined).length === 1;
const WANTED = { error: 'must name one of action, channel and outbound' };

export const pauseShape = z
  .strictObject({
    ...target,
    why: textShape.optional().describe('Why; because the scenario says so.'),
    pending: z
      .enum(['wait', 'withdraw'])
      .optional()
      .describe('What becomes of dispatches that no channel system has accepted; wait.'),
  })
  .refine(oneTarget, WANTED)
  .describe('An action, a channel or everything outbound is paused by a call.');
export type PauseStep = z.infer<typeof pauseShape>;

export const resumeShape = z.strictObject(target).refine(oneTarget, WANTED).describe('A pause ends.');
export type ResumeStep = z.infer<typeof resumeShape>;

export const eraseShape = z
  .strictObject({ customer: nameShape.optional() })
  .describe('A customer is forgotten by a call, under each of their keys.');
export type EraseStep = z.infer<typeof eraseShape>;
