// Long because one store is one class, and its rows share a transaction.
import { rm } from 'node:fs/promises';
import { PortError } from '../../port/port-error.ts';
import { counterAfterClear, expectKnown } from '../../port/snapshot-counter.ts';
import type {
  Checkpoint,
  DueCustomer,
  Snapshot,
  SnapshotPut,
  SnapshotStore,
} from '../../port/snapshot-store.ts';
import type { LmdbEnvironment } from './environment.ts';
import { lmdbFault } from './lmdb-fault.ts';
import { readUint48, shardKey, UINT48_MAX } from './number-keys.ts';
import { seal, unseal } from './sealed-value.ts';
import {
  audienceOfMemberKey,
  CHECKPOINT_HEAD_BYTES,
  checkpointHead,
  dueBound,
  dueKey,
  dueOfKey,
  idOfMemberKey,
  idOfSnapshotKey,
  memberBound,
  memberKey,
  readSnapshotHead,
  SNAPSHOT_HEAD_BYTES,
  SNAPSHOT_KEY_BYTES,
  type SnapshotHead,
  snapshotHead,
  snapshotKey,
  writeSnapshotKey,
} from './snapshot-row.ts';

/** Rows removed by one commit of `clear`. */
const CLEAR_ROWS_MAX = 2_000;

/**
 * The embedded SnapshotStore. A shard's row in `checkpoints` is [counter u48], its checkpoint stands under the shard's key
 * with one byte more.
 *
 * I1. One write (batch, checkpoint, clear) per shard is in flight, another made meanwhile is a `conflict`: so the rows that
 *     a batch compares itself with are the ones it replaces, though it reads them before its transaction begins.
 * I2. `due` has exactly one key for each row whose due is not 0, and `members` one for each audience that a row names: they are
 *     written in one transaction.
 */
export class LmdbSnapshotStore implements SnapshotStore {
  readonly #env: LmdbEnvironment;
  readonly #writing = new Set<number>();
  /** What reads compare: each shard's counter, and from the first row that a clear removes on the one that it leaves. */
  readonly #counters = new Map<number, number>();
  readonly #key = Buffer.allocUnsafeSlow(SNAPSHOT_KEY_BYTES);

  constructor(env: LmdbEnvironment) {
    this.#env = env;
  }

