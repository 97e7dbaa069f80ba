/**
 * The catalogue's log as one stream, a message a batch: the number of its first record u48, then the records, each behind its length u32 (little-endian), all
 * under a checksum. Any node appends, by compare-and-set on the stream's last sequence.
 */
import type { CatalogLog } from '../../port/catalog-log.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import type { Follow } from '../../port/follow.ts';
import { PortError } from '../../port/port-error.ts';
import { checked, uncheck } from './checked-record.ts';
import type { NatsDoor, Speaker } from './nats-door.ts';
import { readStream } from './read-stream.ts';
import { openLogStream, type StreamOptions } from './shard-stream.ts';

const NAME = 'catalog';
/** Others append too: so often somebody may come first. */
const TRIES_MAX = 100;
const MESSAGES_AT_ONCE = 100;
const FIRST_BYTES = 6;
const LENGTH_BYTES = 4;

interface Batch {
  /** Of the message in its stream. */
  readonly at: number;
  readonly first: number;
  readonly records: readonly Uint8Array[];
}

export class NatsCatalogLog implements CatalogLog {
  readonly #door: NatsDoor;
  readonly #options: StreamOptions;
  #isOpen = false;
  /** Appends of this process one behind the other: they would only get in each other's way. */
  #last: Promise<unknown> = Promise.resolve();
  /** Where reading went on last: the message that begins behind that record. */
  #hint = { record: 1, at: 1 };

  /** The door stays the caller's. */
  constructor(door: NatsDoor, options: StreamOptions) {
    this.#door = door;
    this.#options = options;
  }

  last(): Promise<number> {
    return this.#ask('its end', async (speaker) => endOf(await this.#newest(speaker)));
  }

  append(records: readonly Uint8Array[]): Promise<number> {
    if (records.length === 0) return this.last();
    const done = this.#last.then(() => this.#append(records));
    this.#last = done.catch(() => {});
    return done;
  }

  read(from: number, limit: number): Promise<LogRecord[]> {
    return this.#ask('its reading', async (speaker) => {
      const newest = await this.#newest(speaker);
      if (newest === undefined || from > endOf(newest)) return [];
      const found: LogRecord[] = [];
      for (
        let at = await this.#messageOf(speaker, from, newest.at);
        at <= newest.at && found.length < limit;
      ) {
        const through = Math.min(newest.at, at + MESSAGES_AT_ONCE - 1);
        const span = { from: at, through, idleMs: this.#door.answerMs };
        for (const { sequence, bytes } of await readStream(speaker.client, this.#stream, span)) {
          const batch = this.#batch(sequence, bytes);
          for (const [n, record] of batch.records.entries())
            if (batch.first + n >= from && found.length < limit)
              found.push({ sequence: batch.first + n, bytes: record });
          if (found.length < limit) this.#hint = { record: endOf(batch) + 1, at: sequence + 1 };
        }
        at = through + 1;
      }
      return found;
    });
  }

  readonly follow: Follow = (changed) => this.#door.hear(this.#subject, changed);

  async close(): Promise<void> {
    await this.#last;
  }

  get #stream(): string {
    return `${this.#options.prefix}-${NAME}`;
  }

  get #subject(): string {
    return `${this.#options.prefix}.${NAME}`;
  }

  #append(records: readonly Uint8Array[]): Promise<number> {
    return this.#ask('the append', async (speaker) => {
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const newest = await this.#newest(speaker);
        const first = endOf(newest) + 1;
        const fault = await new Promise<PortError | undefined>((resolve) => {
          const append = { stream: this.#stream, subject: this.#subject, expectedLast: newest?.at ?? 0 };
          speaker.inbox.append({ ...append, payload: checked(encode(first, records)) }, resolve);
        });
        if (fault === undefined) return first + records.length - 1;
        if (fault.kind !== 'conflict') throw fault;
      }
      throw new PortError('unavailable', `${this.#stream}: others append faster`, {
        outcome: 'nothing_written',
      });
    });
  }

  /** By halves, from where reading went on last. */
  async #messageOf({ manager }: Speaker, record: number, last: number): Promise<number> {
    if (record === this.#hint.record && this.#hint.at <= last) return this.#hint.at;
    let [low, high] = [1, last];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const found = await manager.streams.getMessage(this.#stream, { seq: middle });
      if (found === null) throw this.#damaged(middle);
      if (this.#unchecked(middle, found.data).first <= record) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async #newest({ manager }: Speaker): Promise<Batch | undefined> {
    const found = await manager.streams.getMessage(this.#stream, { last_by_subj: this.#subject });
    return found === null ? undefined : this.#unchecked(found.seq, found.data);
  }

  #unchecked(at: number, data: Uint8Array): Batch {
    const bytes = uncheck(data);
    if (bytes === undefined) throw this.#damaged(at);
    return this.#batch(at, bytes);
  }

  #batch(at: number, bytes: Uint8Array): Batch {
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const records: Uint8Array[] = [];
    for (let next = FIRST_BYTES; next + LENGTH_BYTES <= message.length; ) {
      const end = next + LENGTH_BYTES + message.readUInt32LE(next);
      records.push(new Uint8Array(message.subarray(next + LENGTH_BYTES, end)));
      next = end;
    }
    return { at, first: message.readUIntLE(0, FIRST_BYTES), records };
  }

  #damaged(at: number): PortError {
    return new PortError(
      'corrupt',
      `${this.#stream}: message ${at} is damaged, or was published by somebody who is no node`,
    );
  }

  #ask<T>(what: string, ask: (speaker: Speaker) => Promise<T>): Promise<T> {
    return this.#door.ask(`${this.#stream}: ${what}`, async (speaker) => {
      if (!this.#isOpen)
        await openLogStream(speaker.manager, this.#options, { name: this.#stream, subject: this.#subject });
      this.#isOpen = true;
      return ask(speaker);
    });
  }
}

function endOf(batch: Batch | undefined): number {
  return batch === undefined ? 0 : batch.first + batch.records.length - 1;
}

function encode(first: number, records: readonly Uint8Array[]): Buffer {
  const bytes = records.reduce((sum, record) => sum + LENGTH_BYTES + record.length, FIRST_BYTES);
  const message = Buffer.allocUnsafe(bytes);
  let at = message.writeUIntLE(first, 0, FIRST_BYTES);
  for (const record of records) {
    at = message.writeUInt32LE(record.length, at);
    message.set(record, at);
    at += record.length;
  }
  return message;
}
