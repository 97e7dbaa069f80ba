import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import { WireFault } from './violation.ts';
import { WireReader } from './wire-reader.ts';

const { entriesPerMessageMax: ENTRIES_MAX, entriesBytesMax: ENTRIES_BYTES_MAX } = REQUEST_BOUNDS;
const BYTES_FIELD = 2;

/** Where a stream's request message keeps what: field numbers, and the rule that one excludes the other. */
export interface EntriesShape {
  /** The repeated field of entries. */
  readonly entries: number;
  /** The field of a message that is one request by itself. */
  readonly single: number;
  readonly exclusiveRule: string;
}

export const DECIDE_ENTRIES: EntriesShape = {
  entries: 5,
  single: 4,
  exclusiveRule: 'decide_stream.request_or_entries',
};
export const EVENT_ENTRIES: EntriesShape = {
  entries: 3,
  single: 2,
  exclusiveRule: 'stream_events.event_or_entries',
};

const reader = new WireReader();

/**
 * The entries of a stream's message, as views of `bytes`; undefined where it holds none: then it is one request by itself,
 * or malformed, which its parser tells. A WireFault names the bound that the message breaks: 100 entries, 1 MiB, or a
 * request beside its entries.
 */
export function readEntries(bytes: Buffer, shape: EntriesShape): readonly Buffer[] | WireFault | undefined {
  const wanted = (shape.entries << 3) | BYTES_FIELD;
  reader.open(bytes);
  let entries: Buffer[] | undefined;
  let count = 0;
  let single = false;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag !== wanted) {
      single ||= tag >>> 3 === shape.single;
      reader.skip(tag);
      continue;
    }
    const outer = reader.enter();
    entries ??= [];
    if (count++ < ENTRIES_MAX) entries.push(bytes.subarray(reader.at, reader.end));
    reader.toEnd();
    reader.leave(outer);
  }
  if (reader.malformed || entries === undefined) return undefined;
  if (single) reader.fault('', shape.exclusiveRule, '');
  if (count > ENTRIES_MAX) {
    reader.fault('entries', 'repeated.max_items', count, `must hold at most ${ENTRIES_MAX}`);
  }
  if (bytes.length > ENTRIES_BYTES_MAX) {
    reader.fault('entries', 'entries.max_bytes', bytes.length, 'must take at most 1 MiB in all');
  }
  return reader.mark() > 0 ? new WireFault(false, reader.takeFrom(0)) : entries;
}

const ROOM_BYTES = 4_096;

/** Gathers the replies of one turn to requests that came in entries, as the bytes of one message that holds them all. */
export class ReplyEntries {
  readonly #tag: number;
  #bytes = Buffer.allocUnsafe(ROOM_BYTES);
  #length = 0;
  #count = 0;

  /** `field`: of the reply's repeated entries, below 16. */
  constructor(field: number) {
    this.#tag = (field << 3) | BYTES_FIELD;
  }

  /** Replies gathered and not taken. */
  get count(): number {
    return this.#count;
  }

  /** True once the message holds as much as one may: take it before more is added. */
  get full(): boolean {
    return this.#count >= ENTRIES_MAX || this.#length >= ENTRIES_BYTES_MAX / 2;
  }

  /** Adds a copy of a reply's bytes. */
  add(reply: Uint8Array): void {
    this.#reserve(reply.length + 6);
    this.#bytes[this.#length++] = this.#tag;
    let length = reply.length;
    for (; length > 0x7f; length >>>= 7) this.#bytes[this.#length++] = (length & 0x7f) | 0x80;
    this.#bytes[this.#length++] = length;
    this.#bytes.set(reply, this.#length);
    this.#length += reply.length;
    this.#count++;
  }

  /** The message; a view that holds until more is added. */
  take(): Buffer {
    const message = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#count = 0;
    return message;
  }

  #reserve(room: number): void {
    const wanted = this.#length + room;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
