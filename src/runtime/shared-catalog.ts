/** The product catalogue of this node: one log, folded into columns. Owned by the composition root. */
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
  /** Upserts run one after the other, so that what was checked is what is folded. */
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
  async load(): Promise<void> {
    for (;;) {
      const records = await this.#log.read(this.#columns.sequence + 1, LIMITS.recoveryBatchMax);
      for (const record of records) this.#columns.fold(record.sequence, decodeCatalogRecord(record.bytes));
      if (records.length < LIMITS.recoveryBatchMax) return;
    }
  }

  upsert(updates: readonly CatalogUpdate[]): Promise<CatalogTaken> {
    const run = this.#last.then(() => this.#upsert(updates));
    this.#last = run.catch(() => {});
    return run;
  }

  async #upsert(updates: readonly CatalogUpdate[]): Promise<CatalogTaken> {
    const good: CatalogUpdate[] = [];
    const fresh = new Set<string>();
    const results = updates.map((update) => {
      const fault = this.#fault(update, fresh);
      if (fault === taken) good.push(update);
      return fault;
    });
    if (good.length > 0) {
      const sequence = await this.#log.append([encodeCatalogRecord(good)]);
      this.#columns.fold(sequence, good);
    }
    return { results, sequence: this.#columns.sequence };
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
