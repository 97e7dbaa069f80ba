/**
 * The shards' logs as JetStream streams, one a shard, whose sequences are the records'. What was measured of the server is told where it decides something.
 *
 * I1  One append of a shard is in flight at a time. Of several, those behind the first would match by count after a rival's record, and pass its fence
 *     (seen in 100 of 100 takeovers with two in flight).
 * I2  Every append names the sequence that it comes behind, and nothing else: a mismatch of `Nats-Expected-Last-Msg-Id` kills a replicated stream for good.
 * I3  What was not answered is unknown: it may be stored seconds later. The caller reads the log again.
 * I4  A stream that was here and is gone is not made anew: it would begin at 1, behind what was acknowledged.
 */
import type { AppendSettled, FactLog, LogAppend, LogBounds, LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import { checked } from './checked-record.ts';
import type { NatsDoor, Speaker } from './nats-door.ts';
import { natsFault } from './nats-fault.ts';
import { readStream, recordOf } from './read-stream.ts';
import { infoOf, openLogStream, type StreamOptions, streamName, subjectOf } from './shard-stream.ts';

/** So few records are asked for one by one: a consumer costs three calls. */
const FEW = 3;

interface Queued {
  readonly append: LogAppend;
  readonly settled: (fault: unknown) => void;
}

export class JetStreamFactLog implements FactLog {
  readonly #door: NatsDoor;
  readonly #options: StreamOptions;
  /** Shards whose stream was found or made by this process. */
  readonly #known = new Set<number>();
  /** I1: what waits behind the append in flight; absent: none is. */
  readonly #inFlight = new Map<number, Queued[]>();

  /** The door stays the caller's. `made`: so many shards have their streams, and none of these is made (I4). */
  constructor(door: NatsDoor, options: StreamOptions, { made = 0 }: { readonly made?: number } = {}) {
    this.#door = door;
    this.#options = options;
    for (let shard = 0; shard < made; shard++) this.#known.add(shard);
  }

  bounds(shard: number): Promise<LogBounds> {
    return this.#asked(shard, 'the question for its bounds', (speaker) => this.#boundsBy(speaker, shard));
  }

  append(shard: number, expectedLast: number, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#enqueue({
        append: { shard, expectedLast, bytes },
        settled: (fault) => (fault === undefined ? resolve() : reject(fault as Error)),
      });
    });
  }

  appendAll(group: readonly LogAppend[], settled: AppendSettled): void {
    for (const [at, append] of group.entries())
      this.#enqueue({ append, settled: (fault) => settled(at, fault) });
  }

  read(shard: number, from: number, limit: number): Promise<LogRecord[]> {
    return this.#asked(shard, 'the reading', async (speaker) => {
      for (;;) {
        const { first, last } = await this.#boundsBy(speaker, shard);
        const start = Math.max(from, first);
        const through = Math.min(last, start + limit - 1);
        if (start > through) return [];
        const records = await this.#span(speaker, shard, start, through);
        if (isWhole(records, start, through)) return records;
        // Trimmed while it was read: what is left begins later.
        if ((await this.#boundsBy(speaker, shard)).first > start) continue;
        throw new PortError(
          'unavailable',
          `${this.#name(shard)}: records ${start} to ${through} did not come from NATS, the next one within ${this.#door.answerMs} ms`,
        );
      }
    });
  }

  get(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    return this.#asked(shard, `the reading of record ${sequence}`, async ({ manager }) => {
      if (sequence < 1) return undefined;
      const found = await manager.streams.getMessage(this.#name(shard), { seq: sequence });
      return found === null ? undefined : recordOf(this.#name(shard), sequence, found.data).bytes;
    });
  }

  salvage(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    return this.#asked(shard, `the reading of record ${sequence}`, async ({ manager }) => {
      const found = await manager.streams.getMessage(this.#name(shard), { seq: sequence });
      return found === null ? undefined : new Uint8Array(found.data.subarray(4));
    });
  }

  trim(shard: number, through: number): Promise<void> {
    return this.#asked(shard, 'the trimming', async (speaker) => {
      const { first, last } = await this.#boundsBy(speaker, shard);
      if (through < first) return;
      await speaker.manager.streams.purge(this.#name(shard), { seq: Math.min(through, last) + 1 });
    });
  }

  async close(): Promise<void> {}

  #name(shard: number): string {
    return streamName(this.#options, shard);
  }

  async #boundsBy({ manager }: Speaker, shard: number): Promise<LogBounds> {
    const info = await infoOf(manager, this.#name(shard));
    if (info === undefined) throw this.#gone(shard);
    const { messages, first_seq: first, last_seq: last } = info.state;
    return { first: messages === 0 ? last + 1 : first, last };
  }

  async #span(speaker: Speaker, shard: number, from: number, through: number): Promise<LogRecord[]> {
    const { answerMs: idleMs } = this.#door;
    if (through - from >= FEW)
      return readStream(speaker.client, this.#name(shard), { from, through, idleMs });
    const records: LogRecord[] = [];
    for (let sequence = from; sequence <= through; sequence++) {
      const found = await speaker.manager.streams.getMessage(this.#name(shard), { seq: sequence });
      if (found === null) return records;
      records.push(recordOf(this.#name(shard), sequence, found.data));
    }
    return records;
  }

  /** I1 */
  #enqueue(queued: Queued): void {
    const { shard } = queued.append;
    const waiting = this.#inFlight.get(shard);
    if (waiting !== undefined) {
      waiting.push(queued);
      return;
    }
    this.#inFlight.set(shard, []);
    this.#send(queued);
  }

  #send({ append, settled }: Queued): void {
    const { shard, expectedLast, bytes } = append;
    const done = (fault: PortError | undefined): void => {
      const waiting = this.#inFlight.get(shard) as Queued[];
      // I1: behind one that is not in the log the others may fit by count, and only by that.
      const refused = fault === undefined ? [] : waiting.splice(0);
      const next = waiting.shift();
      if (next === undefined) this.#inFlight.delete(shard);
      else this.#send(next);
      settled(fault);
      for (const one of refused) one.settled(behind(this.#name(shard), fault as PortError));
    };
    const send = ({ inbox }: Speaker): void => {
      const [stream, subject] = [this.#name(shard), subjectOf(this.#options, shard)];
      inbox.append({ stream, subject, expectedLast, payload: checked(bytes) }, done);
    };
    const speaker = this.#door.current;
    if (speaker !== undefined && this.#known.has(shard)) return send(speaker);
    this.#speakerFor(shard).then(send, (fault: unknown) =>
      done(notSent(`${this.#name(shard)}: the append`, fault)),
    );
  }

  #asked<T>(shard: number, what: string, ask: (speaker: Speaker) => Promise<T>): Promise<T> {
    return this.#door.ask(`${this.#name(shard)}: ${what}`, async () => ask(await this.#speakerFor(shard)));
  }

  /** Once the shard's stream is there. */
  async #speakerFor(shard: number): Promise<Speaker> {
    const speaker = await this.#door.speak();
    if (!this.#known.has(shard)) {
      const subject = subjectOf(this.#options, shard);
      await openLogStream(speaker.manager, this.#options, { name: this.#name(shard), subject });
      this.#known.add(shard);
    }
    return speaker;
  }

  /** I4 */
  #gone(shard: number): PortError {
    return new PortError(
      'corrupt',
      `stream ${this.#name(shard)} was here and is gone: restore the deployment, it is not made anew over what was acknowledged`,
    );
  }
}

function isWhole(records: readonly LogRecord[], start: number, through: number): boolean {
  return (
    records.length === through - start + 1 && records.every(({ sequence }, at) => sequence === start + at)
  );
}

function behind(stream: string, { kind, message }: PortError): PortError {
  return new PortError(
    kind === 'conflict' ? kind : 'unavailable',
    `${stream}: the append was not sent, because the one before it failed: ${message}`,
    { outcome: 'nothing_written' },
  );
}

/** Whatever failed before an append was sent: nothing was written. */
function notSent(what: string, cause: unknown): PortError {
  const { kind, message } = natsFault(what, cause);
  return new PortError(kind, message, { outcome: 'nothing_written', cause });
}
