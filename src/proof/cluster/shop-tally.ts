/** What the shop asked of the nodes, and what it was answered, measured at its clients. */
import { Histogram } from '../../base/histogram.ts';

/** One request that has ended. */
export interface Asked {
  readonly customer: number;
  readonly shard: number;
  /** Milliseconds since the shop opened. */
  readonly at: number;
  readonly ms: number;
  readonly text: string;
  /** '': it was none, or has no answer. */
  readonly decisionId: string;
  /** Why it failed; '': it was answered. */
  readonly fault: string;
}

/** Events of one customer. */
export interface CustomerEvents {
  /** `source id` of those that were acknowledged. */
  readonly acknowledged: Set<string>;
  /** Orders among them. */
  readonly orders: Set<string>;
  /** Given up without an answer: they may have been heard. */
  unknown: number;
}

export class ShopTally {
  events = 0;
  decisions = 0;
  feedback = 0;
  readonly asked: Asked[] = [];
  readonly failed: string[] = [];
  readonly customers = new Map<number, CustomerEvents>();
  /** Request id → the decision that it was answered as. */
  readonly answered = new Map<string, string>();
  readonly decideMs = new Histogram();
  /** Of all requests, since `lap`. */
  #lap = new Histogram();
  #lapped = { events: 0, decisions: 0 };
  waiting = 0;

  note(asked: Asked): void {
    this.asked.push(asked);
    this.#lap.addMs(asked.ms);
    if (asked.fault !== '') this.failed.push(`${asked.text}: ${asked.fault}`);
  }

  eventsOf(customer: number): CustomerEvents {
    let found = this.customers.get(customer);
    if (found === undefined) {
      found = { acknowledged: new Set(), orders: new Set(), unknown: 0 };
      this.customers.set(customer, found);
    }
    return found;
  }

  get acknowledged(): number {
    let count = 0;
    for (const { acknowledged } of this.customers.values()) count += acknowledged.size;
    return count;
  }

  /** What was since the last call. */
  lap(): { readonly events: number; readonly decisions: number; readonly latency: Histogram } {
    const { events, decisions } = this;
    const latency = this.#lap;
    const since = { events: events - this.#lapped.events, decisions: decisions - this.#lapped.decisions };
    this.#lap = new Histogram();
    this.#lapped = { events, decisions };
    return { ...since, latency };
  }
}
