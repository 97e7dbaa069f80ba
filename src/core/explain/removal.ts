import type { BlamedCondition } from '../decide/condition-memo.ts';

/** A candidate's removal as the columns hold it. */
export interface Removal {
  readonly code: number;
  readonly value: number;
  readonly limit: number;
  readonly ref: string;
  /** The condition that `ref` names, where it names one. */
  readonly condition?: BlamedCondition;
  /** Index of the action; the policy's share of the words. */
  readonly action: number;
  /** Index of its variant, where the row is of one. */
  readonly variant: number;
  /** What the candidate is about; '' for nothing or a category. */
  readonly product: string;
}
