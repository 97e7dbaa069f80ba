// Long because each kind of subject is found by a few lines that read alike.
/**
 * What a candidate is about: a product in the customer's cart, one they viewed, a category they like, a thing they own.
 * Found once per decision and kind. A promotion takes the first that is neither suppressed by a purchase nor sold out;
 * if there is none, the first one stands with what is against it, so that the reason names a product.
 */
import { clearBytes } from '../../base/clear-bytes.ts';
import { DAY_MS } from '../../base/clock.ts';
import type { CatalogView, ProductView } from '../catalog/catalog.ts';
import { Verdict } from '../guardrail/verdict.ts';
import { type Action, FRICTIONS, type Policy, SUBJECTS, type SubjectKind } from '../policy/policy.ts';
import { foldCategory } from '../profile/category.ts';
import type { OwnedProduct } from '../profile/order-telling.ts';
import { dearestFirst, orderStart } from '../profile/owned-orders.ts';
import type { Profile } from '../profile/profile.ts';
import { likedSize, stockOf, UNTRACKED } from '../trait/stock.ts';
import { purchased, soldOut } from './promotable.ts';

const SIZE_UNAVAILABLE = FRICTIONS.indexOf('size_unavailable');

export class Subject {
  found = false;
  /** '' for a category. */
  product = '';
  category = '';
  brand = '';
  size = '';
  title = '';
  url = '';
  image = '';
  /** Of one unit, in currency; 0 unknown. */
  price = 0;
  /** Units left in the customer's size; UNTRACKED. */
  stock = UNTRACKED;
  /** Value and margin of the order it would make, in currency; value 0 and margin NaN: unknown. */
  orderValue = 0;
  orderMargin = Number.NaN;
  /** The product in the catalogue, as it was found there. */
  view: ProductView | undefined = undefined;
  /** Why a promotion of it must not be (a purchase, no stock); code 0: it may. */
  readonly purchase = new Verdict();
  readonly sold = new Verdict();

  clear(): void {
    this.found = false;
    this.product = '';
    this.category = '';
    this.brand = '';
    this.size = '';
    this.title = '';
    this.url = '';
    this.image = '';
    this.price = 0;
    this.stock = UNTRACKED;
    this.orderValue = 0;
    this.orderMargin = Number.NaN;
    this.view = undefined;
    this.purchase.pass();
    this.sold.pass();
  }

  copy(from: Subject): void {
    this.found = from.found;
    this.product = from.product;
    this.category = from.category;
    this.brand = from.brand;
    this.size = from.size;
    this.title = from.title;
    this.url = from.url;
    this.image = from.image;
    this.price = from.price;
    this.stock = from.stock;
    this.orderValue = from.orderValue;
    this.orderMargin = from.orderMargin;
    this.view = from.view;
    this.purchase.copy(from.purchase);
    this.sold.copy(from.sold);
  }
}

/** What finding a subject depends on. */
export interface SubjectContext {
  readonly policy: Policy;
  readonly catalog: CatalogView;
  readonly now: number;
  /** Index into FRICTIONS of the decision's cause. */
  readonly friction: number;
  /** The order whose news the decision is about: what it holds is what was ordered. '': none. */
  readonly order: string;
}

const KINDS = SUBJECTS.length;
const codeOf: Readonly<Record<Exclude<SubjectKind, 'owned'>, number>> = {
  none: 0,
  cart: 1,
  viewed: 2,
  category: 3,
  ordered: 4,
};

/** The subjects of one decision: found when first asked for. */
export class Subjects {
  readonly #slots: readonly Subject[] = Array.from({ length: KINDS * 2 }, () => new Subject());
  readonly #known = new Uint8Array(KINDS * 2);
  /** Of owned things by category: those that may be promoted, and the latest. */
  readonly #owned = { promoted: new Map<string, Subject>(), latest: new Map<string, Subject>() };
  readonly #trial = new Subject();

