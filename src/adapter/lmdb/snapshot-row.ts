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

/** In front of a snapshot's bytes: sequence u48, due u48, core revision u16, whose first bit says that audiences follow. */
export const SNAPSHOT_HEAD_BYTES = 14;
const HAS_AUDIENCES = 0x8000;
const NO_NAMES: readonly string[] = [];

export interface SnapshotHead {
  readonly seq: number;
  readonly due: number;
  readonly revision: number;
  /** Of the audiences: a count u8, then of each name its length u8 and its bytes. */
  readonly audiences: readonly string[];
}

export function snapshotHead({ seq, due, revision, audiences }: SnapshotHead): Buffer {
  assert(revision < HAS_AUDIENCES, `a core revision is below ${HAS_AUDIENCES}`);
  const names = audiences.map((name) => Buffer.from(name));
  const behind = names.length === 0 ? 0 : names.reduce((sum, { length }) => sum + 1 + length, 1);
  const head = Buffer.allocUnsafe(SNAPSHOT_HEAD_BYTES + behind);
  head.writeUIntBE(seq, 0, 6);
  head.writeUIntBE(due, 6, 6);
  head.writeUInt16BE(names.length === 0 ? revision : revision | HAS_AUDIENCES, 12);
  if (names.length === 0) return head;
  let at = SNAPSHOT_HEAD_BYTES;
  head.writeUInt8(names.length, at++);
  for (const name of names) {
    head.writeUInt8(name.length, at++);
    at += name.copy(head, at);
  }
  return head;
}

/** `end`: where the snapshot's bytes begin. */
export function readSnapshotHead(row: Uint8Array): SnapshotHead & { readonly end: number } {
  const seq = readUint48(row, 0);
  const due = readUint48(row, 6);
  const revision = ((row[12] as number) << 8) | (row[13] as number);
  if ((revision & HAS_AUDIENCES) === 0)
    return { seq, due, revision, audiences: NO_NAMES, end: SNAPSHOT_HEAD_BYTES };
  const audiences: string[] = [];
  let end = SNAPSHOT_HEAD_BYTES + 1;
  for (let left = row[SNAPSHOT_HEAD_BYTES] as number; left > 0; left--) {
    const length = row[end] as number;
    audiences.push(Buffer.from(row.subarray(end + 1, end + 1 + length)).toString());
    end += 1 + length;
  }
  return { seq, due, revision: revision & ~HAS_AUDIENCES, audiences, end };
}

/** Of the index of members: shard u16, length of the name u8, the name, the 16 bytes of the id. `key`: the snapshot's. */
export function memberKey(audience: string, key: Uint8Array): Buffer {
  return Buffer.concat([
    memberBound(((key[0] as number) << 8) | (key[1] as number), audience),
    key.subarray(2),
  ]);
}

/** The least key of an audience in a shard; followed by an id's bytes, a member's. */
export function memberBound(shard: number, audience: string): Buffer {
  const name = Buffer.from(audience);
  const bound = Buffer.allocUnsafe(3 + name.length);
  bound.writeUInt16BE(shard, 0);
  bound.writeUInt8(name.length, 2);
  name.copy(bound, 3);
  return bound;
}

export function idOfMemberKey(key: Uint8Array): string {
  return idAt(key, key.length - ID_BYTES);
}

export function audienceOfMemberKey(key: Uint8Array): string {
  return Buffer.from(key.subarray(3, key.length - ID_BYTES)).toString();
}

/** In front of a checkpoint's state: sequence u48, counter u48. */
export const CHECKPOINT_HEAD_BYTES = 12;

export function checkpointHead(sequence: number, counter: number): Buffer {
  const head = Buffer.allocUnsafe(CHECKPOINT_HEAD_BYTES);
  head.writeUIntBE(sequence, 0, 6);
  head.writeUIntBE(counter, 6, 6);
  return head;
}
