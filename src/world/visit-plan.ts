import { MINUTE_MS, type Millis, SECOND_MS } from '../base/clock.ts';
import type { Rng } from '../base/rng.ts';
import type { PropertyValue } from '../core/event/event-input.ts';
import { PRODUCTS_PER_CATEGORY, type ShopCatalog, type ShopProduct, sizeFor } from './catalog.ts';
import { between, exponential } from './chance.ts';
import { type CustomerTruth, SHOP_FRICTIONS } from './customer-truth.ts';
import type { ShopPage } from './shop-step.ts';
import {
  CHECKOUT_RATE,
  cartRate,
  frictionLoss,
  QUICK_RETURN_SHARE,
  QUIT_RATE,
  RETURN_HOURS_MEAN,
  returnRate,
  visitOrderRate,
} from './truth.ts';

/** What caused a visit: nothing but the customer, an unfinished checkout, a treatment to buy, or a treatment to have a look. */
export type VisitKind = 'own' | 'return' | 'induced' | 'look';

/** One product of a cart in the size that fits. */
export interface Line {
  readonly product: ShopProduct;
  readonly size: string;
}

/** What happens in a visit, `afterMs` from its start. */
export type VisitMove =
  | {
      readonly kind: 'event';
      readonly afterMs: number;
      readonly name: string;
      readonly page: string;
      readonly lines: readonly Line[];
      readonly properties?: Readonly<Record<string, PropertyValue>>;
      /** The page asks for a decision. */
      readonly decide?: ShopPage;
    }
  | { readonly kind: 'order'; readonly afterMs: number; readonly lines: readonly Line[] };

export interface VisitPlan {
  readonly moves: readonly VisitMove[];
  readonly lengthMs: number;
  /** What is left unfinished: its product, and the friction that ended the checkout (-1: none). */
  readonly left: {
    readonly heat: 'none' | 'view' | 'cart' | 'checkout';
    readonly line: Line | undefined;
    readonly friction: number;
  };
  /** After the end of the visit; undefined when the customer will not come back to this checkout unprompted. */
  readonly returnAfterMs: number | undefined;
}

export interface VisitSetting {
  readonly rng: Rng;
  readonly truth: CustomerTruth;
  readonly catalog: ShopCatalog;
  readonly channel: 'web' | 'app' | 'store';
  readonly daysSinceOrder: number;
}

/** The charge for shipping without an offer, in currency. */
export const SHIPPING = 4.5;
const VIEWS_MAX = 12;
const SIZE_UNAVAILABLE = SHOP_FRICTIONS.indexOf('size_unavailable');
/** Share of checkout steps at which the customer is distracted for longer than the service's window. */
const PAUSE_SHARE = 0.04;

/** The outcome of an unprompted visit, drawn before its pages and products, so that a change of those changes no outcome. */
interface Fate {
  readonly fillsCart: boolean;
  readonly checksOut: boolean;
  /** By index into SHOP_FRICTIONS. */
  readonly meets: readonly boolean[];
  readonly lostTo: readonly boolean[];
  readonly quits: boolean;
}

function drawFate({ rng, truth: x, daysSinceOrder }: VisitSetting): Fate {
  return {
    fillsCart: rng.float() < cartRate(x, daysSinceOrder),
    checksOut: rng.float() < CHECKOUT_RATE,
    meets: x.friction.map((rate) => rng.float() < rate),
    lostTo: x.friction.map((_, friction) => rng.float() < frictionLoss(x, friction)),
    quits: rng.float() < QUIT_RATE,
  };
}

