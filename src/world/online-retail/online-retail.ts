/**
 * The UCI Online Retail set (D. Chen, 2015) as a stream of events: one shop's invoice lines from 2010-12-01 to 2011-08-31.
 *
 * I1  Every line of the file is in exactly one event or in exactly one exclusion: `ledger.eventMills` +
 *     Σ `ledger.excluded[…].mills` = `totals.netMills`, to the thousandth of a pound.
 * I2  Events come in order of time, those of one minute in the file's order.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventInput } from '../../core/event/event-input.ts';
import type { Invoice } from './invoice.ts';
import { readInvoices } from './invoice.ts';
import { CHARGE, customerOf, type Exclusion, invoiceEvent } from './invoice-event.ts';
import { productsOf, type RetailProduct } from './product-titles.ts';
import { RefundedOrders } from './refunded-order.ts';
import { readRetailLines } from './retail-line.ts';
import { type RetailTotals, retailTotals } from './retail-totals.ts';

/** Where the file stands below the data directory. */
export const ONLINE_RETAIL_FILE = join('online-retail', 'online_retail_to_2011-08.csv.gz');

/** What became of the lines; amounts in thousandths of a pound. */
export interface RetailLedger {
  readonly events: number;
  readonly orders: number;
  readonly refunds: number;
  /** Refunds whose order was found in the set. */
  readonly refundsMatched: number;
  /** Orders that hold shipping, vouchers or manual amounts only. */
  readonly ordersOfCharges: number;
  /** Customers with at least one event, invoices without a customer counted as one each. */
  readonly customers: number;
  readonly linesInEvents: number;
  /** Product lines of the largest event. */
  readonly productsMax: number;
  readonly eventMills: number;
  readonly invoicesWithoutEvent: number;
  readonly excluded: Readonly<Record<Exclusion, { readonly lines: number; readonly mills: number }>>;
}

export interface OnlineRetail {
  readonly totals: RetailTotals;
  readonly ledger: RetailLedger;
  /** By product id. */
  readonly products: ReadonlyMap<string, RetailProduct>;
  /** In order of time; each call walks the invoices again and gives equal objects. */
  events(): IterableIterator<EventInput>;
}

/** The data directory: ATTUNE_DATA_DIR, `../shared/data` below the working directory without it. */
export function dataDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  return environment['ATTUNE_DATA_DIR'] || join('..', 'shared', 'data');
}

/** Reads the set from `<directory>/online-retail/…`. A file that is not there is named in the error, with what to do about it. */
export async function loadOnlineRetail(directory: string): Promise<OnlineRetail> {
  const path = join(directory, ONLINE_RETAIL_FILE);
  try {
    await access(path);
  } catch (cause) {
    throw new Error(
      `the Online Retail data set is missing: ${path} cannot be read; set ATTUNE_DATA_DIR to the directory that holds ${ONLINE_RETAIL_FILE}`,
      { cause },
    );
  }
  const invoices = await readInvoices(readRetailLines(path));
  const products = productsOf(invoices);
  return {
    totals: retailTotals(invoices),
    ledger: keepLedger(invoices, products),
    products,
    events: () => events(invoices, products),
  };
}

function* events(
  invoices: readonly Invoice[],
  products: ReadonlyMap<string, RetailProduct>,
): IterableIterator<EventInput> {
  const orders = new RefundedOrders();
  for (const invoice of invoices) {
    const { event } = invoiceEvent(invoice, products, (cancellation) => orders.find(cancellation));
    orders.add(invoice);
    if (event !== undefined) yield event;
  }
}

function keepLedger(
  invoices: readonly Invoice[],
  products: ReadonlyMap<string, RetailProduct>,
): RetailLedger {
  const excluded = {
    badDebt: { lines: 0, mills: 0 },
    accounting: { lines: 0, mills: 0 },
    unpriced: { lines: 0, mills: 0 },
    unknownCode: { lines: 0, mills: 0 },
  };
  const ledger = {
    events: 0,
    orders: 0,
    refunds: 0,
    refundsMatched: 0,
    ordersOfCharges: 0,
    linesInEvents: 0,
    productsMax: 0,
    eventMills: 0,
    invoicesWithoutEvent: 0,
  };
  const customers = new Set<string>();
  const orders = new RefundedOrders();
  for (const invoice of invoices) {
    const made = invoiceEvent(invoice, products, (cancellation) => orders.find(cancellation));
    orders.add(invoice);
    for (const { why, mills } of made.excluded) {
      excluded[why].lines++;
      excluded[why].mills += mills;
    }
    ledger.eventMills += made.eventMills;
    if (made.event === undefined) {
      ledger.invoicesWithoutEvent++;
      continue;
    }
    const lines = made.event.products.length;
    const { kind, value } = customerOf(invoice);
    customers.add(`${kind}:${value}`);
    ledger.events++;
    ledger.linesInEvents += invoice.lines.length - made.excluded.length;
    ledger.productsMax = Math.max(ledger.productsMax, lines);
    if (made.event.name === 'Order Refunded') {
      ledger.refunds++;
      if (made.event.order?.orderId !== invoice.number) ledger.refundsMatched++;
    } else {
      ledger.orders++;
      if (made.event.products.every((product) => product.category === CHARGE)) ledger.ordersOfCharges++;
    }
  }
  return { ...ledger, customers: customers.size, excluded };
}
