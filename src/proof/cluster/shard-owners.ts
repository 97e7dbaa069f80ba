import type { AttuneClient } from '../../client/attune-client.ts';

/** Whose each shard is, by the address of its node, as a living node sees it: up to a second late. */
export class ShardOwners {
  readonly #owners = new Map<number, string>();
  readonly #client: AttuneClient;
  #watching = true;

  constructor(client: AttuneClient) {
    this.#client = client;
  }

  /** Looks on until `stop`, at another node when its node goes. */
  async watch(): Promise<void> {
    while (this.#watching)
      try {
        for await (const { shard, owner } of this.#client.admin.watchShards()) {
          if (!this.#watching) return;
          // In the middle of a handoff it is nobody's for a moment; the last owner stands until the next one is known.
          if (owner !== '') this.#owners.set(shard, owner);
        }
      } catch (fault) {
        if (this.#watching) throw fault;
      }
  }

  stop(): void {
    this.#watching = false;
  }

  /** '': not known yet. */
  of(shard: number): string {
    return this.#owners.get(shard) ?? '';
  }

  /** Ascending. */
  shardsOf(address: string): number[] {
    return [...this.#owners]
      .flatMap(([shard, owner]) => (owner === address ? [shard] : []))
      .sort((a, b) => a - b);
  }
}
