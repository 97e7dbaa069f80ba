/** What a profile holds of links: who became this customer, and who was parted from them. Changed by the fold (absorb/). */
import type { IdentifierKey } from '../../base/brand.ts';
import type { LinkRef, PartedCustomer } from '../fact/fact.ts';

/** One who became this customer, by a link that can still be undone, or was. */
export interface Link extends LinkRef {
  /** Of the one who came. */
  readonly key: IdentifierKey;
  /** Sequence of the record in which they were taken in. */
  readonly inSeq: number;
  readonly at: number;
  /** They are parted again: what happened before is told apart by it when a later link is undone. */
  readonly isUndone: boolean;
}

/** A key that is not claimed again by what an event says, because an Unlink parted its customer from this one. */
export interface KeptApart {
  readonly key: IdentifierKey;
  /** The customer whose key it is. */
  readonly person: IdentifierKey;
}

/** One who was parted from this customer and has not heard it yet. */
export interface Parting extends PartedCustomer {
  readonly at: number;
}

/** What an actor holds whose key leads to another customer. */
export interface Moved {
  readonly to: IdentifierKey;
  /** The claim by which it moved (`Claimed.claim`). */
  readonly claim: number;
  readonly at: number;
  /** Profile and open dispatches as they were when it moved (codec/stored/estate-codec.ts); empty: there were none, or they are dropped. */
  readonly estate: Uint8Array;
}
