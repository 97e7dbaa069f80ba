import type { SnapshotStorage } from '../../adapter/memory/memory-snapshot-store.ts';
import type { SnapshotStore } from '../../port/snapshot-store.ts';
import type { Journal } from './journal.ts';

type ShardRows = NonNullable<ReturnType<SnapshotStorage['get']>>;

const KEPT = 8;

/** The snapshot store with a memory of its own past, so that it can lose the last of it. */
export class SnapshotHistory {
  readonly store: SnapshotStore;
  readonly #storage: SnapshotStorage;
  readonly #past = new Map<number, ShardRows[]>();

  constructor(storage: SnapshotStorage, inner: SnapshotStore, journal: Journal) {
    this.#storage = storage;
    this.store = {
      get: (...args) => inner.get(...args),
      write: async (shard, puts, expectedCounter) => {
        this.#remember(shard);
        const counter = await inner.write(shard, puts, expectedCounter);
        for (const { id, seq, revision, bytes } of puts)
          journal.saved.push({ shard, id, seq, revision, bytes });
        return counter;
      },
      checkpoint: (shard, checkpoint) => {
        this.#remember(shard);
        return inner.checkpoint(shard, checkpoint);
      },
      load: (shard) => inner.load(shard),
      due: (...args) => inner.due(...args),
      members: (...args) => inner.members(...args),
      scan: (shard, after, limit) => inner.scan(shard, after, limit),
      ids: (shard, after, limit) => inner.ids(shard, after, limit),
      clear: (shard, above) => inner.clear(shard, above),
      count: (shard) => inner.count(shard),
      close: () => inner.close(),
    };
  }

  /** Loses the last `batches` writes of a shard, counters included; `torn`: but not the checkpoint behind them. */
  lose(shard: number, batches: number, torn: boolean): void {
    const past = this.#past.get(shard) ?? [];
    const then = past.at(-batches);
    const now = this.#storage.get(shard);
    if (then === undefined) return;
    past.splice(-batches);
    const checkpoint = torn ? now?.checkpoint : then.checkpoint;
    this.#storage.set(shard, { counter: then.counter, checkpoint, rows: new Map(then.rows) });
  }

  loseAll(shard: number): void {
    this.#storage.delete(shard);
    this.#past.delete(shard);
  }

  #remember(shard: number): void {
    const state = this.#storage.get(shard);
    if (state === undefined) return;
    let past = this.#past.get(shard);
    if (past === undefined) {
      past = [];
      this.#past.set(shard, past);
    }
    past.push({ counter: state.counter, checkpoint: state.checkpoint, rows: new Map(state.rows) });
    if (past.length > KEPT) past.shift();
  }
}
