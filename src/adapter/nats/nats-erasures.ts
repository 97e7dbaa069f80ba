/** The list of erasures in a key-value bucket, an entry a receipt. What another node saved is here after the next `open`. */
import type { Erasure, ErasureList } from '../../port/erasures.ts';
import { KvBucket } from './kv-bucket.ts';
import type { NatsDoor } from './nats-door.ts';
import type { StreamOptions } from './shard-stream.ts';

interface Entry {
  /** In the order in which they were asked for. */
  readonly place: number;
  readonly erasure: Erasure;
}

export class NatsErasures implements ErasureList {
  readonly #bucket: KvBucket;
  readonly #entries: Map<string, Entry>;
  #places: number;
  /** Saves one behind the other, so that of two of one receipt the later stays. */
  #last: Promise<unknown> = Promise.resolve();

  /** The door stays the caller's. Throws PortError. */
  static async open(door: NatsDoor, options: StreamOptions): Promise<NatsErasures> {
    const bucket = new KvBucket(door, options, 'erasures');
    const entries = (await bucket.all('>')).map((entry) => entry.json<Entry>());
    return new NatsErasures(
      bucket,
      entries.toSorted((a, b) => a.place - b.place),
    );
  }

  private constructor(bucket: KvBucket, entries: readonly Entry[]) {
    this.#bucket = bucket;
    this.#entries = new Map(entries.map((entry) => [entry.erasure.receipt, entry]));
    this.#places = entries.at(-1)?.place ?? 0;
  }

  get all(): readonly Erasure[] {
    return [...this.#entries.values()].map(({ erasure }) => erasure);
  }

  save(erasure: Erasure): Promise<void> {
    const { receipt } = erasure;
    const done = this.#last.then(async () => {
      const place = this.#entries.get(receipt)?.place ?? this.#places + 1;
      const entry: Entry = { place, erasure };
      await this.#bucket.put(receipt, JSON.stringify(entry));
      this.#places = Math.max(this.#places, place);
      this.#entries.set(receipt, entry);
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** The bucket keeps one entry of a receipt: what was replaced went with the one that replaced it. */
  async compact(): Promise<void> {}

  async close(): Promise<void> {
    await this.#last;
  }
}
