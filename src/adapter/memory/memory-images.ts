import {
  IMAGES_KEPT,
  type ImageContent,
  type ImageHead,
  type ImageRow,
  type ImageSource,
  type Images,
} from '../../port/images.ts';
import { PortError } from '../../port/port-error.ts';

interface StoredImage extends ImageHead {
  readonly generation: number;
  readonly state: Uint8Array;
  readonly rows: readonly ImageRow[];
  /** Set by a test: it can not be read any more. */
  hasDamage?: boolean;
}

/** What outlives a MemoryImages: those of each shard, newest first. A test damages one by `hasDamage`. */
export type ImageStorage = Map<number, readonly StoredImage[]>;

/** Images on the heap. */
export class MemoryImages implements Images {
  readonly #storage: ImageStorage;

  constructor(options: { readonly storage?: ImageStorage } = {}) {
    this.#storage = options.storage ?? new Map();
  }

  async write(source: ImageSource): Promise<ImageHead> {
    const rows: ImageRow[] = [];
    for await (const page of source.rows)
      for (const row of page) rows.push({ ...row, bytes: new Uint8Array(row.bytes) });
    const { shard, sequence, at, generation } = source;
    const image = { shard, sequence, at, generation, state: new Uint8Array(source.state), rows };
    const others = this.#stored(shard).filter((each) => !isSame(each, image));
    const all = [image, ...others].sort((a, b) => b.sequence - a.sequence || b.at - a.at);
    this.#storage.set(shard, all.slice(0, IMAGES_KEPT));
    return { shard, sequence, at };
  }

  async list(shard: number): Promise<readonly ImageHead[]> {
    return this.#stored(shard).map(({ sequence, at }) => ({ shard, sequence, at }));
  }

  async open(image: ImageHead): Promise<ImageContent> {
    const { generation, state, rows } = this.#found(image);
    return {
      generation,
      state,
      rows: rows.length,
      through: rows.reduce((most, { seq }) => Math.max(most, seq), image.sequence),
      read: async function* () {
        yield rows;
      },
      get: async (id) => rows.find((row) => row.id === id),
    };
  }

  async check(image: ImageHead): Promise<void> {
    this.#found(image);
  }

  async remove(image: ImageHead): Promise<void> {
    this.#storage.set(
      image.shard,
      this.#stored(image.shard).filter((each) => !isSame(each, image)),
    );
  }

  /** None is ever set aside. */
  async removeAside(): Promise<void> {}

  async close(): Promise<void> {}

  #stored(shard: number): readonly StoredImage[] {
    return this.#storage.get(shard) ?? [];
  }

  #found(image: ImageHead): StoredImage {
    const { shard, sequence } = image;
    const found = this.#stored(shard).find((each) => isSame(each, image));
    if (found === undefined || found.hasDamage === true)
      throw new PortError('corrupt', `the image of shard ${shard} at record ${sequence} is damaged or gone`);
    return found;
  }
}

function isSame(a: ImageHead, b: ImageHead): boolean {
  return a.sequence === b.sequence && a.at === b.at;
}
