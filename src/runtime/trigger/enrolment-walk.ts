/**
 * One shard's way through its stored customers after a policy has brought or changed considerations: each is looked at once, so that
 * customers who send no event have theirs too. Owned by the shard's memory: a recovery goes on where the checkpoint stood.
 *
 * I1  `after` passes a customer only when their turn is over: what was under way at a kill is looked at again, which changes nothing.
 * I2  Who is in memory comes first, since they may not be stored yet.
 */
import { LIMITS } from '../../config/limits.ts';
import { type EnrolmentState, NOT_ENROLLED } from '../../core/ledger/shard-state.ts';
import type { SnapshotStore } from '../../port/snapshot-store.ts';

/** Customers who are looked at together. */
interface Page {
  /** Those who are still to be asked for. */
  readonly ids: string[];
  /** Where the walk stands when all are done. */
  readonly after: string;
  readonly isLast: boolean;
  /** Asked for and not answered. */
  underWay: number;
}

/** Where the ids come from. */
export interface EnrolmentSource {
  readonly shard: number;
  readonly snapshots: Pick<SnapshotStore, 'ids'>;
  /** Ids of customers in memory. */
  readonly residents: Iterable<string>;
}

export class EnrolmentWalk {
  #state: EnrolmentState;
  #page: Page | undefined;
  #hasResidents = false;
  #isReading = false;

  constructor(state: EnrolmentState = NOT_ENROLLED) {
    this.#state = state;
  }

  /** For the checkpoint. */
  get state(): EnrolmentState {
    return this.#state;
  }

  get isDone(): boolean {
    return this.#state.isDone;
  }

  /** The ids of the next customers must be read before there is another one. */
  get needsPage(): boolean {
    return !this.isDone && this.#page === undefined && !this.#isReading;
  }

  /** Begins again when the policy asks for something else; '': for nothing. */
  follow(wanted: string): void {
    if (this.#state.wanted === wanted) return;
    this.#state = { wanted, after: '', isDone: wanted === '' };
    this.#page = undefined;
    this.#hasResidents = false;
  }

  /** Reads the next ids; the policy may ask for something else meanwhile. Throws PortError. */
  async read({ shard, snapshots, residents }: EnrolmentSource): Promise<void> {
    const state = this.#state;
    const { after } = state;
    if (!this.#hasResidents) {
      this.#hasResidents = true;
      return this.#begin({ ids: [...residents], after, isLast: false, underWay: 0 });
    }
    this.#isReading = true;
    try {
      const ids = await snapshots.ids(shard, after, LIMITS.enrolmentPageMax);
      if (state !== this.#state) return;
      const isLast = ids.length < LIMITS.enrolmentPageMax;
      this.#begin({ ids: [...ids], after: ids.at(-1) ?? after, isLast, underWay: 0 });
    } finally {
      this.#isReading = false;
    }
  }

  /** The next customer to look at, with whom to tell that it was done or refused; undefined: none before the next page. */
  next(): { readonly id: string; readonly looked: (isRefused: boolean) => void } | undefined {
    const page = this.#page;
    const id = page?.ids.pop();
    if (page === undefined || id === undefined) return undefined;
    page.underWay++;
    const looked = (isRefused: boolean): void => {
      page.underWay--;
      if (isRefused) page.ids.push(id);
      if (page === this.#page) this.#leave(page);
    };
    return { id, looked };
  }

  #begin(page: Page): void {
    this.#page = page;
    this.#leave(page);
  }

  #leave(page: Page): void {
    if (page.ids.length > 0 || page.underWay > 0) return;
    this.#page = undefined;
    this.#state = { ...this.#state, after: page.after, isDone: page.isLast };
  }
}
