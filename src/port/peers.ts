/** What the actors of two shards say to each other, on this node or another. A message may be lost, and is then sent again: each is answered as often as it comes. */
import type { CustomerId, IdentifierKey } from '../base/brand.ts';
import type { DecisionPlace } from '../core/decide/decision-id.ts';
import type { IdentifierInput } from '../core/event/event-input.ts';
import type { ChoiceRef } from '../core/fact/fact.ts';
import type { SeqPlace } from '../core/identity/home-seq.ts';
import type { Sighting } from '../core/identity/sighting.ts';
import type { LoanAsk } from '../core/ledger/loan-book.ts';

/** A customer asks the actor of a key for it. */
export interface Claim {
  /** The customer's own key. */
  readonly by: IdentifierKey;
  /** Sequence of the record in which they claimed it: names the claim. */
  readonly claim: number;
  readonly identifiers: readonly IdentifierInput[];
  /** Not '': a key of this kind, which unites nobody, is all that ties the two: the key is had only while it is nobody's. */
  readonly explicit: string;
  /** People who became one with the claimant within the last day. */
  readonly unions: number;
  /** Somebody at a desk says that it is theirs. */
  readonly isDeclared: boolean;
  /** The key is a device's: when it was seen with the customer. */
  readonly device?: DeviceSeen;
}

/** Whose the key of a device is, as its actor says. */
export interface DevicePlace {
  readonly to: CustomerId;
  /** By which claim. */
  readonly claim: number;
}

export interface DeviceSeen extends Sighting {
  /** Whose it was has let go of it: it moves, if it still leads there by that claim. Undefined: nobody was asked yet. */
  readonly from: DevicePlace | undefined;
}

/** A customer was seen with a device of another one. */
export interface Yield {
  readonly key: IdentifierKey;
  readonly seen: Sighting;
  /** The customer's own key. */
  readonly by: IdentifierKey;
}

export type YieldAnswer =
  /** The customer does not hold the key, or not any more. */
  | { readonly kind: 'yielded' }
  /** It was seen with them later. */
  | { readonly kind: 'seen-later' }
  /** An Unlink gave it to the customer of this key. */
  | { readonly kind: 'elsewhere'; readonly key: IdentifierKey }
  /** The customer of the key is quarantined: nobody knows whether it reaches them. */
  | { readonly kind: 'unreadable' }
  /** The customer asks for it themselves: ask again in a moment. */
  | { readonly kind: 'busy' };

/** A customer who was parted from another one comes back. */
export interface Return {
  /** Of whom they were parted. */
  readonly from: CustomerId;
  /** The claim by which they had moved (`Moved.claim`). */
  readonly claim: number;
  /** What they are now (codec/stored/estate-codec.ts). */
  readonly estate: Uint8Array;
  /** When the link was undone. */
  readonly at: number;
}

export type ClaimAnswer =
  /** The key leads to the claimant from now on. `estate`: what its actor was (codec/stored/estate-codec.ts); empty: nobody. */
  | { readonly kind: 'released'; readonly estate: Uint8Array; readonly shard: number }
  /** It leads to this customer already, who has to be claimed first. */
  | { readonly kind: 'elsewhere'; readonly key: IdentifierKey }
  /** The key of a device is this customer's, who has to let go of it first. */
  | { readonly kind: 'owned'; readonly place: DevicePlace }
  /** The key of a device was seen with somebody else since. */
  | { readonly kind: 'seen-later' }
  /** An Unlink has parted them: only a Link unites them again. */
  | { readonly kind: 'apart' }
  /** They are two people: both have `identifierKind`, of which a person has no more. */
  | { readonly kind: 'conflict'; readonly identifierKind: string }
  /** One person would have more keys than one may have. */
  | { readonly kind: 'crowded' }
  /** As many people became one within a day as may. */
  | { readonly kind: 'busy-day' }
  /** The customer of the key is quarantined: nobody knows what it stands for. */
  | { readonly kind: 'unreadable' }
  /** The actor has claims of its own under way: ask again in a moment. */
  | { readonly kind: 'busy' };

/** A browser asks the customer of a message for its token. */
export interface Spend {
  /** The message, as the customer's shard calls it. */
  readonly ref: ChoiceRef;
  /** Tells browsers apart (48-bit hash). */
  readonly browser: number;
}

