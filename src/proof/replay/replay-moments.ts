import { MINUTE_MS } from '../../base/clock.ts';
import type { EventInput } from '../../core/event/event-input.ts';

/** One event or decision of the shop, at its own time. */
export interface ReplayStep {
  readonly at: number;
  readonly customer: string;
  /** `before` and `after`: a decision right before an order and a minute after it. */
  readonly kind: 'before' | 'event' | 'after';
  readonly event: EventInput;
}

/** Steps of one moment, by customer: each customer's are in order, those of different customers do not touch. */
export interface ReplayMoment {
  readonly at: number;
  readonly byCustomer: readonly (readonly ReplayStep[])[];
}

/** The events with their decisions, moment by moment in order of time. A decision that is due with an event comes before it. */
export function* momentsOf(events: Iterable<EventInput>): Generator<ReplayMoment> {
  const afters: ReplayStep[] = [];
  let at = Number.NaN;
  let steps: ReplayStep[] = [];
  const next = function* (to: number): Generator<ReplayMoment> {
    if (to === at) return;
    if (steps.length > 0) yield momentOf(at, steps);
    steps = [];
    while (afters[0] !== undefined && afters[0].at < to) {
      at = afters[0].at;
      yield momentOf(at, dueAt(afters, at));
    }
    at = to;
    steps = dueAt(afters, to);
  };
  for (const event of events) {
    yield* next(event.occurredAt);
    const customer = customerKey(event);
    const isOrder = event.name === 'Order Completed';
    if (isOrder) steps.push({ at, customer, kind: 'before', event });
    steps.push({ at, customer, kind: 'event', event });
    // All wait equally long, so they stay in order.
    if (isOrder) afters.push({ at: at + MINUTE_MS, customer, kind: 'after', event });
  }
  yield* next(Number.POSITIVE_INFINITY);
}

/** Who an event is about: its strongest (here its only) identifier. */
export function customerKey(event: EventInput): string {
  const [identifier] = event.identifiers;
  return `${identifier?.kind}:${identifier?.value}`;
}

function dueAt(afters: ReplayStep[], at: number): ReplayStep[] {
  let due = 0;
  while (afters[due]?.at === at) due++;
  return afters.splice(0, due);
}

function momentOf(at: number, steps: readonly ReplayStep[]): ReplayMoment {
  const byCustomer = new Map<string, ReplayStep[]>();
  for (const step of steps) {
    const own = byCustomer.get(step.customer);
    if (own === undefined) byCustomer.set(step.customer, [step]);
    else own.push(step);
  }
  return { at, byCustomer: [...byCustomer.values()] };
}
