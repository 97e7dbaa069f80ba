/** The shop's products: taking in changes, and the view that decisions read. */
import type { CatalogView } from '../core/catalog/catalog.ts';
import type { CatalogUpdate } from '../core/catalog/catalog-columns.ts';

/** Why one product of a batch was refused; '' as `fault`: it was taken. */
export interface CatalogResult {
  /** The field at fault, '' when it is the product as a whole. */
  readonly field: string;
  /** Stable id of the broken rule. */
  readonly rule: string;
  /** One sentence, '' when it was taken. */
  readonly fault: string;
}

export interface CatalogTaken {
  /** One per update, in their order. */
  readonly results: readonly CatalogResult[];
  /** Records of the catalogue's log that hold everything taken. */
  readonly sequence: number;
}

export interface Catalog {
  /** What decisions of this node see now; another object after a change of view. */
  readonly view: CatalogView;
  /**
   * Takes what can be taken; durable when it resolves. A new product without title, category or price is refused alone
   * (rule `product.incomplete`), and so is one beyond the bound of the catalogue (`catalog.full`). Throws PortError when
   * the log fails: then nothing was taken, or its outcome is unknown.
   */
  upsert(updates: readonly CatalogUpdate[]): Promise<CatalogTaken>;
}
