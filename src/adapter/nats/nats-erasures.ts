/**
 * The list of erasures in a key-value bucket, an entry a receipt, which any node changes by compare-and-set on the entry's revision.
 *
 * I1  An entry is here as the latest revision that this node saw or wrote: a save in between two readings is not taken back by the older one.
 * I2  Everything up to `#readTo` was seen, unless it was replaced since.
 */
import type { Erasure, ErasureList } from '../../port/erasures.ts';
import type { Follow } from '../../port/follow.ts';
import { entryJson, KvBucket } from './kv-bucket.ts';
import type { NatsDoor } from './nats-door.ts';
import type { StreamOptions } from './shard-stream.ts';

/** Read at once; the next look reads on. */
const TAKEN_IN_MAX = 1_000;

interface Entry {
  /** In the order in which they were asked for; of two nodes that asked at once they may be the same. */
  readonly place: number;
  readonly erasure: Erasure;
}

interface Held extends Entry {
  readonly revision: number;
}

export class NatsErasures implements ErasureList {
  readonly #bucket: KvBucket;
  readonly #entries: Map<string, Held>;
  #places: number;
  #readTo: number;
  /** Saves one behind the other, so that of two of one receipt the later stays. */
  #last: Promise<unknown> = Promise.resolve();

  /** The door stays the caller's. Throws PortError. */
  static async open(door: NatsDoor, options: StreamOptions): Promise<NatsErasures> {
    const bucket = new KvBucket(door, options, 'erasures');
    const entries = (await bucket.all('>')).map((entry) => ({
      ...entryJson<Entry>(entry, isEntry),
      revision: entry.revision,
    }));
    const list = new NatsErasures(
      bucket,
      entries.toSorted((a, b) => a.place - b.place || a.erasure.at - b.erasure.at),
    );
    // A listing is read from any replica, which may lack the last ones.
    while ((await list.takeIn()).length > 0);
    return list;
  }

  private constructor(bucket: KvBucket, entries: readonly Held[]) {
    this.#bucket = bucket;
    this.#entries = new Map(entries.map((entry) => [entry.erasure.receipt, entry]));
    this.#places = entries.at(-1)?.place ?? 0;
    this.#readTo = entries.reduce((last, { revision }) => Math.max(last, revision), 0);
  }

  get all(): readonly Erasure[] {
    return [...this.#entries.values()].map(({ erasure }) => erasure);
  }

  save(erasure: Erasure): Promise<void> {
    const { receipt } = erasure;
    const done = this.#last.then(async () => {
      const before = this.#entries.get(receipt);
      const entry: Entry = { place: before?.place ?? this.#places + 1, erasure };
      const text = JSON.stringify(entry);
      const revision =
        before === undefined
          ? await this.#bucket.create(receipt, text)
          : await this.#bucket.update(receipt, text, before.revision);
      this.#enter({ ...entry, revision });
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** At most TAKEN_IN_MAX at a time. */
  async takeIn(): Promise<readonly Erasure[]> {
    const written = await this.#bucket.since(this.#readTo, TAKEN_IN_MAX);
    const fresh: Erasure[] = [];
    for (const { revision, text } of written) {
      this.#readTo = Math.max(this.#readTo, revision);
      const entry: Held = { ...(JSON.parse(text) as Entry), revision };
      if (this.#enter(entry)) fresh.push(entry.erasure);
    }
    return fresh;
  }

  readonly follow: Follow = (changed) => this.#bucket.hear('>', changed);

  /** The bucket keeps one entry of a receipt: what was replaced went with the one that replaced it. */
  async compact(): Promise<void> {}

  async close(): Promise<void> {
    await this.#last;
  }

  /** I1; false: it is here already. */
  #enter(entry: Held): boolean {
    const { receipt } = entry.erasure;
    if ((this.#entries.get(receipt)?.revision ?? 0) >= entry.revision) return false;
    this.#places = Math.max(this.#places, entry.place);
    this.#entries.set(receipt, entry);
    return true;
  }
}

function isEntry({ place, erasure }: Partial<Entry>): boolean {
  return Number.isSafeInteger(place) && typeof erasure?.receipt === 'string';
}
