import type { EventWarning } from './event-warning.ts';

/** An event as a producer sent it, parsed and valid by itself (codec/wire checks shapes and bounds before core sees it). */
export interface IdentifierInput {
  readonly kind: string;
  readonly value: string;
}

export interface ProductInput {
  readonly productId: string;
  readonly sku: string;
  readonly variant: string;
  readonly size: string;
  readonly category: string;
  readonly brand: string;
  /** Currency, major unit; NaN: not given. */
  readonly price: number;
  /** 0: not given. */
  readonly quantity: number;
  readonly coupon: string;
}

/** Amounts that were not given are NaN. */
export interface OrderInput {
  readonly orderId: string;
  readonly total: number;
  readonly revenue: number;
  readonly shipping: number;
  readonly tax: number;
  readonly discount: number;
  readonly coupon: string;
  /** '' when none was given. */
  readonly refundId: string;
  /** Its list of products was sent and holds none: nothing is left of it. Absent: no list says so. */
  readonly isEmptied?: true;
}

export interface EventContextInput {
  readonly timeZone: string;
  readonly locale: string;
  readonly device: string;
  readonly page: string;
}

export type PropertyValue = string | number | boolean;

export interface EventInput {
  readonly id: string;
  readonly source: string;
  readonly identifiers: readonly IdentifierInput[];
  readonly name: string;
  /** Milliseconds since 1970 UTC. */
  readonly occurredAt: number;
  /** Name of a channel, '' when none. */
  readonly channel: string;
  readonly sessionId: string;
  readonly products: readonly ProductInput[];
  readonly order: OrderInput | undefined;
  readonly currency: string;
  readonly properties: Readonly<Record<string, PropertyValue>> | undefined;
  readonly context: EventContextInput | undefined;
  readonly historical: boolean;
  /** By the clock of `occurredAt`, when it was handed over; absent: not said. Milliseconds since 1970 UTC. */
  readonly sentAt?: number | undefined;
  /** By the clock of a collector, when it came in there; absent: not said. Milliseconds since 1970 UTC. */
  readonly receivedAt?: number | undefined;
  /** The id as it was sent, where `id` is what was kept of a longer one. */
  readonly sentId?: string | undefined;
  /** 32-bit hash of the message's bytes: tells a retry from another event under the same id. */
  readonly bodyHash: number;
  /** The hash that version 0.2.0 gave it, where that may be another one. */
  readonly olderBodyHash?: number | undefined;
  /** What was odd when it was read; absent: nothing. */
  readonly warnings?: readonly EventWarning[] | undefined;
}
