import type { Changed, Committed } from '../port/customers.ts';
import type { TailBounds } from '../port/tail-sample.ts';

/** What is committed on other nodes, for who watches it here. */
export interface RemoteChanges {
  /** `look` is called when changes may have been missed: the customer is to be read again. The returned function ends it. */
  watch(id: string, changed: Changed, look: () => void): () => void;
  /** Decisions of other nodes, with how many were left out before each. The returned function ends it. */
  tail(each: (committed: Committed, skipped: number) => void, bounds: TailBounds): () => void;
}