  reset(): void {
    clearBytes(this.#known);
    this.#owned.promoted.clear();
    this.#owned.latest.clear();
  }

  /** What the action is about; valid until `reset`. */
  get(
    { subject: kind, promotion, ownedCategory }: Pick<Action, 'subject' | 'promotion' | 'ownedCategory'>,
    profile: Profile,
    context: SubjectContext,
  ): Subject {
    if (kind === 'owned') return this.#ownedOf(foldCategory(ownedCategory), promotion, profile, context);
    const place = codeOf[kind] * 2 + (promotion ? 1 : 0);
    const slot = this.#slots[place] as Subject;
    if (this.#known[place] === 1) return slot;
    this.#known[place] = 1;
    slot.clear();
    switch (kind) {
      case 'none':
        slot.found = true;
        break;
      case 'cart':
        this.#cart(slot, promotion, profile, context);
        break;
      case 'viewed':
        this.#viewed(slot, promotion, profile, context);
        break;
      case 'category':
        this.#category(slot, promotion, profile, context);
        break;
      case 'ordered':
        if (context.order === '') this.#ordered(slot, '', promotion, profile, context);
        else this.#inOrder(slot, promotion, profile, context);
        break;
    }
    return slot;
  }

  /** The product that the customer could not get comes first when that is the cause; else the newest. The order is the whole cart. */
  #cart(slot: Subject, promotion: boolean, profile: Profile, context: SubjectContext): void {
    const stuck = context.friction === SIZE_UNAVAILABLE ? (profile.checkout?.frictionProduct ?? '') : '';
    const items = profile.cart;
    let value = 0;
    let margin = 0;
    for (const item of items) {
      const view = context.catalog.get(item.productId);
      value += item.price * item.quantity;
      margin += (view?.margin ?? Number.NaN) * item.quantity;
    }
    if (stuck !== '') {
      const item = items.find((entry) => entry.productId === stuck);
      const size = profile.checkout?.frictionSize || (item?.size ?? '');
      const trial = this.#trial;
      trial.clear();
      this.#product(
        trial,
        stuck,
        item?.category ?? '',
        item?.brand ?? '',
        size,
        item?.price ?? 0,
        promotion,
        profile,
        context,
      );
      this.#propose(slot, trial);
    }
    for (let i = items.length - 1; i >= 0 && !isFinal(slot); i--) {
      const item = items[i];
      if (item === undefined || item.productId === stuck) continue;
      const trial = this.#trial;
      trial.clear();
      this.#product(
        trial,
        item.productId,
        item.category,
        item.brand,
        item.size,
        item.price,
        promotion,
        profile,
        context,
      );
      this.#propose(slot, trial);
    }
    if (!slot.found || value <= 0) return;
    slot.orderValue = value;
    slot.orderMargin = margin;
  }

  /** The one the customer came back to most, recent views weighing more (half-life a day). */
  #viewed(slot: Subject, promotion: boolean, profile: Profile, context: SubjectContext): void {
    const viewed = profile.viewed;
    // At most a dozen products: picking the best of those left, again and again, beats sorting.
    let tried = 0;
    while (!isFinal(slot)) {
      let best = -1;
      let weight = -1;
      for (let i = 0; i < viewed.length; i++) {
        if ((tried & (1 << i)) !== 0) continue;
        const age = Math.max(0, context.now - viewed.lastAt(i));
        const at = viewed.views(i) * 2 ** (-age / DAY_MS);
        if (at >= weight) {
          weight = at;
          best = i;
        }
      }
      if (best < 0) return;
      tried |= 1 << best;
      const trial = this.#trial;
      trial.clear();
      this.#product(
        trial,
        viewed.productId(best),
        viewed.category(best),
        viewed.brand(best),
        viewed.size(best),
        viewed.price(best),
        promotion,
        profile,
        context,
      );
      this.#propose(slot, trial);
    }
  }

  /** The category the customer likes best. */
  #category(slot: Subject, promotion: boolean, profile: Profile, context: SubjectContext): void {
    const { keys, weights } = profile.categories;
    let below = Number.POSITIVE_INFINITY;
    let last = -1;
    for (let round = 0; round < keys.length && !isFinal(slot); round++) {
      let best = -1;
      let weight = 0;
      for (let i = 0; i < keys.length; i++) {
        const at = weights[i] as number;
        const next = at < below || (at === below && i > last);
        if (next && at > weight) {
          weight = at;
          best = i;
        }
      }
      if (best < 0) return;
      below = weight;
      last = best;
      const trial = this.#trial;
      trial.clear();
      trial.found = true;
      trial.category = keys[best] as string;
      if (promotion) purchased(trial.purchase, profile, context, '', trial.category, context.now);
      this.#propose(slot, trial);
    }
  }

  #ownedOf(category: string, promotion: boolean, profile: Profile, context: SubjectContext): Subject {
    const slots = promotion ? this.#owned.promoted : this.#owned.latest;
    const known = slots.get(category);
    if (known !== undefined) return known;
    const slot = new Subject();
    slots.set(category, slot);
    this.#ordered(slot, category, promotion, profile, context);
    return slot;
  }

  /**
   * What the customer owns, or (with a folded category) what they own of it: of the last order the dearest line, then its
   * others, then the order before it.
   */
  #ordered(
    slot: Subject,
    wanted: string,
    promotion: boolean,
    profile: Profile,
    context: SubjectContext,
  ): void {
    const { owned } = profile;
    for (let end = owned.length; end > 0 && !isFinal(slot); ) {
      const start = orderStart(owned, end);
      const lines = dearestFirst(owned, start, end);
      for (let i = 0; i < lines.length && !isFinal(slot); i++) {
        const { productId, category, size, price } = lines[i] as OwnedProduct;
        if (wanted !== '' && !isOfCategory(wanted, category, context.catalog.get(productId))) continue;
        const trial = this.#trial;
        trial.clear();
        this.#product(trial, productId, category, '', size, price, promotion, profile, context);
        this.#propose(slot, trial);
      }
      end = start;
    }
  }

  /** What stands of one order, the dearest line first. One that nobody told yet is found all the same, without a product. */
  #inOrder(slot: Subject, promotion: boolean, profile: Profile, context: SubjectContext): void {
    const order = profile.orders.find(({ orderId }) => orderId === context.order);
    const kept = order?.kept ?? [];
    for (const { productId, category, size, price } of dearestFirst(kept, 0, kept.length)) {
      if (isFinal(slot)) return;
      const trial = this.#trial;
      trial.clear();
      this.#product(trial, productId, category, '', size, price, promotion, profile, context);
      this.#propose(slot, trial);
    }
    if (order === undefined) slot.found = true;
  }

  #product(
    trial: Subject,
    product: string,
    category: string,
    brand: string,
    size: string,
    price: number,
    promotion: boolean,
    profile: Profile,
    context: SubjectContext,
  ): void {
    const view: ProductView | undefined = context.catalog.get(product);
    trial.found = true;
    trial.product = product;
    trial.view = view;
    trial.category = view?.category || category;
    trial.brand = view?.brand || brand;
    trial.price = view !== undefined && view.price > 0 ? view.price : price;
    trial.orderValue = trial.price;
    trial.orderMargin = view?.margin ?? Number.NaN;
    trial.size = size;
    if (view !== undefined) {
      trial.title = view.title;
      trial.url = view.url;
      trial.image = view.image;
      trial.stock = stockOf(view, size, profile);
      if (size === '') trial.size = likedSize(view, profile);
    }
    if (!promotion) return;
    const stuck = context.friction === SIZE_UNAVAILABLE && profile.checkout?.frictionProduct === product;
    purchased(trial.purchase, profile, context, product, trial.category, context.now);
    // The customer was just told that their size is gone: that is newer than the catalogue.
    soldOut(trial.sold, product, stuck ? 0 : trial.stock);
  }

  /** The first that may be promoted stays; until there is one, the first of all. */
  #propose(slot: Subject, trial: Subject): void {
    if (!slot.found || isPromotable(trial)) slot.copy(trial);
  }
}

/** By what was told when it was bought or what the catalogue says now, as a suppression goes by it. */
function isOfCategory(wanted: string, told: string, known: ProductView | undefined): boolean {
  return foldCategory(told) === wanted || foldCategory(known?.category ?? '') === wanted;
}

function isPromotable(subject: Subject): boolean {
  return subject.purchase.code === 0 && subject.sold.code === 0;
}

function isFinal(slot: Subject): boolean {
  return slot.found && isPromotable(slot);
}
