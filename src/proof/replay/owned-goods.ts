/**
 * What each customer owns, from what was sent and nothing else: an account of its own beside the service's, against which
 * its decisions are held. It shares no code with the guardrails; of the policy it takes the three durations.
 */
import type { EventInput } from '../../core/event/event-input.ts';

export interface SuppressionTimes {
  readonly defaultMs: number;
  readonly byCategory: ReadonlyMap<string, number>;
  /** After a purchase nothing of the category is promoted for so long; 0: only the product itself. */
  readonly categoryMs: number;
}

interface Lot {
  readonly product: string;
  readonly category: string;
  readonly at: number;
  quantity: number;
}

/** What a decision promoted. */
export interface Promoted {
  readonly products: readonly string[];
  /** '' when it promotes no category. */
  readonly category: string;
}

export class OwnedGoods {
  readonly #suppression: SuppressionTimes;
  readonly #lots = new Map<string, Lot[]>();

  constructor(suppression: SuppressionTimes) {
    this.#suppression = suppression;
  }

  /** Takes an order or a refund into account; a refund takes back the latest purchases first. */
  take(customer: string, event: EventInput): void {
    if (event.name === 'Order Completed') this.#bought(customer, event);
    else if (event.name === 'Order Refunded') this.#returned(customer, event);
  }

  /** A sentence for each thing that should not have been promoted to her at `at`. */
  offences(customer: string, at: number, { products, category }: Promoted): string[] {
    const lots = this.#lots.get(customer) ?? [];
    const offences: string[] = [];
    for (const product of products) {
      const lot = lots.find((one) => one.product === product && at < one.at + this.#productMs(one.category));
      if (lot !== undefined) offences.push(`${product}, which she bought ${day(lot.at)}`);
    }
    const near =
      category !== '' &&
      lots.find((lot) => lot.category === category && at < lot.at + this.#suppression.categoryMs);
    if (near) offences.push(`category ${category}, of which she bought ${near.product} ${day(near.at)}`);
    return offences;
  }

  /** Something of hers is under suppression at `at`: a careless service could go wrong here. */
  isAtRisk(customer: string, at: number): boolean {
    const lots = this.#lots.get(customer) ?? [];
    return lots.some((lot) => at < lot.at + this.#productMs(lot.category));
  }

  #productMs(category: string): number {
    return this.#suppression.byCategory.get(category) ?? this.#suppression.defaultMs;
  }

  #bought(customer: string, event: EventInput): void {
    const lots = this.#lots.get(customer) ?? [];
    this.#lots.set(customer, lots);
    for (const { productId, category, quantity } of event.products)
      lots.push({ product: productId, category, at: event.occurredAt, quantity });
  }

  #returned(customer: string, event: EventInput): void {
    const lots = this.#lots.get(customer) ?? [];
    for (const { productId, quantity } of event.products) {
      let left = quantity;
      for (let i = lots.length - 1; i >= 0 && left > 0; i--) {
        const lot = lots[i] as Lot;
        if (lot.product !== productId) continue;
        const back = Math.min(left, lot.quantity);
        lot.quantity -= back;
        left -= back;
        if (lot.quantity === 0) lots.splice(i, 1);
      }
    }
  }
}

function day(at: number): string {
  return `on ${new Date(at).toISOString().slice(0, 10)}`;
}
