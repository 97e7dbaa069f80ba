import { existsSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { walkPages } from './page-walk.ts';
import { unseal } from './sealed-value.ts';
import { dueKey, memberKey, readSnapshotHead } from './snapshot-row.ts';

/** What a look at every page and row of `state.mdb` found, without LMDB. */
export interface StateCheck {
  /** It does not exist, or was never written to. */
  readonly isEmpty: boolean;
  /** Why the file as a whole cannot be used, as the end of a sentence. */
  readonly fault: string | undefined;
  /**
   * Shards with rows that are not what was written. Whom such a row is of is not known when its key is damaged, so what the
   * store says of any customer of the shard is in doubt.
   */
  readonly doubtful: ReadonlySet<number>;
  /** Per shard the sequence of the newest record that a snapshot has. */
  readonly newest: ReadonlyMap<number, number>;
}

interface Sums {
  /** Keys that the indices of due customers and of members should have, less those that they have. */
  keys: number;
  count: number;
}

/** Reads the whole file, about a GiB a second. Throws what the disk throws. */
export function checkState(file: string): StateCheck {
  const doubtful = new Set<number>();
  const newest = new Map<number, number>();
  const sums = new Map<number, Sums>();
  if (!existsSync(file) || statSync(file).size === 0)
    return { isEmpty: true, fault: undefined, doubtful, newest };
  const sumsOf = (shard: number): Sums => {
    const found = sums.get(shard) ?? { keys: 0, count: 0 };
    sums.set(shard, found);
    return found;
  };
  const fault = walkPages(file, (table, key, value) => {
    if (key.length < 2 || table === 'editions' || table === 'catalog') return;
    const shard = key.readUInt16BE(0);
    if (table === 'due' || table === 'members') {
      const sum = sumsOf(shard);
      sum.keys -= crc32(key);
      sum.count--;
      return;
    }
    const row = unseal(key, value);
    if (row === undefined) {
      doubtful.add(shard);
      return;
    }
    if (table !== 'snapshots') return;
    const { seq, due, audiences } = readSnapshotHead(row);
    if (seq > (newest.get(shard) ?? 0)) newest.set(shard, seq);
    const indexed = audiences.map((name) => memberKey(name, key));
    if (due !== 0) indexed.push(dueKey(due, key));
    if (indexed.length === 0) return;
    const sum = sumsOf(shard);
    for (const each of indexed) sum.keys += crc32(each);
    sum.count += indexed.length;
  });
  for (const [shard, { keys, count }] of sums) if (keys !== 0 || count !== 0) doubtful.add(shard);
  return { isEmpty: false, fault, doubtful, newest };
}