/** Draws an unprompted visit, as the formulas of truth.ts have it. */
export function planOwnVisit(setting: VisitSetting): VisitPlan {
  const { rng } = setting;
  if (setting.channel === 'store') return planStoreVisit(setting);
  const fate = drawFate(setting);
  const findsSoldOut = fate.fillsCart && fate.checksOut && (fate.meets[SIZE_UNAVAILABLE] as boolean);
  const script = new VisitScript(rng);
  script.event('Page Viewed', 'home', [], { decide: 'home' });
  let line = pickLine(setting);
  const views = 1 + Math.min(VIEWS_MAX - 1, Math.floor(exponential(rng, 2.2)));
  for (let view = 0; view < views; view++) {
    if (view > 0) line = pickLine(setting);
    if (view === views - 1 && findsSoldOut) line = soldOutLine(setting) ?? line;
    script.wait(15, 90);
    script.event(
      'Product Viewed',
      'product',
      [line],
      view === 0 || rng.float() < 0.3 ? { decide: 'product' } : {},
    );
    if (line.size !== '' && rng.float() < 0.12) {
      script.wait(8, 40);
      script.event('Size Guide Viewed', 'product', [line], { decide: 'size_guide' });
    }
  }
  if (!fate.fillsCart) return script.end({ heat: 'view', line, friction: -1 });
  const cart = [line];
  script.wait(10, 60);
  script.event('Product Added', 'cart', [line], { decide: 'cart' });
  if (rng.float() < 0.25) {
    const second = pickLine(setting);
    if (second.product !== line.product) {
      cart.push(second);
      script.wait(30, 120);
      script.event('Product Viewed', 'product', [second]);
      script.wait(10, 40);
      script.event('Product Added', 'cart', [second]);
    }
  }
  if (!fate.checksOut) return script.end({ heat: 'cart', line, friction: -1 });
  return planCheckout(setting, script, cart, fate);
}

function planCheckout(setting: VisitSetting, script: VisitScript, cart: Line[], fate: Fate): VisitPlan {
  const { rng } = setting;
  const line = cart[0] as Line;
  const step = (low: number, high: number): void => {
    if (rng.float() < PAUSE_SHARE) script.wait(95, 240);
    else script.wait(low, high);
  };
  step(10, 40);
  script.event('Checkout Started', 'checkout', cart);
  step(15, 60);
  script.event('Checkout Step Viewed', 'checkout', cart, { properties: { step: 2 } });
  for (let friction = 0; friction < SHOP_FRICTIONS.length; friction++) {
    if (!fate.meets[friction]) continue;
    step(10, 45);
    script.friction(friction, cart);
    if (fate.lostTo[friction]) return leave(setting, script, line, friction);
    // Another product in place of the one that is not there in the customer's size.
    if (friction === SIZE_UNAVAILABLE) cart[0] = pickLine(setting);
  }
  if (fate.quits) return leave(setting, script, line, -1);
  step(15, 60);
  script.event('Payment Info Entered', 'checkout', cart);
  step(8, 30);
  script.order(cart);
  return script.end({ heat: 'none', line: undefined, friction: -1 });
}

function leave(setting: VisitSetting, script: VisitScript, line: Line, friction: number): VisitPlan {
  const { rng, truth } = setting;
  const returns = rng.float() < returnRate(truth);
  const quick = rng.float() < QUICK_RETURN_SHARE;
  const after = quick
    ? between(rng, 20, 80) * SECOND_MS
    : (10 + exponential(rng, RETURN_HOURS_MEAN * 60)) * MINUTE_MS;
  return script.end({ heat: 'checkout', line, friction }, returns ? Math.round(after) : undefined);
}

/** In the store only the till speaks to us; an order there is as likely as on a visit to the site. */
function planStoreVisit(setting: VisitSetting): VisitPlan {
  const script = new VisitScript(setting.rng);
  const buys = setting.rng.float() < visitOrderRate(setting.truth, setting.daysSinceOrder);
  script.wait(300, 1800);
  if (buys) script.order([pickLine(setting)]);
  return script.end({ heat: 'none', line: undefined, friction: -1 });
}

/** A visit to buy: what is unfinished, what the treatment was about, or something to the customer's taste. */
export function planBuyingVisit(
  setting: VisitSetting,
  product: ShopProduct | undefined,
  fromCheckout: boolean,
): VisitPlan {
  const script = new VisitScript(setting.rng);
  const wanted = product === undefined ? undefined : lineOf(setting.truth, product);
  const line = wanted !== undefined && inStock(wanted) ? wanted : pickLine(setting);
  if (!fromCheckout || line !== wanted) {
    script.event('Product Viewed', 'product', [line]);
    script.wait(20, 90);
    script.event('Product Added', 'cart', [line]);
    script.wait(10, 40);
  }
  script.event('Checkout Started', 'checkout', [line]);
  script.wait(30, 80);
  script.order([line]);
  return script.end({ heat: 'none', line: undefined, friction: -1 });
}

