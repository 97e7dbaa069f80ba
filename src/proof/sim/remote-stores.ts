/** The shared stores as one host sees them: memory adapters behind a wire. */
import { type ArchiveStorage, MemoryArchive } from '../../adapter/memory/memory-archive.ts';
import { type FactLogStorage, MemoryFactLog } from '../../adapter/memory/memory-fact-log.ts';
import { MemorySnapshotStore, type SnapshotStorage } from '../../adapter/memory/memory-snapshot-store.ts';
import type { Archive } from '../../port/archive.ts';
import { appendEach, type FactLog } from '../../port/fact-log.ts';
import type { SnapshotStore } from '../../port/snapshot-store.ts';
import type { Wire } from './wire.ts';

/** What outlives every host. */
export interface Storage {
  readonly log: FactLogStorage;
  readonly snapshots: SnapshotStorage;
  readonly archive: ArchiveStorage;
}

export function emptyStorage(): Storage {
  return { log: new Map(), snapshots: new Map(), archive: new Map() };
}

const atOnce = (run: () => void): void => run();

/** The stores themselves, without a wire: for the far side, for faults and for checkers. */
export function nearStores(storage: Storage) {
  return {
    log: new MemoryFactLog({ storage: storage.log, defer: atOnce }),
    snapshots: new MemorySnapshotStore({ storage: storage.snapshots, defer: atOnce }),
    archive: new MemoryArchive({ storage: storage.archive, defer: atOnce }),
  };
}

/** The log compares counters, as NATS does: an append lands when the last sequence is the one expected, whoever sent it. */
export function remoteLog(inner: FactLog, wire: Wire): FactLog {
  return {
    bounds: (shard) => wire.read('log.bounds', () => inner.bounds(shard)),
    append: (shard, expectedLast, bytes) => {
      const sent = new Uint8Array(bytes);
      return wire.write(`log.append ${shard}/${expectedLast + 1}`, () =>
        inner.append(shard, expectedLast, sent),
      );
    },
    // Through this object's `append`, so that each shard's message is delayed or lost on its own.
    appendAll(group, appended) {
      appendEach(this, group, appended);
    },
    read: (shard, from, limit) => wire.read('log.read', () => inner.read(shard, from, limit)),
    get: (shard, sequence) => wire.read('log.get', () => inner.get(shard, sequence)),
    trim: (shard, through) => wire.write('log.trim', () => inner.trim(shard, through)),
    close: () => Promise.resolve(),
  };
}

/** `near`: one customer's snapshot is read without waiting, as in a store of the same process. */
export function remoteSnapshots(inner: SnapshotStore, wire: Wire, near: boolean): SnapshotStore {
  return {
    get: (...args) => (near ? inner.get(...args) : wire.read('snapshots.get', () => inner.get(...args))),
    write: (shard, puts, expectedCounter) => {
      const sent = puts.map((put) => ({ ...put, bytes: new Uint8Array(put.bytes) }));
      return wire.write(`snapshots.write ${shard} (${puts.length})`, () =>
        inner.write(shard, sent, expectedCounter),
      );
    },
    checkpoint: (shard, checkpoint) =>
      wire.write(`snapshots.checkpoint ${shard}/${checkpoint.sequence}`, () =>
        inner.checkpoint(shard, checkpoint),
      ),
    load: (shard) => wire.read('snapshots.load', () => inner.load(shard)),
    due: (...args) => wire.read('snapshots.due', () => inner.due(...args)),
    members: (...args) => wire.read('snapshots.members', () => inner.members(...args)),
    ids: (shard, after, limit) => wire.read('snapshots.ids', () => inner.ids(shard, after, limit)),
    scan: (shard, after, limit) => wire.read('snapshots.scan', () => inner.scan(shard, after, limit)),
    clear: (shard, above) => wire.write(`snapshots.clear ${shard}`, () => inner.clear(shard, above)),
    count: (shard) => wire.read('snapshots.count', () => inner.count(shard)),
    close: () => Promise.resolve(),
  };
}

export function remoteArchive(inner: Archive, wire: Wire): Archive {
  return {
    write: (shard, records, span) =>
      wire.write(`archive.write ${shard}`, () => inner.write(shard, records, span)),
    segments: (shard) => wire.read('archive.segments', () => inner.segments(shard)),
    read: (shard, from, limit) => wire.read('archive.read', () => inner.read(shard, from, limit)),
    get: (shard, sequence) => wire.read('archive.get', () => inner.get(shard, sequence)),
    expire: (shard, before, through) =>
      wire.write('archive.expire', () => inner.expire(shard, before, through)),
    close: () => Promise.resolve(),
  };
}