export type SpendAnswer =
  /** The browser stands for the customer to whom the message went. */
  | { readonly kind: 'linked' }
  /** Another browser was identified by it. */
  | { readonly kind: 'spent' }
  /** More tokens of the customer were spent than are remembered. */
  | { readonly kind: 'many' }
  /** Nothing is known of the customer. */
  | { readonly kind: 'nobody' };

/** Whether the customer of a key has decided a request before, by whose other key it came again. */
export interface Recall {
  /** Of its id, and of its body (48-bit hashes). */
  readonly requestHash: number;
  readonly bodyHash: number;
  readonly olderBodyHash?: number | undefined;
}

export type RecallAnswer =
  /** They have: where the decision stands, as their shard calls it. */
  | { readonly kind: 'recalled'; readonly shard: number; readonly seq: number; readonly index: number }
  /** They have not, as far as is remembered. */
  | { readonly kind: 'new' };

/** A person is forgotten, and this actor with them. */
export interface Forget {
  /** The actor is the person's own; else it is forgotten only where it leads to one of `ids`. */
  readonly isOwn: boolean;
  /** Customer ids of all the actors that are forgotten together. */
  readonly ids: ReadonlySet<string>;
  /** Those of `ids` whose keys were named: a customer to whom none of them leads is somebody else. */
  readonly named: ReadonlySet<string>;
  /** Also where nothing of the customer can be read. */
  readonly isUnread?: boolean;
}

export type ForgetAnswer =
  /** Nothing is left of it, in memory or among the snapshots. The record that it was last told in; `channels` that know the customer, bit `1 << channel`. */
  | {
      readonly kind: 'forgotten';
      readonly shard: number;
      readonly generation: number;
      readonly seq: number;
      readonly channels: number;
      /** Nothing was known of it: it was never there, or it was asked before and the answer was lost. */
      readonly isNobody?: boolean;
    }
  /** These keys lead to the person too. */
  | { readonly kind: 'more'; readonly keys: readonly IdentifierKey[] }
  /** Somebody else's. */
  | { readonly kind: 'foreign' }
  /** It leads to the customer of this key, who is not among `ids`. */
  | { readonly kind: 'moved'; readonly to: IdentifierKey }
  /** The customer is quarantined: what is known of them cannot be read, their other keys among it. Asked with `isUnread` they are forgotten all the same. */
  | { readonly kind: 'unread' }
  /** Keys are on their way to the person: ask again in a moment. */
  | { readonly kind: 'busy' };

export interface LoanAnswer {
  readonly kind: 'lent';
  /** All that was lent of the budget's day to the shard that asks, millionths of the currency. */
  readonly total: number;
}

export interface Peers {
  /** Asks a shard for a part of its budget, until a time. `done` is called once; with undefined when it is not known what became of it: then it is heard of when it is asked again. */
  lend(shard: number, ask: LoanAsk, until: number, done: (total: number | undefined) => void): void;
  /** `done` is called once; with undefined when it is not known what became of it. */
  spend(customer: string, spend: Spend, done: (answer: SpendAnswer | undefined) => void): void;
  /** `done` is called once; with undefined when the customer does not answer. */
  recall(key: IdentifierKey, asked: Recall, done: (answer: RecallAnswer | undefined) => void): void;
  /** `done` is called once; with undefined when it is not known what became of the claim. */
  claim(key: IdentifierKey, claim: Claim, done: (answer: ClaimAnswer | undefined) => void): void;
  /** `done` is called once; with undefined when it is not known whether the customer has let go of it. */
  yieldDevice(customer: CustomerId, asked: Yield, done: (answer: YieldAnswer | undefined) => void): void;
  /** The actor of `key` is a customer of its own again; `done` is called once, with false when it is not known whether they heard it. */
  restore(key: IdentifierKey, given: Return, done: (isHeard: boolean) => void): void;
  /** `done` is called once, when it is durable; with undefined when it is not known what became of it: then it is asked again. */
  forget(id: string, forget: Forget, done: (answer: ForgetAnswer | undefined) => void): void;
  /**
   * The actor of `key` leads to `leadsTo` from now on, if it leads elsewhere at all; that of a device's key only if it led to `from`. `done` is called once, when
   * that is durable; with false when it is not known whether the actor heard it.
   */
  redirect(
    key: IdentifierKey,
    leadsTo: IdentifierKey,
    from: CustomerId,
    done?: (isHeard: boolean) => void,
  ): void;
  /** The full name of a decision in whatever shard. */
  decisionRef(place: SeqPlace, index: number): DecisionPlace;
}
