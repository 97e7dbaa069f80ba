/**
 * What each customer owns, computed from the events that were sent, to check the service's decisions. It shares no code
 * with the guardrails, and uses only the three suppression durations of the policy.
 */
import type { EventInput } from '../../core/event/event-input.ts';

export interface SuppressionTimes {
  readonly defaultMs: number;
  readonly byCategory: ReadonlyMap<string, number>;
  /** After a purchase nothing of the category is promoted for so long; 0: only the product itself. */
  readonly categoryMs: number;
  /** By category, where it is not `categoryMs`. */
  readonly categoryMsBy?: ReadonlyMap<string, number>;
}

interface Lot {
  readonly product: string;
  readonly category: string;
  readonly at: number;
  quantity: number;
}

/** What a decision promoted. */
export interface Promotion {
  readonly products: readonly string[];
  /** Undefined when it promotes no category. */
  readonly category: string | undefined;
}

export class OwnedProducts {
  readonly #suppression: SuppressionTimes;
  readonly #lots = new Map<string, Lot[]>();

  constructor(suppression: SuppressionTimes) {
    this.#suppression = suppression;
  }

  /** Applies an order or a refund; a refund takes back the latest purchases first. */
  apply(customer: string, event: EventInput): void {
    if (event.name === 'Order Completed') this.#add(customer, event);
    else if (event.name === 'Order Refunded') this.#takeBack(customer, event);
  }

  /** A sentence for each product and category that should not have been promoted to the customer at `at`. */
  offences(customer: string, at: number, { products, category }: Promotion): string[] {
    const lots = this.#lots.get(customer) ?? [];
    const offences: string[] = [];
    for (const product of products) {
      const lot = lots.find((one) => one.product === product && at < one.at + this.#productMs(one.category));
      if (lot !== undefined) offences.push(`${product}, bought ${day(lot.at)}`);
    }
    const { categoryMs, categoryMsBy } = this.#suppression;
    const near =
      category !== undefined &&
      lots.find(
        (lot) => lot.category === category && at < lot.at + (categoryMsBy?.get(category) ?? categoryMs),
      );
    if (near) offences.push(`category ${category}, of which ${near.product} was bought ${day(near.at)}`);
    return offences;
  }

  /** Whether the customer owns a product under suppression at `at`, which a faulty service could promote. */
  isAtRisk(customer: string, at: number): boolean {
    const lots = this.#lots.get(customer) ?? [];
    return lots.some((lot) => at < lot.at + this.#productMs(lot.category));
  }

  #productMs(category: string): number {
    return this.#suppression.byCategory.get(category) ?? this.#suppression.defaultMs;
  }

  #add(customer: string, event: EventInput): void {
    const lots = this.#lots.get(customer) ?? [];
    this.#lots.set(customer, lots);
    for (const { productId, category, quantity } of event.products)
      lots.push({ product: productId, category, at: event.occurredAt, quantity });
  }

  #takeBack(customer: string, event: EventInput): void {
    const lots = this.#lots.get(customer) ?? [];
    for (const { productId, quantity } of event.products) {
      let restQuantity = quantity;
      for (let i = lots.length - 1; i >= 0 && restQuantity > 0; i--) {
        const lot = lots[i] as Lot;
        if (lot.product !== productId) continue;
        const back = Math.min(restQuantity, lot.quantity);
        lot.quantity -= back;
        restQuantity -= back;
        if (lot.quantity === 0) lots.splice(i, 1);
      }
    }
  }
}

function day(at: number): string {
  return `on ${new Date(at).toISOString().slice(0, 10)}`;
}
