import type { Erasure, ErasureList } from '../../port/erasures.ts';
import type { Follow } from '../../port/follow.ts';
import { PortError } from '../../port/port-error.ts';
import { followerOf, tellFollowers } from './followers.ts';

/** What outlives a MemoryErasures: pass it to the next one. Those that share it stand for nodes that share a list. */
export type ErasureStorage = Map<string, Erasure>;

export class MemoryErasures implements ErasureList {
  readonly #storage: ErasureStorage;
  /** Each as this list saw it last. */
  readonly #seen: Map<string, Erasure>;
  readonly follow: Follow;

  constructor(storage: ErasureStorage = new Map()) {
    this.#storage = storage;
    this.#seen = new Map(storage);
    this.follow = followerOf(storage);
  }

  get all(): readonly Erasure[] {
    return [...this.#seen.values()];
  }

  async save(erasure: Erasure): Promise<void> {
    const { receipt } = erasure;
    if (this.#storage.get(receipt) !== this.#seen.get(receipt))
      throw new PortError('conflict', `erasure ${receipt} was changed by another node`);
    this.#storage.set(receipt, erasure);
    this.#seen.set(receipt, erasure);
    tellFollowers(this.#storage);
  }

  async takeIn(): Promise<readonly Erasure[]> {
    const fresh = [...this.#storage.values()].filter((one) => this.#seen.get(one.receipt) !== one);
    for (const one of fresh) this.#seen.set(one.receipt, one);
    return fresh;
  }

  compact(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
