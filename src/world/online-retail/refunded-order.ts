import type { Invoice } from './invoice.ts';
import { lineKind, productIdOf } from './line-kind.ts';

/**
 * Finds the order that a cancellation takes back, which the set does not name: of the customer's earlier orders the one that
 * is the latest to hold most of the returned products. Fed all invoices in order of time; owns the memory of who bought what
 * when.
 */
export class RefundedOrders {
  readonly #latestOrder = new Map<string, Map<string, string>>();

  /** Remembers a sale. Customers without a number cannot come back, so theirs are not kept. */
  add(invoice: Invoice): void {
    if (invoice.kind !== 'sale' || invoice.customer === '') return;
    const bought = this.#latestOrder.get(invoice.customer) ?? new Map<string, string>();
    this.#latestOrder.set(invoice.customer, bought);
    for (const productId of productIds(invoice)) bought.set(productId, invoice.number);
  }

  /** The order's number; undefined when no earlier order of this customer holds any of the products. */
  find(cancellation: Invoice): string | undefined {
    const bought = this.#latestOrder.get(cancellation.customer);
    if (bought === undefined) return undefined;
    const votes = new Map<string, number>();
    for (const productId of productIds(cancellation)) {
      const order = bought.get(productId);
      if (order !== undefined) votes.set(order, (votes.get(order) ?? 0) + 1);
    }
    let found: string | undefined;
    for (const [order, count] of votes)
      if (found === undefined || count > (votes.get(found) ?? 0)) found = order;
    return found;
  }
}

function productIds(invoice: Invoice): Set<string> {
  const ids = new Set<string>();
  for (const line of invoice.lines) if (lineKind(line) === 'product') ids.add(productIdOf(line.stockCode));
  return ids;
}
