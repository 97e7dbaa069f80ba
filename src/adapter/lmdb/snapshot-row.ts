import { assert } from '../../base/assert.ts';
import { readUint48 } from './number-keys.ts';

/** Keys of snapshots: shard u16, the 16 bytes of the id. Of the due index: shard u16, due u48, the 16 bytes. */
export const SNAPSHOT_KEY_BYTES = 18;
export const DUE_KEY_BYTES = 24;
const ID_CHARS = 22;
const ID_BYTES = 16;

/** Writes the id's 16 bytes into `target`; an id that is not 22 characters of base64url is a bug of the caller. */
function writeId(target: Buffer, id: string, at: number): void {
  const written = id.length === ID_CHARS ? target.write(id, at, ID_BYTES, 'base64url') : 0;
  assert(written === ID_BYTES, () => `a customer id has ${ID_CHARS} characters of base64url, unlike ${id}`);
}

export function writeSnapshotKey(target: Buffer, shard: number, id: string): void {
  target.writeUInt16BE(shard, 0);
  writeId(target, id, 2);
}

export function snapshotKey(shard: number, id: string): Buffer {
  const key = Buffer.allocUnsafe(SNAPSHOT_KEY_BYTES);
  writeSnapshotKey(key, shard, id);
  return key;
}

export function idOfSnapshotKey(key: Uint8Array): string {
  return idAt(key, 2);
}

export function dueKey(due: number, key: Uint8Array): Buffer {
  const index = Buffer.allocUnsafe(DUE_KEY_BYTES);
  index.set(key.subarray(0, 2), 0);
  index.writeUIntBE(due, 2, 6);
  index.set(key.subarray(2), 8);
  return index;
}

/** The least key of `shard` that is due at `due` or later. */
export function dueBound(shard: number, due: number): Buffer {
  const bound = Buffer.alloc(8);
  bound.writeUInt16BE(shard, 0);
  bound.writeUIntBE(due, 2, 6);
  return bound;
}

export function dueOfKey(index: Uint8Array): { readonly due: number; readonly id: string } {
  return { due: readUint48(index, 2), id: idAt(index, 8) };
}

function idAt(key: Uint8Array, at: number): string {
  return Buffer.from(key.buffer, key.byteOffset + at, ID_BYTES).toString('base64url');
}

/** In front of a snapshot's bytes: sequence u48, due u48, core revision u16. */
export const SNAPSHOT_HEAD_BYTES = 14;

export function snapshotHead(seq: number, due: number, revision: number): Buffer {
  const head = Buffer.allocUnsafe(SNAPSHOT_HEAD_BYTES);
  head.writeUIntBE(seq, 0, 6);
  head.writeUIntBE(due, 6, 6);
  head.writeUInt16BE(revision, 12);
  return head;
}

export function readSnapshotHead(row: Uint8Array): {
  readonly seq: number;
  readonly due: number;
  readonly revision: number;
} {
  return {
    seq: readUint48(row, 0),
    due: readUint48(row, 6),
    revision: ((row[12] as number) << 8) | (row[13] as number),
  };
}

/** In front of a checkpoint's state: sequence u48, counter u48. */
export const CHECKPOINT_HEAD_BYTES = 12;

export function checkpointHead(sequence: number, counter: number): Buffer {
  const head = Buffer.allocUnsafe(CHECKPOINT_HEAD_BYTES);
  head.writeUIntBE(sequence, 0, 6);
  head.writeUIntBE(counter, 6, 6);
  return head;
}
