import type { Rng } from '../../base/rng.ts';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import { copyOf, type MessageOnItsWay, type Owed, onItsWay } from './message-on-its-way.ts';

/** A way in which what producers send differs from what happened. */
export interface MessKind {
  readonly name: string;
  readonly owed: Owed;
  /** Puts it into a customer's messages where it fits, at most once. */
  readonly into: (mess: Mess) => void;
}

/**
 * One customer's messages on their way, while kinds of mess are put into them. Owned by a run, for one customer.
 *
 * I1  Nothing arrives before it happened.
 * I2  What was changed once is changed by no second kind: of two on one message nobody could say which was told. Copies and
 *     delays go with everything.
 */
export class Mess {
  readonly rng: Rng;
  readonly messages: MessageOnItsWay[];
  #kind: MessKind | undefined;

  constructor(events: readonly Event[], rng: Rng) {
    this.messages = events.map(onItsWay);
    this.rng = rng;
  }

  /** Puts a kind in; its `into` may mark and add. */
  put(kind: MessKind): void {
    this.#kind = kind;
    kind.into(this);
  }

  /** Any message that fits and is not touched yet. */
  pick(fits: (message: MessageOnItsWay) => boolean): MessageOnItsWay | undefined {
    return this.any((message) => !message.touched && fits(message));
  }

  /** Any message that fits, touched or not. */
  any(fits: (message: MessageOnItsWay) => boolean): MessageOnItsWay | undefined {
    const found = this.messages.filter(fits);
    return found.length === 0 ? undefined : this.one(found);
  }

  /** The untouched message of a name, or of one of several. */
  named(...names: readonly string[]): MessageOnItsWay | undefined {
    return this.pick(({ event }) => names.includes(event.name));
  }

  /** Notes that the kind at hand is in the message, and what it is owed. */
  mark(message: MessageOnItsWay): void {
    const kind = this.#kind as MessKind;
    message.kinds.push(kind.name);
    message.touched = true;
    if (kind.owed !== 'understood') message.owed = kind.owed;
  }

  /** The same for a kind that only delays or repeats. */
  note(message: MessageOnItsWay): void {
    message.kinds.push((this.#kind as MessKind).name);
  }

  /** Another message, a copy of `of` that arrives at `at`; it counts as touched. */
  add(of: MessageOnItsWay, at: number, change: (event: Event) => void = () => {}): MessageOnItsWay {
    const added = copyOf(of, at);
    change(added.event);
    added.touched = true;
    this.messages.push(added);
    return added;
  }

  one<T>(of: readonly T[]): T {
    return of[this.rng.intBelow(of.length)] as T;
  }

  /** A draw between two numbers, whole. */
  between(low: number, high: number): number {
    return low + Math.floor(this.rng.float() * (high - low));
  }
}
