import type { CustomerId } from '../../base/brand.ts';

/** The key is of a browser that only a link in a message ties to a customer. It keeps its own profile beside, as it was before. */
export interface Provisional {
  /** Whom what is done there counts for. */
  readonly to: CustomerId;
  readonly at: number;
  readonly until: number;
}

/** The token of a message that has identified a browser. */
export interface SpentToken {
  readonly seq: number;
  readonly index: number;
  readonly choice: number;
  /** Tells browsers apart (browserHash). */
  readonly browser: number;
  readonly at: number;
}