/** A look at what the treatment was about, and away. */
export function planLook(setting: VisitSetting, product: ShopProduct | undefined): VisitPlan {
  const script = new VisitScript(setting.rng);
  const line = product === undefined ? pickLine(setting) : lineOf(setting.truth, product);
  script.event('Product Viewed', 'product', [line]);
  return script.end({ heat: 'view', line, friction: -1 });
}

export function lineOf(x: CustomerTruth, product: ShopProduct): Line {
  return { product, size: sizeFor(product, x.apparelSize, x.shoeSize) };
}

export function inStock({ product, size }: Line): boolean {
  return (product.stock.get(size) ?? 0) > 0;
}

/** A product to the customer's taste, there in their size: 60 % from their first category, 20 % from the second, 40 % of it of their brand. */
function pickLine({ rng, truth: x, catalog }: VisitSetting): Line {
  let line: Line | undefined;
  for (let attempt = 0; attempt < 8; attempt++) {
    const taste = rng.float();
    const category =
      taste < 0.6 ? x.categories[0] : taste < 0.8 ? x.categories[1] : rng.intBelow(catalog.byCategory.length);
    const indices = catalog.byCategory[category] as readonly number[];
    let product = catalog.products[indices[rng.intBelow(PRODUCTS_PER_CATEGORY)] as number] as ShopProduct;
    if (rng.float() < 0.4) product = ofBrand(catalog, product, x.brand);
    if (x.priceSensitivity > 0.7) {
      const other = catalog.products[indices[rng.intBelow(PRODUCTS_PER_CATEGORY)] as number] as ShopProduct;
      if (other.price < product.price) product = other;
    }
    line = lineOf(x, product);
    if (inStock(line)) return line;
  }
  return line as Line;
}

/** A product that is not there in the customer's size, to their taste where there is such a one. */
function soldOutLine({ rng, truth: x, catalog }: VisitSetting): Line | undefined {
  const start = rng.intBelow(catalog.products.length);
  let found: Line | undefined;
  for (let step = 0; step < catalog.products.length; step++) {
    const line = lineOf(x, catalog.products[(start + step) % catalog.products.length] as ShopProduct);
    if (inStock(line)) continue;
    if (x.categories.includes(line.product.categoryIndex)) return line;
    found ??= line;
  }
  return found;
}

// Brands repeat within a category with a fixed period, so a step within the category finds the wanted one.
function ofBrand(catalog: ShopCatalog, product: ShopProduct, brand: number): ShopProduct {
  const inCategory = catalog.byCategory[product.categoryIndex] as readonly number[];
  const wanted = inCategory.filter((index) => catalog.products[index]?.brandIndex === brand);
  return catalog.products[wanted[product.index % wanted.length] as number] ?? product;
}

/** Writes a visit down while its time passes. */
class VisitScript {
  readonly #moves: VisitMove[] = [];
  readonly #rng: Rng;
  #afterMs: Millis = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  wait(lowSeconds: number, highSeconds: number): void {
    this.#afterMs += Math.round(between(this.#rng, lowSeconds, highSeconds) * SECOND_MS);
  }

  event(
    name: string,
    page: string,
    lines: readonly Line[],
    more: { readonly decide?: ShopPage; readonly properties?: Readonly<Record<string, PropertyValue>> } = {},
  ): void {
    this.#moves.push({ kind: 'event', afterMs: this.#afterMs, name, page, lines, ...more });
  }

  friction(friction: number, cart: readonly Line[]): void {
    switch (SHOP_FRICTIONS[friction]) {
      case 'shipping_cost':
        return this.event('Shipping Cost Shown', 'checkout', cart, { properties: { cost: SHIPPING } });
      case 'size_unavailable':
        return this.event('Variant Unavailable', 'checkout', cart.slice(0, 1));
      case 'coupon_denied':
        return this.event('Coupon Denied', 'checkout', cart, { properties: { coupon: 'SAVE10' } });
      default:
        return this.event('Payment Failed', 'checkout', cart);
    }
  }

  order(lines: readonly Line[]): void {
    this.#moves.push({ kind: 'order', afterMs: this.#afterMs, lines });
  }

  end(left: VisitPlan['left'], returnAfterMs?: number): VisitPlan {
    return { moves: this.#moves, lengthMs: this.#afterMs, left, returnAfterMs };
  }
}
