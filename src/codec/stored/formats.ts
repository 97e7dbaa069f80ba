/**
 * What is stored and in which version. The first byte of every stored value says what it is, the second its format;
 * a change of a shape raises the number here, is read by its number, and saves bytes of the old one as a test.
 */
import { StoredBytesError } from './stored-bytes-error.ts';

export interface StoredFormat {
  /** For messages. */
  readonly name: string;
  /** First byte. */
  readonly magic: number;
  /** The format written now; formats count from 1. */
  readonly current: number;
  /** The oldest that is still read: a reader asks `ByteReader.format` for what a format did not have yet. */
  readonly oldest: number;
}

/**
 * Format 3 holds what decisions reserve of budgets; formats 1 and 2, of the versions up to 0.1.0, are not read. Format 4 is of
 * core revision 2.
 */
export const RECORD_FORMAT: StoredFormat = { name: 'log record', magic: 0xa1, current: 4, oldest: 3 };
export const PROFILE_FORMAT: StoredFormat = { name: 'profile', magic: 0xa2, current: 2, oldest: 1 };
export const CATALOG_FORMAT: StoredFormat = { name: 'catalogue record', magic: 0xa3, current: 1, oldest: 1 };
/**
 * Format 2 holds the shard's part of the budgets, format 3 its generations, format 4 how far considerations are set, format 5 what was
 * paused, format 6 how far audiences were gone through, format 7 what shards lent each other of budgets.
 */
export const SHARD_STATE_FORMAT: StoredFormat = { name: 'shard state', magic: 0xa4, current: 7, oldest: 2 };
export const MODEL_FORMAT: StoredFormat = { name: 'model', magic: 0xa5, current: 1, oldest: 1 };
export const ESTATE_FORMAT: StoredFormat = { name: 'estate', magic: 0xa6, current: 1, oldest: 1 };
export const PAUSES_FORMAT: StoredFormat = { name: 'list of pauses', magic: 0xa7, current: 1, oldest: 1 };

/** All of them. */
export const STORED_FORMATS: readonly StoredFormat[] = [
  RECORD_FORMAT,
  PROFILE_FORMAT,
  CATALOG_FORMAT,
  SHARD_STATE_FORMAT,
  MODEL_FORMAT,
  ESTATE_FORMAT,
  PAUSES_FORMAT,
];

/** The bytes before the body: magic and format. */
export const FORMAT_BYTES = 2;

/**
 * The format of `bytes`. Throws StoredBytesError when they are something else, or of a format that this program does not read
 * (it names the numbers).
 */
export function formatOf({ name, magic, current, oldest }: StoredFormat, bytes: Uint8Array): number {
  if (bytes.length < FORMAT_BYTES) throw new StoredBytesError(0, `a ${name}, not ${bytes.length} bytes`);
  if (bytes[0] !== magic) throw new StoredBytesError(0, `a ${name} (first byte ${magic}), not ${bytes[0]}`);
  const format = bytes[1] as number;
  if (format >= oldest && format <= current) return format;
  const read = oldest < current ? `${oldest} to ${current}` : current;
  throw new StoredBytesError(1, `a ${name} of format ${format}, but this program reads ${read}`);
}
