/**
 * The catalogue that every node holds: the fold of the catalogue's log. Owned by the composition root's feed of that log,
 * read by every decision through CatalogView.
 *
 * I1  The same updates in the same order give the same view; `sequence` counts the log's records folded.
 * I2  A product that is in hand is never changed in place: a decision that holds a ProductView keeps what it saw.
 * I3  At most `productsMax` products; a new one beyond it is refused and counted, known ones are still updated.
 */
import type { CatalogView, ProductView } from './catalog.ts';
import type { KnownGoods } from './known-goods.ts';

/** One product of an upsert. What is undefined stays as it was; lists replace what was known when they are not empty. */
export interface CatalogUpdate {
  readonly productId: string;
  readonly title: string | undefined;
  readonly category: string | undefined;
  readonly brand: string | undefined;
  readonly price: number | undefined;
  readonly margin: number | undefined;
  readonly url: string | undefined;
  readonly image: string | undefined;
  /** `stock` undefined: this size is not tracked. */
  readonly variants: readonly { readonly size: string; readonly stock: number | undefined }[];
  readonly substitutes: readonly string[];
}

/** Units of a size that the shop does not count, beside sizes that it does. */
const UNCOUNTED = Number.POSITIVE_INFINITY;
const NO_STOCK: ReadonlyMap<string, number> = new Map();
const NO_SUBSTITUTES: readonly string[] = [];

export class CatalogColumns implements CatalogView, KnownGoods {
  readonly productsMax: number;
  readonly #products = new Map<string, ProductView>();
  /** Categories and brands repeat: one string each, however many products. */
  readonly #words = new Map<string, string>();
  /** Also those that no product has any more. */
  readonly #categories = new Set<string>();
  #sequence = 0;
  #refused = 0;

  constructor(productsMax = 1_000_000) {
    this.productsMax = productsMax;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get size(): number {
    return this.#products.size;
  }

  get categories(): ReadonlySet<string> {
    return this.#categories;
  }

  has(productId: string): boolean {
    return this.#products.has(productId);
  }

  /** New products that found no room. */
  get refused(): number {
    return this.#refused;
  }

  get(productId: string): ProductView | undefined {
    return this.#products.get(productId);
  }

  /** Folds one record of the log; records come in the order of their sequence, each once (a repeated one is skipped). */
  fold(sequence: number, updates: readonly CatalogUpdate[]): void {
    if (sequence <= this.#sequence) return;
    for (const update of updates) this.#upsert(update);
    this.#sequence = sequence;
  }

  #upsert(update: CatalogUpdate): void {
    const old = this.#products.get(update.productId);
    if (old === undefined && this.#products.size >= this.productsMax) {
      this.#refused++;
      return;
    }
    const category = this.#word(update.category ?? old?.category ?? '');
    if (category !== '') this.#categories.add(category);
    this.#products.set(update.productId, {
      productId: update.productId,
      title: update.title ?? old?.title ?? '',
      category,
      brand: this.#word(update.brand ?? old?.brand ?? ''),
      price: update.price ?? old?.price ?? 0,
      margin: update.margin ?? old?.margin ?? Number.NaN,
      url: update.url ?? old?.url ?? '',
      image: update.image ?? old?.image ?? '',
      stock: update.variants.length > 0 ? stockBySize(update.variants) : (old?.stock ?? NO_STOCK),
      substitutes: update.substitutes.length > 0 ? update.substitutes : (old?.substitutes ?? NO_SUBSTITUTES),
    });
  }

  #word(text: string): string {
    const known = this.#words.get(text);
    if (known !== undefined) return known;
    // As many words as products at most: a shop that puts ids into brands gains nothing, but loses nothing either.
    if (this.#words.size < this.productsMax) this.#words.set(text, text);
    return text;
  }
}

/** Makes of the same size are sold as one; nothing tracked at all: no stock. */
function stockBySize(variants: CatalogUpdate['variants']): ReadonlyMap<string, number> {
  if (variants.every((variant) => variant.stock === undefined)) return NO_STOCK;
  const stock = new Map<string, number>();
  for (const { size, stock: units } of variants)
    stock.set(size, (stock.get(size) ?? 0) + (units ?? UNCOUNTED));
  return stock;
}
