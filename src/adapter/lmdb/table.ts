import type { Database } from 'lmdb';

/** A named database of raw bytes under raw keys. */
export type Table = Database<Buffer, Uint8Array>;
