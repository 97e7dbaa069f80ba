import type { CommitQueue } from './commit-queue.ts';
import { readUint48, uint48 } from './number-keys.ts';
import {
  type CopiedRow,
  type CopiedTable,
  type FoundCopy,
  type NumberedRow,
  RowCopy,
  writeCopy,
} from './row-copy.ts';
import { seal, unseal } from './sealed-value.ts';
import type { Table } from './table.ts';

/** What two copies of the rows had to give each other. */
export interface RowDifference {
  /** Rows that the tables lack or have damaged or older, and the copy has. */
  readonly toTables: readonly NumberedRow[];
  /** Rows that the copy lacks or has older, and the tables have. */
  readonly toCopy: readonly CopiedRow[];
  /** Rows that are damaged in the tables and not in the copy. */
  readonly lost: readonly string[];
  /** The number of the newest row that either has. */
  readonly written: number;
}

/** Where the tables say how many rows were written so far. */
const COUNT_KEY = Buffer.from('#rows');

/**
 * The rows of `editions` and `catalog`: each is put into LMDB and, once that is durable, into the second copy, if there is one.
 * Owned by the environment.
 *
 * I1. The tables count the rows; of two copies that differ in a row, the one whose count is further has the newer one.
 * I2. One put at a time, and only what was committed is counted: rows that were counted and refused would seem lost.
 */
export class KeptRows {
  readonly #tables: Readonly<Record<CopiedTable, Table>>;
  readonly #commits: CommitQueue;
  #copy: RowCopy | undefined;
  /** Durable. */
  #written = 0;
  #putting: Promise<unknown> = Promise.resolve();

  constructor(tables: Readonly<Record<CopiedTable, Table>>, commits: CommitQueue) {
    this.#tables = tables;
    this.#commits = commits;
  }

  /** Rows written in the life of the directory. */
  get written(): number {
    return this.#written;
  }

  /** Puts the rows in one transaction; resolves when they are durable. Throws PortError. */
  put(rows: readonly CopiedRow[]): Promise<void> {
    const done = this.#putting.then(() => this.#put(rows));
    this.#putting = done.catch(() => undefined);
    return done;
  }

  /** How the tables and a copy differ. Changes nothing. */
  differences({ rows, written }: FoundCopy): RowDifference {
    const counted = this.#count();
    const toTables: NumberedRow[] = [];
    const toCopy: CopiedRow[] = [];
    const lost: string[] = [];
    const copied = new Set<string>();
    for (const row of rows) {
      const held = this.#tables[row.table].getBinary(row.key);
      copied.add(nameOf(row));
      if (held === undefined || unseal(row.key, held) === undefined) toTables.push(row);
      else if (Buffer.compare(held, row.value) === 0) continue;
      else if (row.number > counted) toTables.push(row);
      else toCopy.push({ table: row.table, key: row.key, value: Buffer.from(held) });
    }
    for (const table of ['editions', 'catalog'] as const)
      for (const { key, value } of this.#tables[table].getRange({})) {
        const row = { table, key: Buffer.from(key), value: Buffer.from(value) };
        if (copied.has(nameOf(row)) || COUNT_KEY.equals(row.key)) continue;
        if (unseal(row.key, row.value) === undefined) lost.push(nameOf(row));
        else toCopy.push(row);
      }
    return { toTables, toCopy, lost, written: Math.max(counted, written) };
  }

  /** Makes both alike and goes on with both. Throws PortError. */
  async attach(
    path: string,
    found: FoundCopy,
    difference: RowDifference,
    onFault: (sentence: string, cause: unknown) => void,
  ): Promise<void> {
    const { toTables, toCopy, written } = difference;
    const total = written + toCopy.length;
    if (toTables.length > 0 || total > this.#count())
      await this.#commits.run(() => this.#apply(toTables, total), 'upkeep');
    this.#written = total;
    if (found.damagedAt.length > 0) {
      const added = toCopy.map((row, i) => ({ ...row, number: written + 1 + i }));
      const { end } = writeCopy(path, [...found.rows, ...added]);
      this.#copy = new RowCopy(path, { end, written: total }, onFault);
      return;
    }
    this.#copy = new RowCopy(path, { end: found.end, written }, onFault);
    await this.#copy.add(toCopy);
  }

  /** Tries again what the second copy could not take: nobody may put a row for days. */
  async beat(): Promise<void> {
    await this.#copy?.add([]);
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#copy?.close();
  }

  /** I2. */
  async #put(rows: readonly CopiedRow[]): Promise<void> {
    const copy = this.#copy;
    const written = copy === undefined ? undefined : this.#written + rows.length;
    await this.#commits.run(() => this.#apply(rows, written), 'growth');
    // Only now: what is noted as written and is in neither copy would stop the next start.
    if (written !== undefined) this.#written = written;
    await copy?.add(rows);
  }

  #apply(rows: readonly CopiedRow[], written: number | undefined): void {
    for (const { table, key, value } of rows) void this.#tables[table].put(key, value as Buffer);
    if (written !== undefined) void this.#tables.editions.put(COUNT_KEY, seal(COUNT_KEY, uint48(written)));
  }

  #count(): number {
    const held = this.#tables.editions.getBinary(COUNT_KEY);
    const body = held === undefined ? undefined : unseal(COUNT_KEY, held);
    return body === undefined ? 0 : readUint48(body, 0);
  }
}

function nameOf({ table, key }: Pick<CopiedRow, 'table' | 'key'>): string {
  return `${table}/${Buffer.from(key).toString('latin1')}`;
}
