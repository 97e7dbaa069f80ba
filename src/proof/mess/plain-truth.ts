/** What a clean history comes to, counted by hand: shares no code with the service. */
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import { occurredAt } from './message-on-its-way.ts';
import { consentText, listed, type ProfileView } from './profile-view.ts';

interface PlainOrder {
  readonly lines: Map<string, number>;
  revenue: number;
}

/** Spend, what is owned, and consent, of events in the order in which they happened. */
export function plainTruth(events: readonly Event[]): Pick<ProfileView, 'spend' | 'owned' | 'consent'> {
  const orders = new Map<string, PlainOrder>();
  const said = new Map<string, boolean>();
  for (const event of [...events].sort((a, b) => occurredAt(a) - occurredAt(b))) {
    if (event.name === 'Consent Updated') hear(said, event);
    const order = event.order;
    if (order === undefined) continue;
    if (event.name === 'Order Completed')
      orders.set(order.orderId, { lines: linesOf(event), revenue: order.revenue ?? 0 });
    const known = orders.get(order.orderId);
    if (known === undefined) continue;
    if (event.name === 'Order Cancelled') takeAllBack(known);
    if (event.name === 'Order Refunded') takeBack(known, event, order.revenue ?? 0);
  }
  let spend = 0;
  const owned: [string, number][] = [];
  for (const { lines, revenue } of orders.values()) {
    spend += revenue;
    owned.push(...lines);
  }
  return {
    spend: (Math.round(spend * 100) / 100).toFixed(2),
    owned: listed(owned),
    consent: consentText(said),
  };
}

function hear(said: Map<string, boolean>, { properties }: Event): void {
  const [channel, purpose, granted] = ['channel', 'purpose', 'granted'].map(
    (name) => properties[name]?.kind.value,
  );
  said.set(`${channel} ${purpose}`, granted === true);
}

function linesOf(event: Event): Map<string, number> {
  const lines = new Map<string, number>();
  for (const { productId, size, quantity } of event.products) {
    const key = `${productId}/${size}`;
    lines.set(key, (lines.get(key) ?? 0) + quantity);
  }
  return lines;
}

function takeBack(known: PlainOrder, event: Event, amount: number): void {
  for (const [key, quantity] of linesOf(event)) known.lines.set(key, (known.lines.get(key) ?? 0) - quantity);
  if (event.products.length === 0 && amount >= known.revenue - 0.005) known.lines.clear();
  known.revenue -= amount;
}

function takeAllBack(known: PlainOrder): void {
  known.lines.clear();
  known.revenue = 0;
}
