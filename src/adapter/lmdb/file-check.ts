import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { PortError } from '../../port/port-error.ts';

// Layout of a meta page in the LMDB that lmdb 3.5 bundles (mdb.c: MDB_page, MDB_meta), little endian.
const META_BYTES = 168;
const MAGIC_AT = 24;
const MAGIC = 0xbeefc0de;
const PAGE_SIZE_AT = 48;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;

/** Pages given up within the transaction that made them need not have been written. */
const UNWRITTEN_BYTES_MAX = 1_048_576;

/**
 * Looks at the file before LMDB does, which maps it and trusts it: a file that is no LMDB environment ends the process with
 * SIGSEGV, one that was cut short with SIGBUS. Throws `corrupt`. A file short by less than a mebibyte is lengthened with
 * zeros, so that a page that is missing after all reads as damaged. A file that does not exist is fine.
 */
export function checkLmdbFile(file: string): void {
  if (!existsSync(file)) return;
  const handle = openSync(file, 'r+');
  try {
    const { size } = fstatSync(handle);
    if (size === 0) return;
    const wanted = wantedBytes(handle);
    if (wanted === undefined)
      throw new PortError('corrupt', `${file} is not an LMDB file, or its head is damaged`);
    if (wanted - size > UNWRITTEN_BYTES_MAX) {
      throw new PortError('corrupt', `${file} was cut short: it has ${size} of ${wanted} bytes`);
    }
    if (size < wanted) ftruncateSync(handle, wanted);
  } finally {
    closeSync(handle);
  }
}

/** The length that the newer of the two meta pages speaks of, undefined when one is not a meta page. */
function wantedBytes(handle: number): number | undefined {
  const first = metaAt(handle, 0);
  if (first === undefined) return undefined;
  const second = metaAt(handle, first.pageSize);
  if (second === undefined) return undefined;
  const newer = second.transaction > first.transaction ? second : first;
  return (newer.lastPage + 1) * first.pageSize;
}

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: number;
}

function metaAt(handle: number, at: number): Meta | undefined {
  const meta = Buffer.alloc(META_BYTES);
  if (readSync(handle, meta, 0, META_BYTES, at) < META_BYTES) return undefined;
  const pageSize = meta.readUInt32LE(PAGE_SIZE_AT);
  if (meta.readUInt32LE(MAGIC_AT) !== MAGIC || pageSize < 256 || pageSize > 65_536) return undefined;
  return {
    pageSize,
    lastPage: Number(meta.readBigUInt64LE(LAST_PAGE_AT)),
    transaction: Number(meta.readBigUInt64LE(TRANSACTION_AT)),
  };
}
