/** The goods and amounts of an event as its fact carries them: filled in from the catalogue, in the reporting currency. */
import type { CatalogView, ProductView } from '../catalog/catalog.ts';
import type { FactOrder, FactProduct } from '../fact/fact.ts';
import { sameCategoryAs } from '../profile/category.ts';
import { clean } from '../profile/order-balance.ts';
import { isSameSize } from '../profile/size.ts';
import type { OrderInput, ProductInput } from './event-input.ts';

export interface GoodsSetting {
  readonly catalog: CatalogView;
  /** Margin as a share of the price where the catalogue knows none. */
  readonly marginRate: number;
}

/**
 * What the producer left out, the catalogue fills in: a fact carries what the fold reads. Texts that the catalogue holds too
 * are its own strings: profiles then share them, and looking a product up again touches memory that is warm. `rate`: what
 * one unit of the event's currency is in the reporting currency, which the catalogue's prices are in.
 */
export function factProduct(product: ProductInput, setting: GoodsSetting, rate: number): FactProduct {
  const known = setting.catalog.get(product.productId);
  const price = Number.isNaN(product.price) ? (known?.price ?? 0) : converted(product.price, rate);
  const margin =
    known === undefined || Number.isNaN(known.margin)
      ? Math.round(price * setting.marginRate * 100) / 100
      : known.margin;
  const size = sizeOf(product.size === '' ? product.variant : product.size, known);
  return {
    productId: known?.productId ?? product.productId,
    category:
      known !== undefined && sameOrNone(product.category, known.category) ? known.category : product.category,
    brand:
      known !== undefined && (product.brand === '' || product.brand === known.brand)
        ? known.brand
        : product.brand,
    size,
    variant: product.size === '' ? '' : product.variant,
    price,
    quantity: product.quantity > 0 ? product.quantity : 1,
    margin,
  };
}

/** A size as the catalogue spells it, where it has it in other letters: stock and lines are looked up by it. */
function sizeOf(size: string, known: ProductView | undefined): string {
  if (size === '' || known === undefined || known.stock.has(size)) return size;
  for (const spelt of known.stock.keys()) if (isSameSize(spelt, size)) return spelt;
  return size;
}

/** Revenue is what is said of it, or what the total leaves of it: NaN where neither is said. 0 is an amount. */
export function factOrder(order: OrderInput | undefined, rate: number): FactOrder | undefined {
  if (order === undefined) return undefined;
  const { orderId, coupon, refundId, revenue, total, discount } = order;
  const said = Number.isNaN(revenue) ? productsOf(total, order) : revenue;
  const amounts = { revenue: converted(said, rate), discount: converted(discount, rate) };
  return { orderId, ...amounts, coupon, refundId, ...(order.isEmptied && { isEmptied: true }) };
}

/** A total that a voucher paid does not go below nothing for its postage. */
function productsOf(total: number, { shipping, tax }: OrderInput): number {
  const rest = total - (Number.isNaN(shipping) ? 0 : shipping) - (Number.isNaN(tax) ? 0 : tax);
  return total >= 0 ? Math.max(0, rest) : rest;
}

function converted(amount: number, rate: number): number {
  return rate === 1 || Number.isNaN(amount) ? amount : clean(amount * rate);
}

function sameOrNone(given: string, known: string): boolean {
  return given === '' || sameCategoryAs(given, known);
}
