import type { EventInput, ProductInput } from '../../core/event/event-input.ts';
import { makeEvent, makeOrder, makeProduct } from '../make-event.ts';
import { zoneOfCountry } from './country-zone.ts';
import type { Invoice } from './invoice.ts';
import type { LineKind } from './line-kind.ts';
import { lineKind, productIdOf } from './line-kind.ts';
import type { RetailProduct } from './product-titles.ts';
import type { RetailLine } from './retail-line.ts';

/** Why a line's value is in no event. */
export type Exclusion = 'badDebt' | 'accounting' | 'unpriced' | 'unknownCode';

export interface InvoiceEvent {
  /** Undefined when nothing of the invoice is a customer's doing. */
  readonly event: EventInput | undefined;
  /** Net value of the event in thousandths of a pound: positive for a sale, negative for a refund. */
  readonly eventMills: number;
  readonly excluded: readonly { readonly why: Exclusion; readonly mills: number }[];
}

/** Category of lines that stand for a charge and not for goods. */
export const CHARGE = 'charge';

/** The source that every event of the set carries. */
const ONLINE_RETAIL_SOURCE = 'online-retail';

/**
 * One invoice as at most one event.
 *
 * A sale becomes `Order Completed`: its product lines are the products; postage and carriage are `shipping`; vouchers and
 * manual amounts are order value without a product (property `manual_value`). A cancellation becomes `Order Refunded` with
 * positive quantities and amounts: what came back, and what was paid back for postage, discounts (D) and manual amounts. Its
 * order id is the customer's latest earlier order with most of the returned products, the cancellation's own number when the
 * set has none. In no event, and counted: invoices of bad debt (A), the shop's own bookkeeping lines, lines at price 0, and
 * unknown codes. An invoice of which nothing remains has no event. Amounts are pounds, the shop's own currency, so the events
 * leave the currency to the deployment's.
 */
export function invoiceEvent(
  invoice: Invoice,
  products: ReadonlyMap<string, RetailProduct>,
  refundedOrder: (invoice: Invoice) => string | undefined,
): InvoiceEvent {
  const excluded: { why: Exclusion; mills: number }[] = [];
  const kept: RetailLine[] = [];
  const mills: Record<LineKind, number> = {
    product: 0,
    shipping: 0,
    discount: 0,
    voucher: 0,
    manual: 0,
    accounting: 0,
    unpriced: 0,
  };
  for (const line of invoice.lines) {
    const value = line.quantity * line.priceMills;
    const why = exclusionOf(invoice, line);
    if (why === undefined) {
      kept.push(line);
      mills[lineKind(line) as LineKind] += value;
    } else {
      excluded.push({ why, mills: value });
    }
  }
  if (kept.length === 0) return { event: undefined, eventMills: 0, excluded };

  const sign = invoice.kind === 'cancellation' ? -1 : 1;
  const shipping = sign * mills.shipping;
  const manual = sign * (mills.manual + mills.voucher + mills.discount);
  const revenue = sign * mills.product + manual;
  const goods = kept.filter((line) => lineKind(line) === 'product');
  const zone = zoneOfCountry(invoice.country);
  const event = makeEvent({
    id: invoice.number,
    source: ONLINE_RETAIL_SOURCE,
    identifiers: [customerOf(invoice)],
    name: sign < 0 ? 'Order Refunded' : 'Order Completed',
    occurredAt: invoice.at,
    channel: 'web',
    // A refund without products is one of all. So where a cancellation takes back charges only, these stand in as lines of the
    // category `charge`; an order of charges only has no products: nothing of it is owned.
    products: (goods.length > 0 || sign > 0 ? goods : kept).map((line) => productOf(line, sign, products)),
    order: makeOrder({
      orderId: (sign < 0 ? refundedOrder(invoice) : undefined) ?? invoice.number,
      total: (revenue + shipping) / 1000,
      revenue: revenue / 1000,
      shipping: shipping / 1000,
    }),
    properties: {
      invoice: invoice.number,
      country: invoice.country,
      ...(manual !== 0 && { manual_value: manual / 1000 }),
    },
    context: zone === undefined ? undefined : { timeZone: zone, locale: '', device: '', page: '' },
  });
  return { event, eventMills: sign * (revenue + shipping), excluded };
}

/** Whose invoice it is: a `crm` number, or for each invoice without one an anonymous customer of its own. */
export function customerOf(invoice: Invoice): { readonly kind: 'crm' | 'anonymous'; readonly value: string } {
  return invoice.customer !== ''
    ? { kind: 'crm', value: invoice.customer }
    : { kind: 'anonymous', value: invoice.number };
}

function exclusionOf(invoice: Invoice, line: RetailLine): Exclusion | undefined {
  if (invoice.kind === 'bad-debt') return 'badDebt';
  const kind = lineKind(line);
  if (kind === undefined) return 'unknownCode';
  return kind === 'accounting' || kind === 'unpriced' ? kind : undefined;
}

function productOf(
  line: RetailLine,
  sign: number,
  products: ReadonlyMap<string, RetailProduct>,
): ProductInput {
  const productId = productIdOf(line.stockCode);
  return makeProduct({
    productId,
    sku: line.stockCode,
    category: lineKind(line) === 'product' ? (products.get(productId)?.category ?? 'unknown') : CHARGE,
    price: line.priceMills / 1000,
    quantity: sign * line.quantity,
  });
}
