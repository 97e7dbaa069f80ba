/**
 * The shop's goods, whose prices and stock change while messages are on their way. Every node reads the same columns, so what is true at
 * a moment is true for all of them.
 */
import type { Rng } from '../../base/rng.ts';
import { CatalogColumns } from '../../core/catalog/catalog-columns.ts';
import { PRODUCTS } from './requests.ts';
import type { Scheduler } from './scheduler.ts';

export interface GoodsNow {
  readonly price: number;
  readonly isSoldOut: boolean;
}

const SIZE = 'M';
/** So often that many a message which is handed over again says another price. */
const CHANGE_MS_MAX = 5 * 60_000;
const SOLD_OUT_SHARE = 0.25;

export class ShopGoods {
  readonly catalog = new CatalogColumns();
  readonly #now = new Map<string, GoodsNow>();
  readonly #scheduler: Scheduler;
  readonly #rng: Rng;
  #records = 0;
  #isStopped = false;

  constructor(scheduler: Scheduler, rng: Rng) {
    this.#scheduler = scheduler;
    this.#rng = rng;
    for (const [productId, , price] of PRODUCTS) this.#change(productId, price, false);
  }

  /** What is true of a product at this moment; undefined: the shop does not have it. */
  now(productId: string): GoodsNow | undefined {
    return this.#now.get(productId);
  }

  start(): void {
    this.#scheduler.after(this.#rng.intBelow(CHANGE_MS_MAX), undefined, () => {
      if (this.#isStopped) return;
      const [productId, , usual] = PRODUCTS[this.#rng.intBelow(PRODUCTS.length)] as (typeof PRODUCTS)[number];
      // No two prices of a product in a row are the same.
      const price = usual + (((this.#now.get(productId)?.price ?? usual) - usual + 1) % 7);
      this.#change(productId, price, this.#rng.float() < SOLD_OUT_SHARE);
      this.start();
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  #change(productId: string, price: number, isSoldOut: boolean): void {
    this.#now.set(productId, { price, isSoldOut });
    const category = PRODUCTS.find(([id]) => id === productId)?.[1];
    this.catalog.fold(++this.#records, [
      {
        ...{ productId, title: productId, category, brand: 'B', price, margin: price / 2 },
        ...{ url: undefined, image: undefined, substitutes: [] },
        variants: [{ size: SIZE, stock: isSoldOut ? 0 : 50 }],
      },
    ]);
  }
}
