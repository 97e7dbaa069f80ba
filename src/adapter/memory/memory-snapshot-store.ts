import { PortError } from '../../port/port-error.ts';
import { counterAfterClear, expectKnown } from '../../port/snapshot-counter.ts';
import type {
  Checkpoint,
  DueCustomer,
  Snapshot,
  SnapshotPut,
  SnapshotStore,
} from '../../port/snapshot-store.ts';
import { type Defer, type MemoryOptions, settleLater } from './settle.ts';

interface ShardState {
  counter: number;
  checkpoint: Checkpoint | undefined;
  readonly rows: Map<string, Row>;
}

type Row = Snapshot & { readonly audiences: readonly string[] };

/** What outlives a MemorySnapshotStore: pass it to the next one. A test that loses a suffix lowers `counter` in it. */
export type SnapshotStorage = Map<number, ShardState>;

/** A SnapshotStore on the heap. Reads of one customer are synchronous; `due` and `scan` sort all of a shard's rows. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #storage: SnapshotStorage;
  readonly #defer: Defer;

  constructor(options: MemoryOptions & { readonly storage?: SnapshotStorage } = {}) {
    this.#storage = options.storage ?? new Map();
    this.#defer = options.defer ?? queueMicrotask;
  }

  get(shard: number, id: string, known?: number): Snapshot | undefined {
    const { counter, rows } = this.#shard(shard);
    if (known !== undefined) expectKnown(shard, known, counter);
    const row = rows.get(id);
    return row === undefined ? undefined : copyOf(row);
  }

  write(shard: number, puts: readonly SnapshotPut[], expectedCounter: number): Promise<number> {
    return settleLater(this.#defer, () => {
      const state = this.#shard(shard);
      refuseOther(shard, state.counter, expectedCounter);
      for (const put of puts) {
        const held = state.rows.get(put.id);
        if (held !== undefined && held.seq > put.seq) continue;
        if (put.bytes.length === 0) state.rows.delete(put.id);
        else state.rows.set(put.id, { ...copyOf(put), audiences: [...(put.audiences ?? [])] });
      }
      state.counter++;
      return state.counter;
    });
  }

  checkpoint(shard: number, checkpoint: Checkpoint): Promise<void> {
    return settleLater(this.#defer, () => {
      const state = this.#shard(shard);
      refuseOther(shard, state.counter, checkpoint.counter);
      state.checkpoint = { ...checkpoint, state: new Uint8Array(checkpoint.state) };
    });
  }

  load(shard: number): Promise<{ readonly checkpoint: Checkpoint | undefined; readonly counter: number }> {
    return settleLater(this.#defer, () => {
      const { checkpoint, counter } = this.#shard(shard);
      if (checkpoint !== undefined && counter < checkpoint.counter) {
        throw new PortError(
          'corrupt',
          `the snapshots of shard ${shard} lost a suffix: ${counter} batches are left, its checkpoint saw ${checkpoint.counter}`,
        );
      }
      return { checkpoint, counter };
    });
  }

  due(shard: number, from: number, to: number, limit: number, known?: number): Promise<DueCustomer[]> {
    return settleLater(this.#defer, () => {
      const { counter, rows } = this.#shard(shard);
      if (known !== undefined) expectKnown(shard, known, counter);
      return [...rows]
        .filter(([, row]) => row.due !== 0 && row.due >= from && row.due < to)
        .map(([id, row]) => ({ due: row.due, id }))
        .sort((a, b) => a.due - b.due || compareIds(a.id, b.id))
        .slice(0, limit);
    });
  }

  members(
    shard: number,
    audience: string,
    after: string,
    limit: number,
    known?: number,
  ): Promise<readonly string[]> {
    return settleLater(this.#defer, () => {
      const { counter, rows } = this.#shard(shard);
      if (known !== undefined) expectKnown(shard, known, counter);
      return [...rows]
        .filter(
          ([id, row]) => row.audiences.includes(audience) && (after === '' || compareIds(id, after) > 0),
        )
        .map(([id]) => id)
        .sort(compareIds)
        .slice(0, limit);
    });
  }

  scan(shard: number, after: string, limit: number): Promise<(Snapshot & { readonly id: string })[]> {
    return settleLater(this.#defer, () =>
      [...this.#shard(shard).rows]
        .filter(([id]) => after === '' || compareIds(id, after) > 0)
        .sort(([a], [b]) => compareIds(a, b))
        .slice(0, limit)
        .map(([id, row]) => ({ id, ...copyOf(row) })),
    );
  }

  ids(shard: number, after: string, limit: number): Promise<readonly string[]> {
    return this.scan(shard, after, limit).then((rows) => rows.map(({ id }) => id));
  }

  clear(shard: number, above = 0): Promise<void> {
    return settleLater(this.#defer, () => {
      const counter = counterAfterClear(this.#shard(shard).counter, above);
      this.#storage.set(shard, { counter, checkpoint: undefined, rows: new Map() });
    });
  }

  count(shard: number): Promise<number> {
    return settleLater(this.#defer, () => this.#shard(shard).rows.size);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #shard(shard: number): ShardState {
    let state = this.#storage.get(shard);
    if (state === undefined) {
      state = { counter: 0, checkpoint: undefined, rows: new Map() };
      this.#storage.set(shard, state);
    }
    return state;
  }
}

function copyOf(row: Snapshot): Snapshot {
  return { seq: row.seq, revision: row.revision, due: row.due, bytes: new Uint8Array(row.bytes) };
}

function refuseOther(shard: number, counter: number, expected: number): void {
  if (counter === expected) return;
  throw new PortError(
    'conflict',
    `shard ${shard} has had ${counter} snapshot batches, not the expected ${expected}`,
  );
}

/** Ids in order of the 16 bytes they stand for, as stores with binary keys have them. */
function compareIds(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'base64url'), Buffer.from(b, 'base64url'));
}
