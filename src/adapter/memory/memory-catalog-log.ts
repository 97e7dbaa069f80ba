import type { CatalogLog } from '../../port/catalog-log.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import type { Follow } from '../../port/follow.ts';
import { followerOf, tellFollowers } from './followers.ts';
import { type Defer, type MemoryOptions, settleLater } from './settle.ts';

/** A CatalogLog on the heap. `storage` outlives it, as in MemoryFactLog. */
export class MemoryCatalogLog implements CatalogLog {
  readonly #storage: Uint8Array[];
  readonly #defer: Defer;
  readonly follow: Follow;

  constructor(options: MemoryOptions & { readonly storage?: Uint8Array[] } = {}) {
    this.#storage = options.storage ?? [];
    this.#defer = options.defer ?? queueMicrotask;
    this.follow = followerOf(this.#storage);
  }

  last(): Promise<number> {
    return settleLater(this.#defer, () => this.#storage.length);
  }

  append(records: readonly Uint8Array[]): Promise<number> {
    return settleLater(this.#defer, () => {
      for (const bytes of records) this.#storage.push(new Uint8Array(bytes));
      tellFollowers(this.#storage);
      return this.#storage.length;
    });
  }

  read(from: number, limit: number): Promise<LogRecord[]> {
    return settleLater(this.#defer, () => {
      const start = Math.max(1, from);
      return this.#storage
        .slice(start - 1, start - 1 + limit)
        .map((bytes, i) => ({ sequence: start + i, bytes: new Uint8Array(bytes) }));
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
