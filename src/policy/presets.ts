/** What a policy means where it does not say: each number with its source, since it enters what a decision is worth. */
import type { ChannelName } from '../core/channel.ts';

/**
 * Words for a lift, as added purchases per reader. A message's effect is published per message *sent*; a reader's is that over the share
 * who open, 18.62 % of 708 million marketing messages (REES46, shared by an analysis of their totals).
 *
 * - `small`, a message like any other: of the same 708 million 0.03 % were followed by a purchase, 0.0016 per reader, if each of them
 *   is taken for added.
 * - `large`, what fits the customer at this moment: Hillstrom's randomised e-mails (MineThatData challenge, 2008, 64,000 customers, two
 *   weeks) added 0.681 and 0.311 purchases per hundred sent, 0.037 and 0.017 per reader; the word stands for the lesser.
 * - `medium`, the geometric mean of the two: nobody published it.
 */
export const LIFTS = { small: 0.002, medium: 0.006, large: 0.02 } as const;
export type LiftWord = keyof typeof LIFTS;
export const LIFT_WORDS = Object.keys(LIFTS) as [LiftWord, ...LiftWord[]];

/** The least deviation of a lift: with 0 nothing would ever be tried against it. */
export const LIFT_SD_MIN = 0.0001;
/** Share of a lift's mean that its deviation is where none is said: one in forty such messages does harm. */
const LIFT_SD_SHARE = 0.5;

export interface LiftEntry {
  readonly mean: number;
  readonly sd?: number | undefined;
}

/** Mean and deviation of a lift as a policy says it. */
export function liftOf(entry: LiftWord | LiftEntry): { readonly mean: number; readonly sd: number } {
  const { mean, sd } = typeof entry === 'string' ? { mean: LIFTS[entry], sd: undefined } : entry;
  return { mean, sd: sd ?? Math.max(LIFT_SD_MIN, Math.abs(mean) * LIFT_SD_SHARE) };
}

/** What an action means where neither it nor the policy's `defaults` say. Money is in the policy's currency, whichever it is. */
export const DEFAULTS = { marginRate: 0.4, orderValue: 50, valid: '24h', lift: 'medium' } as const;

/** Share of the residual lifetime value that an unsubscribe loses, by channel, as in the starter policy: judgements, not measurements. */
export const UNSUBSCRIBE_LOSS: Readonly<Record<ChannelName, number>> = {
  web: 0,
  app: 0,
  onsite: 0.02,
  email: 0.25,
  sms: 0.15,
  push: 0.2,
  whatsapp: 0.2,
  ads: 0.02,
  store: 0,
  story: 0,
  web_push: 0.15,
};
