import type { CustomerId } from '../../base/brand.ts';
import type { Choice, ChoiceRef } from '../fact/fact.ts';

/** That a customer is in an audience of an ad platform, or was. */
export interface Membership {
  /** Whom the channel system knows as the member. */
  readonly member: CustomerId;
  /** As the policy names it. */
  readonly audience: string;
  readonly version: number;
  /** The decision by which they entered last. */
  readonly ref: ChoiceRef;
  /** What their ad says, as it was decided, and until when; undefined: they are in it no longer. */
  readonly choice: Choice | undefined;
}

export const NO_AUDIENCES: readonly Membership[] = [];
