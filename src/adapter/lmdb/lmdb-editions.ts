import type { Edition, EditionKind, Editions } from '../../port/editions.ts';
import { PortError } from '../../port/port-error.ts';
import type { LmdbEnvironment } from './environment.ts';
import { lmdbFault } from './lmdb-fault.ts';
import { readUint48, uint48 } from './number-keys.ts';
import { seal, unseal } from './sealed-value.ts';

const VERSIONS_MAX = 100;
const HEAD_BYTES = 12;

interface Stored extends Edition {
  readonly at: number;
  /** Number of the edition among those of its kind, from 1. */
  readonly number: number;
}

/**
 * The embedded Editions: 'b/kind/version' holds [number u48, at u48, sha256 in ASCII, bytes], 'n/kind/number' the version, so
 * that the newest are found without reading any bytes, and 'c/kind' the version in force. Puts and uses follow one another,
 * which makes their compare-and-set one within this process, and the directory admits no other.
 */
export class LmdbEditions implements Editions {
  readonly #env: LmdbEnvironment;
  readonly #now: () => number;
  #writing: Promise<unknown> = Promise.resolve();

  /** `now` dates what is put (ms). */
  constructor(env: LmdbEnvironment, options: { readonly now: () => number }) {
    this.#env = env;
    this.#now = options.now;
  }

  put(edition: Edition, at = this.#now()): Promise<void> {
    return this.#serially(async () => {
      const held = this.#stored(edition.kind, edition.version);
      if (held !== undefined) {
        if (held.sha256 === edition.sha256 && Buffer.compare(held.bytes, edition.bytes) === 0) return;
        throw new PortError(
          'conflict',
          `the ${edition.kind} ${edition.version} is already stored with other bytes`,
        );
      }
      const [newest] = this.#reading(() =>
        Array.from(this.#env.editions.getKeys(newestFirst(edition.kind, 1))),
      );
      const number = newest === undefined ? 1 : readUint48(newest, newest.length - 6) + 1;
      const key = bytesKey(edition.kind, edition.version);
      const head = Buffer.concat([
        uint48(number),
        uint48(at),
        Buffer.from(edition.sha256.padEnd(64), 'latin1'),
      ]);
      const value = seal(key, head, edition.bytes);
      const place = numberKey(edition.kind, number);
      const version = seal(place, Buffer.from(edition.version));
      await this.#env.kept.put([
        { table: 'editions', key, value },
        { table: 'editions', key: place, value: version },
      ]);
    });
  }

  async get(kind: EditionKind, version: string): Promise<Edition | undefined> {
    const held = this.#stored(kind, version);
    return held && { kind, version, sha256: held.sha256, bytes: held.bytes };
  }

  async current(kind: EditionKind): Promise<string> {
    return this.#current(kind);
  }

  use(kind: EditionKind, version: string, expected: string): Promise<void> {
    return this.#serially(async () => {
      const now = this.#current(kind);
      if (now !== expected)
        throw new PortError('conflict', `the ${kind} in force is '${now}', not '${expected}'`);
      if (this.#stored(kind, version) === undefined) {
        throw new PortError('conflict', `there is no ${kind} ${version} to put in force`);
      }
      const key = currentKey(kind);
      await this.#env.kept.put([{ table: 'editions', key, value: seal(key, Buffer.from(version)) }]);
    });
  }

  async versions(
    kind: EditionKind,
    limit = VERSIONS_MAX,
  ): Promise<{ readonly version: string; readonly sha256: string; readonly at: number }[]> {
    const keys = this.#reading(() => Array.from(this.#env.editions.getKeys(newestFirst(kind, limit))));
    return keys.map((key) => {
      const version = this.#text(key);
      const stored = this.#stored(kind, version);
      if (stored === undefined)
        throw new PortError('corrupt', `${this.#env.file}: the ${kind} ${version} is missing`);
      return { version, sha256: stored.sha256, at: stored.at };
    });
  }

  close(): Promise<void> {
    return this.#env.close();
  }

  #stored(kind: EditionKind, version: string): Stored | undefined {
    const key = bytesKey(kind, version);
    const body = this.#opened(key);
    if (body === undefined) return undefined;
    return {
      kind,
      version,
      number: readUint48(body, 0),
      at: readUint48(body, 6),
      sha256: Buffer.from(body.subarray(HEAD_BYTES, HEAD_BYTES + 64))
        .toString('latin1')
        .trimEnd(),
      bytes: body.subarray(HEAD_BYTES + 64),
    };
  }

  #current(kind: EditionKind): string {
    return this.#text(currentKey(kind));
  }

  #text(key: Uint8Array): string {
    const body = this.#opened(key);
    return body === undefined ? '' : Buffer.from(body).toString();
  }

  #opened(key: Uint8Array): Uint8Array | undefined {
    const value = this.#reading(() => this.#env.editions.getBinary(key));
    if (value === undefined) return undefined;
    const body = unseal(key, value);
    if (body === undefined) {
      throw new PortError(
        'corrupt',
        `${this.#env.file}: the edition under ${Buffer.from(key).toString()} is damaged`,
      );
    }
    return body;
  }

  #serially<T>(write: () => Promise<T>): Promise<T> {
    const written = this.#writing.then(write);
    this.#writing = written.then(done, done);
    return written;
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw lmdbFault(cause, this.#env.file);
    }
  }
}

function bytesKey(kind: EditionKind, version: string): Buffer {
  return Buffer.from(`b/${kind}/${version}`);
}

function currentKey(kind: EditionKind): Buffer {
  return Buffer.from(`c/${kind}`);
}

function numberKey(kind: EditionKind, number: number): Buffer {
  return Buffer.concat([Buffer.from(`n/${kind}/`), uint48(number)]);
}

function newestFirst(
  kind: EditionKind,
  limit: number,
): { start: Buffer; end: Buffer; reverse: true; limit: number } {
  return {
    start: numberKey(kind, 281_474_976_710_655),
    end: Buffer.from(`n/${kind}/`),
    reverse: true,
    limit,
  };
}

function done(): void {}
