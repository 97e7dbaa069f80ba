/**
 * What is stored and in which version. The first byte of every stored value says what it is, the second its format;
 * a change of a shape raises the number here, adds an upgrade, and saves bytes of the old one as a test.
 */
import { StoredBytesError } from './stored-bytes-error.ts';

export interface StoredFormat {
  /** For messages. */
  readonly name: string;
  /** First byte. */
  readonly magic: number;
  /** The format written now; formats count from 1. */
  readonly current: number;
  /**
   * Each turns whole bytes of a format into the next one; the last gives the current one. So many older formats are
   * still read.
   */
  readonly upgrades: readonly ((bytes: Uint8Array) => Uint8Array)[];
}

/** Format 3 holds what decisions reserve of budgets. Formats 1 and 2, of the versions up to 0.1.0, are not read. */
export const RECORD_FORMAT: StoredFormat = {
  name: 'log record',
  magic: 0xa1,
  current: 3,
  upgrades: [],
};
export const PROFILE_FORMAT: StoredFormat = { name: 'profile', magic: 0xa2, current: 1, upgrades: [] };
export const CATALOG_FORMAT: StoredFormat = {
  name: 'catalogue record',
  magic: 0xa3,
  current: 1,
  upgrades: [],
};
/** Format 2 holds the shard's part of the budgets. */
export const SHARD_STATE_FORMAT: StoredFormat = {
  name: 'shard state',
  magic: 0xa4,
  current: 2,
  upgrades: [],
};
export const MODEL_FORMAT: StoredFormat = { name: 'model', magic: 0xa5, current: 1, upgrades: [] };

/** The bytes before the body: magic and format. */
export const FORMAT_BYTES = 2;

/**
 * `bytes` in the current format: themselves, or upgraded step by step. Throws StoredBytesError when they are something
 * else, or of a format that this program does not read (it names the numbers).
 */
export function inCurrentFormat(format: StoredFormat, bytes: Uint8Array): Uint8Array {
  const oldest = format.current - format.upgrades.length;
  let at = bytes;
  for (;;) {
    if (at.length < FORMAT_BYTES) throw new StoredBytesError(0, `a ${format.name}, not ${at.length} bytes`);
    if (at[0] !== format.magic)
      throw new StoredBytesError(0, `a ${format.name} (first byte ${format.magic}), not ${at[0]}`);
    const version = at[1] as number;
    if (version === format.current) return at;
    const upgrade = format.upgrades[version - oldest];
    if (upgrade === undefined) {
      throw new StoredBytesError(
        1,
        `a ${format.name} of format ${version}, but this program reads ${oldest < format.current ? `${oldest} to ` : ''}${format.current}`,
      );
    }
    const upgraded = upgrade(at);
    if (upgraded[1] !== version + 1)
      throw new StoredBytesError(1, `an upgrade of a ${format.name} from ${version} to ${version + 1}`);
    at = upgraded;
  }
}