  get(shard: number, id: string, known?: number): Snapshot | undefined {
    this.#expectKnown(shard, known);
    writeSnapshotKey(this.#key, shard, id);
    const row = this.#row(this.#key);
    return row === undefined ? undefined : snapshotOf(row, true);
  }

  async write(shard: number, puts: readonly SnapshotPut[], expectedCounter: number): Promise<number> {
    return this.#exclusive(shard, async () => {
      this.#expectCounter(shard, expectedCounter);
      const changes = this.#changes(shard, puts);
      const counter = counterRow(shard, expectedCounter + 1);
      await this.#env.commits.run(() => {
        for (const change of changes) {
          if (change.value === undefined) void this.#env.snapshots.remove(change.key);
          else void this.#env.snapshots.put(change.key, change.value);
          if (change.oldDue !== undefined) void this.#env.due.remove(change.oldDue);
          if (change.newDue !== undefined) void this.#env.due.put(change.newDue, NOTHING);
          for (const key of change.left) void this.#env.members.remove(key);
          for (const key of change.entered) void this.#env.members.put(key, NOTHING);
        }
        void this.#env.checkpoints.put(counter.key, counter.value);
      }, 'upkeep');
      this.#counters.set(shard, expectedCounter + 1);
      return expectedCounter + 1;
    });
  }

  async checkpoint(shard: number, checkpoint: Checkpoint): Promise<void> {
    return this.#exclusive(shard, async () => {
      this.#expectCounter(shard, checkpoint.counter);
      const key = checkpointKey(shard);
      const value = seal(key, checkpointHead(checkpoint.sequence, checkpoint.counter), checkpoint.state);
      await this.#env.commits.run(() => void this.#env.checkpoints.put(key, value), 'upkeep');
    });
  }

  async load(
    shard: number,
  ): Promise<{ readonly checkpoint: Checkpoint | undefined; readonly counter: number }> {
    const counter = this.#counter(shard);
    if (!this.#writing.has(shard)) this.#counters.set(shard, counter);
    const row = this.#sealed(checkpointKey(shard), `the checkpoint of shard ${shard}`);
    if (row === undefined) return { checkpoint: undefined, counter };
    const checkpoint = {
      sequence: readUint48(row, 0),
      counter: readUint48(row, 6),
      state: new Uint8Array(row.subarray(CHECKPOINT_HEAD_BYTES)),
    };
    if (counter < checkpoint.counter) {
      throw new PortError(
        'corrupt',
        `${this.#env.file}: shard ${shard} lost snapshots: ${counter} batches are left, its checkpoint saw ${checkpoint.counter}`,
      );
    }
    return { checkpoint, counter };
  }

  async due(shard: number, from: number, to: number, limit: number, known?: number): Promise<DueCustomer[]> {
    this.#expectKnown(shard, known);
    return this.#reading(() => {
      const range = {
        start: dueBound(shard, Math.max(1, Math.ceil(from))),
        end: dueBound(shard, Math.min(Math.max(0, Math.ceil(to)), UINT48_MAX)),
        limit,
      };
      return Array.from(this.#env.due.getKeys(range), dueOfKey);
    });
  }

  async members(
    shard: number,
    audience: string,
    after: string,
    limit: number,
    known?: number,
  ): Promise<readonly string[]> {
    this.#expectKnown(shard, known);
    return this.#reading(() => {
      const bound = memberBound(shard, audience);
      const start = after === '' ? bound : memberKey(audience, snapshotKey(shard, after));
      const end = Buffer.concat([bound, Buffer.alloc(ID_END_BYTES, 0xff)]);
      return Array.from(
        this.#env.members.getKeys({ start, exclusiveStart: after !== '', end, limit }),
        idOfMemberKey,
      );
    });
  }

  async scan(shard: number, after: string, limit: number): Promise<(Snapshot & { readonly id: string })[]> {
    return this.#reading(() => {
      const range = rangeAfter(shard, after, limit);
      return Array.from(this.#env.snapshots.getRange(range), ({ key, value }) => {
        const row = unseal(key, value);
        if (row === undefined) throw this.#damaged(key);
        return { id: idOfSnapshotKey(key), ...snapshotOf(row, false) };
      });
    });
  }

  async ids(shard: number, after: string, limit: number): Promise<readonly string[]> {
    return this.#reading(() =>
      Array.from(this.#env.snapshots.getKeys(rangeAfter(shard, after, limit)), idOfSnapshotKey),
    );
  }

  async clear(shard: number, above = 0): Promise<void> {
    return this.#exclusive(shard, async () => {
      const { commits, checkpoints, snapshots, due, members } = this.#env;
      const counter = counterAfterClear(this.#counterOrZero(shard), above);
      this.#counters.set(shard, counter);
      // First, so that a crash in between leaves a shard without a checkpoint, which is rebuilt like an empty one.
      await commits.run(() => void checkpoints.remove(checkpointKey(shard)), 'freeing');
      for (const table of [due, members, snapshots]) {
        for (;;) {
          const range = { start: shardKey(shard), end: shardEnd(shard), limit: CLEAR_ROWS_MAX };
          const keys = this.#reading(() => Array.from(table.getKeys(range)));
          if (keys.length === 0) break;
          await commits.run(() => {
            for (const key of keys) void table.remove(key);
          }, 'freeing');
        }
      }
      const { key, value } = counterRow(shard, counter);
      await commits.run(() => void checkpoints.put(key, value), 'freeing');
    });
  }

  async count(shard: number): Promise<number> {
    return this.#reading(() =>
      this.#env.snapshots.getKeysCount({ start: shardKey(shard), end: shardEnd(shard) }),
    );
  }

  async rewrite(): Promise<void> {
    await this.#env.rewrite();
    await rm(`${this.#env.file}.damaged`, { force: true });
  }

  close(): Promise<void> {
    return this.#env.close();
  }

  #changes(shard: number, puts: readonly SnapshotPut[]): readonly Change[] {
    const newest = new Map<string, SnapshotPut>();
    for (const put of puts) {
      const earlier = newest.get(put.id);
      if (earlier === undefined || put.seq >= earlier.seq) newest.set(put.id, put);
    }
    const changes: Change[] = [];
    for (const put of newest.values()) {
      const key = snapshotKey(shard, put.id);
      const held = this.#headOf(key);
      if (held !== undefined && held.seq > put.seq) continue;
      const oldDue = held?.due ?? 0;
      const { audiences = NOWHERE } = put;
      const former = held?.audiences ?? NOWHERE;
      changes.push({
        key,
        value: put.bytes.length === 0 ? undefined : seal(key, snapshotHead({ ...put, audiences }), put.bytes),
        left: former.filter((name) => !audiences.includes(name)).map((name) => memberKey(name, key)),
        entered: audiences.filter((name) => !former.includes(name)).map((name) => memberKey(name, key)),
        oldDue: oldDue !== 0 && oldDue !== put.due ? dueKey(oldDue, key) : undefined,
        newDue: put.due !== 0 && oldDue !== put.due ? dueKey(put.due, key) : undefined,
      });
    }
    // In order of key: neighbours share a page, and a page that is touched twice in a row is found at once.
    return changes.sort((a, b) => a.key.compare(b.key));
  }

  /** What the row under `key` says of itself; of a damaged one, which a put replaces, as much as the indices tell. */
  #headOf(key: Buffer): Pick<SnapshotHead, 'seq' | 'due' | 'audiences'> | undefined {
    try {
      const row = this.#row(key);
      return row === undefined ? undefined : readSnapshotHead(row);
    } catch (fault) {
      if (!(fault instanceof PortError) || fault.kind !== 'corrupt') throw fault;
      return { seq: 0, due: this.#dueInIndex(key), audiences: this.#audiencesInIndex(key) };
    }
  }

  /** The audiences under which the index has a customer. Looks through all of the shard. */
  #audiencesInIndex(key: Buffer): readonly string[] {
    const shard = key.readUInt16BE(0);
    const id = idOfSnapshotKey(key);
    return this.#reading(() =>
      Array.from(this.#env.members.getKeys({ start: shardKey(shard), end: shardEnd(shard) }))
        .filter((member) => idOfMemberKey(member) === id)
        .map(audienceOfMemberKey),
    );
  }

  /** The due time under which the index has a customer, 0: it has none. Looks through all of the shard. */
  #dueInIndex(key: Buffer): number {
    const shard = key.readUInt16BE(0);
    const id = idOfSnapshotKey(key);
    return this.#reading(() => {
      for (const index of this.#env.due.getKeys({ start: dueBound(shard, 0), end: shardEnd(shard) })) {
        const found = dueOfKey(index);
        if (found.id === id) return found.due;
      }
      return 0;
    });
  }

  /** The unsealed row under `key`, a view that the next read of any table overwrites. */
  #row(key: Buffer): Uint8Array | undefined {
    let value: Uint8Array | undefined;
    try {
      value = this.#env.snapshots.getBinaryFast(key);
    } catch (cause) {
      throw lmdbFault(cause, this.#env.file);
    }
    if (value === undefined) return undefined;
    const row = unseal(key, value);
    if (row === undefined || row.length < SNAPSHOT_HEAD_BYTES) throw this.#damaged(key);
    return row;
  }

  #sealed(key: Buffer, what: string): Uint8Array | undefined {
    const value = this.#reading(() => this.#env.checkpoints.getBinary(key));
    if (value === undefined) return undefined;
    const body = unseal(key, value);
    if (body === undefined) throw new PortError('corrupt', `${this.#env.file}: ${what} is damaged`);
    return body;
  }

  #counter(shard: number): number {
    const row = this.#sealed(shardKey(shard), `the counter of shard ${shard}`);
    return row === undefined ? 0 : readUint48(row, 0);
  }

  /** A damaged counter is no reason not to start afresh. */
  #counterOrZero(shard: number): number {
    try {
      return this.#counter(shard);
    } catch (fault) {
      if (fault instanceof PortError && fault.kind === 'corrupt') return 0;
      throw fault;
    }
  }

  #expectKnown(shard: number, known: number | undefined): void {
    if (known !== undefined) expectKnown(shard, known, this.#counters.get(shard) ?? this.#counter(shard));
  }

  #expectCounter(shard: number, expected: number): void {
    const counter = this.#counter(shard);
    if (counter === expected) return;
    throw new PortError(
      'conflict',
      `shard ${shard} has had ${counter} snapshot batches, not the expected ${expected}`,
    );
  }

  async #exclusive<T>(shard: number, write: () => Promise<T>): Promise<T> {
    if (this.#writing.has(shard)) {
      throw new PortError('conflict', `shard ${shard} has a write to its snapshots under way`);
    }
    this.#writing.add(shard);
    try {
      return await write();
    } finally {
      this.#writing.delete(shard);
    }
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw lmdbFault(cause, this.#env.file);
    }
  }

  #damaged(key: Uint8Array): PortError {
    const shard = ((key[0] as number) << 8) | (key[1] as number);
    return new PortError(
      'corrupt',
      `${this.#env.file}: the snapshot of ${idOfSnapshotKey(key)} in shard ${shard} is damaged`,
    );
  }
}

