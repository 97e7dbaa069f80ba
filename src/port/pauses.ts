/** What operators have paused of a deployment: said by audited calls, durable, and in force at every shard's next turn. */
import type { PauseChange, Pauses, PauseTarget, PendingFate } from '../core/pause/pause.ts';

/** Who says so and why, in their own words. */
export interface PauseWords {
  readonly by: string;
  readonly why: string;
}

export type PauseOutcome =
  /** It is durable and in force. */
  | { readonly kind: 'changed'; readonly change: PauseChange }
  /** It stood so already, by the same words: nothing is written. */
  | { readonly kind: 'unchanged' }
  /** So many things are paused already. */
  | { readonly kind: 'full'; readonly max: number };

/** All methods that answer a promise throw PortError when the store of editions fails. */
export interface PauseSwitch {
  readonly current: Pauses;
  /** Pauses the target; what was paused before is paused anew by these words. */
  pause(target: PauseTarget, said: PauseWords & { readonly pending: PendingFate }): Promise<PauseOutcome>;
  /** Resumes the target; 'unchanged' when it is not paused. */
  resume(target: PauseTarget, said: PauseWords): Promise<PauseOutcome>;
  /** The calls that changed something, newest first, at most `limit`. */
  history(limit: number): Promise<readonly PauseChange[]>;
}
