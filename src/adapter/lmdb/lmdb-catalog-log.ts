import type { CatalogLog } from '../../port/catalog-log.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import type { LmdbEnvironment } from './environment.ts';
import { lmdbFault } from './lmdb-fault.ts';
import { readUint48, uint48 } from './number-keys.ts';
import { seal, unseal } from './sealed-value.ts';

/** The embedded CatalogLog: a record stands under its sequence. Appends follow one another, whatever waits behind what. */
export class LmdbCatalogLog implements CatalogLog {
  readonly #env: LmdbEnvironment;
  #last: number | undefined;
  #appending: Promise<unknown> = Promise.resolve();

  constructor(env: LmdbEnvironment) {
    this.#env = env;
  }

  async last(): Promise<number> {
    this.#last ??= this.#reading(() => {
      const [newest] = this.#env.catalog.getKeys({ reverse: true, limit: 1 });
      return newest === undefined ? 0 : readUint48(newest, 0);
    });
    return this.#last;
  }

  append(records: readonly Uint8Array[]): Promise<number> {
    const appended = this.#appending.then(() => this.#append(records));
    this.#appending = appended.then(done, done);
    return appended;
  }

  async read(from: number, limit: number): Promise<LogRecord[]> {
    return this.#reading(() => {
      const start = Math.max(1, from);
      const rows = this.#env.catalog.getRange({ start: uint48(start), limit });
      return Array.from(rows, ({ key, value }, i) => {
        const sequence = start + i;
        const bytes = readUint48(key, 0) === sequence ? unseal(key, value) : undefined;
        if (bytes !== undefined) return { sequence, bytes };
        throw new PortError(
          'corrupt',
          `${this.#env.file}: record ${sequence} of the catalogue is damaged or missing`,
        );
      });
    });
  }

  close(): Promise<void> {
    return this.#env.close();
  }

  async #append(records: readonly Uint8Array[]): Promise<number> {
    const before = await this.last();
    if (records.length === 0) return before;
    await this.#env.kept.put(
      records.map((bytes, i) => {
        const key = uint48(before + 1 + i);
        return { table: 'catalog', key, value: seal(key, bytes) };
      }),
    );
    this.#last = before + records.length;
    return this.#last;
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw lmdbFault(cause, this.#env.file);
    }
  }
}

function done(): void {}
