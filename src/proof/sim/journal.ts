/**
 * What a simulation saw from outside: answers, pushes, reads, and what landed in the stores. Written by the world, read
 * by the checkers; nothing in here drives anything.
 */
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import type { Content, Fact, RecordHeader } from '../../core/fact/fact.ts';
import type { GoodsNow } from './shop-goods.ts';

/** A record as it landed. `counts`: no newer fence stood before it. */
export interface Landed {
  readonly shard: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly header: RecordHeader;
  readonly facts: readonly Fact[];
  readonly counts: boolean;
  /** Scheduler step at which it landed. */
  readonly step: number;
}

/** An answer that promises something. */
export type Ack =
  | {
      readonly kind: 'event';
      readonly customer: string;
      readonly source: string;
      readonly id: string;
      readonly orderId: string;
      readonly repeated: boolean;
      readonly step: number;
    }
  | {
      readonly kind: 'decide';
      readonly customer: string;
      /** By which keys. */
      readonly asked: readonly IdentifierInput[];
      readonly requestId: string;
      readonly shard: number;
      readonly sequence: number;
      readonly index: number;
      /** The decision as it was answered, encoded. */
      readonly bytes: Uint8Array;
      readonly repeated: boolean;
      readonly step: number;
    }
  | {
      readonly kind: 'feedback';
      readonly customer: string;
      /** Carried in the fact's `link`. */
      readonly link: string;
      readonly step: number;
    };

export interface Read {
  readonly customer: string;
  readonly node: string;
  /** Steps at which it was asked, and answered. */
  readonly step: number;
  readonly until: number;
  /** Sequence and bytes of the profile; 0 when nobody was known. */
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** A delivery as a node handed it over. */
export interface JournalPush {
  readonly node: string;
  readonly dispatchId: string;
  readonly customer: string;
  readonly channel: number;
  readonly attempt: number;
  readonly at: number;
  /** Keys of devices that it names. */
  readonly devices: readonly string[];
  /** What it says, and of which product; '' none. */
  readonly content: Content | undefined;
  readonly product: string;
  readonly isPromotion: boolean;
  /** When its offer ends, ms; Infinity: it has none. */
  readonly offerUntil: number;
  /** What was true of the product then. */
  readonly goods: GoodsNow | undefined;
  /** What landed in earlier steps was in the log by then. */
  readonly step: number;
}

/** That a member is in an audience, or is not, as a node told the ad platform. */
export interface ToldLevel {
  readonly node: string;
  readonly dispatchId: string;
  readonly member: string;
  readonly version: number;
  readonly isMember: boolean;
  readonly step: number;
}

/** Somebody was forgotten, and the receipt given. */
export interface ForgottenAck {
  /** The actor of the key by which it was asked. */
  readonly customer: string;
  readonly receipt: string;
  /** Steps at which it was asked first, and answered. */
  readonly from: number;
  readonly step: number;
}

/** A walk through everybody in an audience. */
export interface AudienceWalked {
  readonly from: number;
  readonly step: number;
  readonly members: readonly string[];
}

/** A browser landed with a token. */
export interface LandedByLink {
  readonly browser: string;
  readonly dispatchId: string;
  /** Whether it may identify the browser at all: it is as it was given out, in its time, and a person landed. */
  readonly isGood: boolean;
}

/** A request that was sent to a node: an event, a decide or a read. */
export interface Attempt {
  readonly what: string;
  readonly node: string;
  /** When it came there, ms of the world. */
  readonly at: number;
  /** When it was answered; Infinity: never. */
  endedAt: number;
}

/** A process stood still. */
export interface Standstill {
  readonly node: string;
  readonly from: number;
  readonly to: number;
}

export interface Saved {
  readonly shard: number;
  readonly id: string;
  readonly seq: number;
  readonly revision: number;
  readonly bytes: Uint8Array;
}

export class Journal {
  readonly landed: Landed[][];
  readonly acks: Ack[] = [];
  readonly reads: Read[] = [];
  readonly pushes: JournalPush[] = [];
  readonly saved: Saved[] = [];
  readonly levels: ToldLevel[] = [];
  readonly forgotten: ForgottenAck[] = [];
  readonly walks: AudienceWalked[] = [];
  readonly landings: LandedByLink[] = [];
  readonly attempts: Attempt[] = [];
  readonly pauses: Standstill[] = [];
  /** When processes ended, by the names of their nodes. */
  readonly deaths = new Map<string, number>();
  /** Ids of requests that were never answered, though the world had healed. */
  readonly unanswered: string[] = [];
  /** Why the world was ended before it came to rest; '': it did. */
  restless = '';
  /** Dispatches that really reached somebody: accepted or kept by the channel, and neither bounced nor withdrawn. */
  readonly reached = new Set<string>();
  /** What nodes reported. */
  readonly faults: string[] = [];
  readonly #epochs: number[];
  readonly #traceMax: number;
  readonly trace: string[] = [];

  constructor(shards: number, traceMax: number) {
    this.landed = Array.from({ length: shards }, () => []);
    this.#epochs = new Array<number>(shards).fill(0);
    this.#traceMax = traceMax;
  }

  land(shard: number, sequence: number, bytes: Uint8Array, step: number): void {
    const { header, facts } = decodeRecord(bytes);
    const counts = header.epoch >= (this.#epochs[shard] ?? 0);
    if (counts) this.#epochs[shard] = header.epoch;
    this.landed[shard]?.push({ shard, sequence, bytes, header, facts, counts, step });
  }

  note(now: number, line: string): void {
    if (this.trace.length >= this.#traceMax) this.trace.splice(0, Math.ceil(this.#traceMax / 2));
    this.trace.push(`${new Date(now).toISOString().slice(5, 23)} ${line}`);
  }
}
