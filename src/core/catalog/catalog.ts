/** The shop's products as the decision path reads them: bounded-stale, folded from the catalogue's log. */
export interface ProductView {
  readonly productId: string;
  readonly title: string;
  readonly category: string;
  readonly brand: string;
  readonly price: number;
  /** Margin per unit in currency; NaN: unknown. */
  readonly margin: number;
  readonly url: string;
  readonly image: string;
  /** Stock by size ('' for a product without sizes); empty: stock is not tracked. */
  readonly stock: ReadonlyMap<string, number>;
  readonly substitutes: readonly string[];
}

export interface CatalogView {
  /** Records of the catalogue's log folded so far. */
  readonly sequence: number;
  get(productId: string): ProductView | undefined;
}
