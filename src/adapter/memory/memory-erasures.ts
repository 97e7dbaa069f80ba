import type { Erasure, ErasureList } from '../../port/erasures.ts';

/** What outlives a MemoryErasures: pass it to the next one. */
export type ErasureStorage = Map<string, Erasure>;

export class MemoryErasures implements ErasureList {
  readonly #storage: ErasureStorage;

  constructor(storage: ErasureStorage = new Map()) {
    this.#storage = storage;
  }

  get all(): readonly Erasure[] {
    return [...this.#storage.values()];
  }

  save(erasure: Erasure): Promise<void> {
    this.#storage.set(erasure.receipt, erasure);
    return Promise.resolve();
  }

  compact(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
