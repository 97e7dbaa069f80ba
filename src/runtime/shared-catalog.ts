/**
 * The product catalogue of this node: one log, folded into columns. Owned by the composition root.
 *
 * I1  Records are folded in the log's order, each once, own ones too: nodes that share a log end with the same columns, whoever appended last.
 * I2  Reading and upserts run one after the other, so that what was checked is what is folded.
 */
import { decodeCatalogRecord, encodeCatalogRecord } from '../codec/stored/catalog-codec.ts';
import { LIMITS } from '../config/limits.ts';
import type { CatalogView } from '../core/catalog/catalog.ts';
import { CatalogColumns, type CatalogUpdate } from '../core/catalog/catalog-columns.ts';
import type { KnownGoods } from '../core/catalog/known-goods.ts';
import type { Catalog, CatalogResult, CatalogTaken } from '../port/catalog.ts';
import type { CatalogLog } from '../port/catalog-log.ts';

const taken: CatalogResult = { field: '', rule: '', fault: '' };

export class SharedCatalog implements Catalog {
  readonly #log: CatalogLog;
  readonly #productsMax: number;
  readonly #columns: CatalogColumns;
  /** I2 */
  #last: Promise<unknown> = Promise.resolve();

  constructor(log: CatalogLog, productsMax: number = LIMITS.catalogProductsMax) {
    this.#log = log;
    this.#productsMax = productsMax;
    this.#columns = new CatalogColumns(productsMax);
  }

  get view(): CatalogView {
    return this.#columns;
  }

  /** The columns themselves: what they hold when they are asked. */
  get goods(): KnownGoods {
    return this.#columns;
  }

  get size(): number {
    return this.#columns.size;
  }

  /** Folds what the log holds. Throws PortError. */
  load(): Promise<void> {
    return this.#serially(() => this.#fold(LIMITS.recoveryBatchMax));
  }

  /** Folds what others appended, a few batches at a time: decisions are made in between. Throws PortError. */
  takeIn(): Promise<void> {
    return this.#serially(() => this.#fold(LIMITS.catalogFollowBatchMax));
  }

  /** Calls `changed` when somebody may have appended; see port/follow.ts. */
  follow(changed: () => void): () => void {
    return this.#log.follow?.(changed) ?? (() => {});
  }

  upsert(updates: readonly CatalogUpdate[]): Promise<CatalogTaken> {
    return this.#serially(() => this.#upsert(updates));
  }

  /** I2 */
  #serially<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done;
  }

  /** I1: everything that the log holds, `limit` records at a time. */
  async #fold(limit: number): Promise<void> {
    for (;;) {
      const records = await this.#log.read(this.#columns.sequence + 1, limit);
      for (const record of records) this.#columns.fold(record.sequence, decodeCatalogRecord(record.bytes));
      if (records.length < limit) return;
    }
  }

  async #upsert(updates: readonly CatalogUpdate[]): Promise<CatalogTaken> {
    let { results, good } = this.#checked(updates);
    if (good.length < updates.length && this.#log.follow !== undefined) {
      // Another node may have brought the product a moment ago.
      await this.#fold(LIMITS.catalogFollowBatchMax);
      ({ results, good } = this.#checked(updates));
    }
    if (good.length > 0) {
      const sequence = await this.#log.append([encodeCatalogRecord(good)]);
      if (sequence === this.#columns.sequence + 1) this.#columns.fold(sequence, good);
      // I1: others appended in between.
      else await this.#fold(LIMITS.catalogFollowBatchMax);
    }
    return { results, sequence: this.#columns.sequence };
  }

  #checked(updates: readonly CatalogUpdate[]) {
    const good: CatalogUpdate[] = [];
    const fresh = new Set<string>();
    const results = updates.map((update) => {
      const fault = this.#fault(update, fresh);
      if (fault === taken) good.push(update);
      return fault;
    });
    return { results, good };
  }

  /** A known product may be changed field by field; a new one must say what it is. */
  #fault(update: CatalogUpdate, fresh: Set<string>): CatalogResult {
    if (this.#columns.get(update.productId) !== undefined || fresh.has(update.productId)) return taken;
    const missing = (['title', 'category', 'price'] as const).find((field) => update[field] === undefined);
    if (missing !== undefined) {
      return {
        field: missing,
        rule: 'product.incomplete',
        fault: `${missing} is required for the new product "${update.productId}"`,
      };
    }
    if (this.#columns.size + fresh.size >= this.#productsMax) {
      return {
        field: '',
        rule: 'catalog.full',
        fault: `the catalogue holds ${this.#productsMax} products already`,
      };
    }
    fresh.add(update.productId);
    return taken;
  }
}
