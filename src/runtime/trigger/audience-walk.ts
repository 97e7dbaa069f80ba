/**
 * One shard's way through the customers who are in an audience, after a pause that withdraws or a policy whose ads are others: each is
 * looked at once, so that a membership ends without an event of theirs. Owned by the shard's memory: a recovery goes on where the
 * checkpoint stood.
 *
 * I1  `after` passes a page only when the turns of all on it are over: what was under way at a kill is looked at again, which changes nothing.
 * I2  Audiences of the policies before are gone through too, until their way is done: a policy that drops an audience names it no more.
 */
import { type AudienceWalkState, NOT_WALKED } from '../../core/ledger/shard-state.ts';

/** The next page: who is in `audience` behind `after`. */
export interface WalkedPage {
  readonly audience: string;
  readonly after: string;
}

export class AudienceWalk {
  #state: AudienceWalkState;
  /** As it was given out last. */
  #page: WalkedPage | undefined;

  constructor(state: AudienceWalkState = NOT_WALKED) {
    this.#state = state;
  }

  /** For the checkpoint. */
  get state(): AudienceWalkState {
    return this.#state;
  }

  get isDone(): boolean {
    return this.#state.left.length === 0;
  }

  /** The first page that is left; undefined: the way is done. */
  get next(): WalkedPage | undefined {
    const { left, after } = this.#state;
    const [audience] = left;
    if (this.#page === undefined && audience !== undefined) this.#page = { audience, after };
    return this.#page;
  }

  /** Begins again when something else decides who may stay. `audiences`: those of the policy. */
  follow(wanted: string, audiences: readonly string[]): void {
    if (this.#state.wanted === wanted) return;
    const { known, left } = this.#state;
    this.#page = undefined;
    // I2
    this.#state = {
      wanted,
      known: audiences,
      left: [...new Set([...audiences, ...known, ...left])],
      after: '',
    };
  }

  /** A page was looked at; `after` undefined: it was the audience's last. Says nothing when the way began again meanwhile. */
  passed(page: WalkedPage, after: string | undefined): void {
    if (page !== this.#page) return;
    this.#page = undefined;
    const { left } = this.#state;
    this.#state =
      after === undefined ? { ...this.#state, left: left.slice(1), after: '' } : { ...this.#state, after };
  }
}