interface Change {
  readonly key: Buffer;
  /** Undefined: the row is dropped. */
  readonly value: Buffer | undefined;
  readonly oldDue: Buffer | undefined;
  readonly newDue: Buffer | undefined;
  /** Keys of the index of members. */
  readonly left: readonly Buffer[];
  readonly entered: readonly Buffer[];
}

const NOWHERE: readonly string[] = [];
/** Behind every id. */
const ID_END_BYTES = 17;

const NOTHING = Buffer.alloc(0);

function snapshotOf(row: Uint8Array, copy: boolean): Snapshot {
  const { seq, due, revision, end } = readSnapshotHead(row);
  const bytes = row.subarray(end);
  // Out of Node's pool: an ArrayBuffer of its own for each look-up costs more than the look-up.
  return { seq, due, revision, bytes: copy ? Buffer.from(bytes) : bytes };
}

function counterRow(shard: number, counter: number): { readonly key: Buffer; readonly value: Buffer } {
  const key = shardKey(shard);
  const body = Buffer.allocUnsafe(6);
  body.writeUIntBE(counter, 0, 6);
  return { key, value: seal(key, body) };
}

function checkpointKey(shard: number): Buffer {
  const key = Buffer.alloc(3);
  key.writeUInt16BE(shard, 0);
  return key;
}

function rangeAfter(shard: number, after: string, limit: number) {
  const end = shardEnd(shard);
  return after === ''
    ? { start: shardKey(shard), end, limit }
    : { start: snapshotKey(shard, after), exclusiveStart: true, end, limit };
}

function shardEnd(shard: number): Buffer {
  return shardKey(shard + 1);
}
