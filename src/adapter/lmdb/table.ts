import type { Database } from 'lmdb';

/** A named database of raw bytes under raw keys, as the driver has it. */
export type RawTable = Database<Buffer, Uint8Array>;

/**
 * A table of the environment, whose file may be another one from one moment to the next (rewrite.ts): nothing that it returns is used later than
 * at once. While it is followed it notes the keys that are written. Methods are those of the driver.
 */
export class Table {
  #raw: RawTable;
  #changed: Set<string> | undefined;

  constructor(raw: RawTable) {
    this.#raw = raw;
  }

  put(key: Uint8Array, value: Buffer): Promise<boolean> {
    this.#note(key);
    return this.#raw.put(key, value);
  }

  remove(key: Uint8Array): Promise<boolean> {
    this.#note(key);
    return this.#raw.remove(key);
  }

  getBinary(key: Uint8Array): Buffer | undefined {
    return this.#raw.getBinary(key);
  }

  getBinaryFast(key: Uint8Array): Buffer | undefined {
    return this.#raw.getBinaryFast(key);
  }

  getKeys(range: Parameters<RawTable['getKeys']>[0]): ReturnType<RawTable['getKeys']> {
    return this.#raw.getKeys(range);
  }

  getRange(range: Parameters<RawTable['getRange']>[0]): ReturnType<RawTable['getRange']> {
    return this.#raw.getRange(range);
  }

  getKeysCount(range: Parameters<RawTable['getKeysCount']>[0]): number {
    return this.#raw.getKeysCount(range);
  }

  getStats(): object {
    return this.#raw.getStats();
  }

  transactionSync<T>(work: () => T): T {
    return this.#raw.transactionSync(work);
  }

  /** Notes from now on which keys are written. */
  follow(): void {
    this.#changed = new Set();
  }

  unfollow(): void {
    this.#changed = undefined;
  }

  /** How many keys were written since it is followed, or since they were taken last. */
  get changes(): number {
    return this.#changed?.size ?? 0;
  }

  takeChanges(): readonly Uint8Array[] {
    const keys = [...(this.#changed ?? [])].map((key) => Buffer.from(key, 'latin1'));
    this.#changed?.clear();
    return keys;
  }

  /** The same rows in another file. */
  swap(raw: RawTable): void {
    this.#raw = raw;
  }

  #note(key: Uint8Array): void {
    this.#changed?.add(Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1'));
  }
}
