/**
 * The products that one customer viewed, the last viewed last, whatever order the views came in. Owned by their profile,
 * changed by the fold.
 *
 * Rows of numbers in one flat array and their texts in another: traits and subjects look through all of them for every
 * decision, and a dozen objects with boxed numbers in them are three dozen places in memory.
 *
 * I1  At most BOUNDS.viewed rows, each of another product; one more drops the first.
 * I2  Rows stand in the order of their last views; of equal instants the one heard of last stands last.
 */
import { BOUNDS } from '../bounds.ts';
import type { ViewedProduct } from './ledger-rows.ts';

const LAST_AT = 0;
const PRICE = 1;
const VIEWS = 2;
const NUMBERS = 3;

const PRODUCT = 0;
const CATEGORY = 1;
const BRAND = 2;
const SIZE = 3;
const TEXTS = 4;

/** Rows are named by their place `i`, 0 the one viewed longest ago. */
export class ViewedLedger {
  #numbers: number[] = [];
  #texts: string[] = [];

  get length(): number {
    return this.#texts.length / TEXTS;
  }

  productId(i: number): string {
    return this.#texts[i * TEXTS + PRODUCT] as string;
  }

  category(i: number): string {
    return this.#texts[i * TEXTS + CATEGORY] as string;
  }

  brand(i: number): string {
    return this.#texts[i * TEXTS + BRAND] as string;
  }

  /** '' when the customer chose none. */
  size(i: number): string {
    return this.#texts[i * TEXTS + SIZE] as string;
  }

  /** Instant of the last view, ms. */
  lastAt(i: number): number {
    return this.#numbers[i * NUMBERS + LAST_AT] as number;
  }

  /** Currency, 0 unknown. */
  price(i: number): number {
    return this.#numbers[i * NUMBERS + PRICE] as number;
  }

  views(i: number): number {
    return this.#numbers[i * NUMBERS + VIEWS] as number;
  }

  /** A copy of the row. */
  get(i: number): ViewedProduct {
    return {
      productId: this.productId(i),
      category: this.category(i),
      brand: this.brand(i),
      size: this.size(i),
      price: this.price(i),
      lastAt: this.lastAt(i),
      views: this.views(i),
    };
  }

  /** Copies of all rows, the last viewed last. */
  toArray(): ViewedProduct[] {
    return Array.from({ length: this.length }, (_, i) => this.get(i));
  }

  /** The place of a product, -1 when it is not here. */
  find(productId: string): number {
    for (let i = 0; i < this.length; i++) if (this.productId(i) === productId) return i;
    return -1;
  }

  /** Adds a product at the place of its last view (I2). With no room it takes the first row's; viewed before that, it is not kept (I1). */
  add(product: ViewedProduct): void {
    let place = this.length;
    while (place > 0 && this.lastAt(place - 1) > product.lastAt) place--;
    if (this.length >= BOUNDS.viewed) {
      if (place === 0) return;
      this.#remove(0);
      place--;
    }
    // The instant first: an array that begins with a small number would begin as one of those.
    this.#numbers.splice(place * NUMBERS, 0, product.lastAt, product.price, product.views);
    this.#texts.splice(place * TEXTS, 0, product.productId, product.category, product.brand, product.size);
  }

  /** The product at `i` was viewed again at `at`; a view that came late counts and changes no more than that. */
  viewAgain(i: number, at: number, price: number, size: string): void {
    const again = this.get(i);
    again.views++;
    if (at < again.lastAt) {
      this.#numbers[i * NUMBERS + VIEWS] = again.views;
      return;
    }
    again.lastAt = at;
    again.price = price;
    if (size !== '') again.size = size;
    this.#remove(i);
    this.add(again);
  }

  clear(): void {
    this.#numbers = [];
    this.#texts = [];
  }

  /** Gives back the room that pushing took ahead: for a ledger that was read back and may stay as it is. */
  trim(): void {
    this.#numbers = this.#numbers.slice();
    this.#texts = this.#texts.slice();
  }

  #remove(i: number): void {
    this.#numbers.splice(i * NUMBERS, NUMBERS);
    this.#texts.splice(i * TEXTS, TEXTS);
  }
}
