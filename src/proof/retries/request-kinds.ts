/** Every request that carries an id, how it is sent, and what another meaning under the same id is. */
import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Rng } from '../../base/rng.ts';
import { ConnectRequestSchema, FeedbackKind, ReportRequestSchema } from '../../gen/attune/v1/channel_pb.ts';
import { DecideRequestSchema, DecideStreamRequestSchema } from '../../gen/attune/v1/decision_pb.ts';
import {
  type EventSchema,
  PublishRequestSchema,
  StreamEventsRequestSchema,
} from '../../gen/attune/v1/event_pb.ts';

export const KINDS = [
  'publish',
  'streamEvents',
  'decide',
  'decideStream',
  'report',
  'connectFeedback',
] as const;
export type Kind = (typeof KINDS)[number];

export interface RetriedRequest {
  readonly schema: DescMessage;
  readonly bytes: Uint8Array;
  /** The same ids with another meaning. */
  readonly changed: Uint8Array;
}

export interface RequestSetting {
  readonly rng: Rng;
  /** Unique per trial. */
  readonly id: string;
  /** ms since the epoch. */
  readonly now: number;
  /** Of a treatment that was given out; for feedback. */
  readonly tracking: string;
  readonly channel: string;
}

export function makeRequest(kind: Kind, setting: RequestSetting): RetriedRequest {
  switch (kind) {
    case 'publish':
      return both(PublishRequestSchema, (change) => ({ events: [event(setting, change)] }));
    case 'streamEvents':
      return both(StreamEventsRequestSchema, (change) => ({ tag: 1n, event: event(setting, change) }));
    case 'decide':
      return both(DecideRequestSchema, (change) => decide(setting, change));
    case 'decideStream':
      return both(DecideStreamRequestSchema, (change) => ({
        tag: 1n,
        timeout: { seconds: 20n },
        request: decide(setting, change),
      }));
    case 'report':
      return both(ReportRequestSchema, (change) => ({
        channel: setting.channel,
        feedback: [feedback(setting, change)],
      }));
    case 'connectFeedback':
      return both(ConnectRequestSchema, (change) => ({
        message: { case: 'feedback' as const, value: feedback(setting, change) },
      }));
  }
}

/** `change` 0: as it is; another one: a place of the message to say something else at. */
function both<D extends DescMessage>(
  schema: D,
  make: (change: number) => MessageInitShape<D>,
): RetriedRequest {
  const sent = (change: number) => toBinary(schema, create(schema, make(change)));
  return { schema, bytes: sent(0), changed: sent(1) };
}

function event(setting: RequestSetting, change: number): MessageInitShape<typeof EventSchema> {
  const { id, now } = setting;
  const place = change === 0 ? -1 : Number.parseInt(id.replace(/\D/g, ''), 10) % 7;
  const text = (value: string) => ({ kind: { case: 'stringValue' as const, value } });
  const properties = Object.fromEntries(
    Array.from({ length: 3 + (id.length % 9) }, (_, i) => [`p${i}`, text(`v${i}`)]),
  );
  const price = place === 0 ? 121 : 120;
  const products = [
    { productId: 'coat', category: 'coats', size: place === 1 ? 'L' : 'M', price, quantity: 1 },
    { productId: 'scarf', category: 'scarves', price: 40, quantity: place === 2 ? 3 : 2 },
  ];
  return {
    id,
    source: 'retries',
    identifiers: [
      { kind: 'loyalty', value: retriedCustomer(setting) },
      { kind: 'anonymous', value: `a-${retriedCustomer(setting)}` },
    ],
    name: 'Order Completed',
    occurredAt: timestampFromMs(now - 1_000),
    sentAt: timestampFromMs(now - 500),
    channel: place === 3 ? 'app' : 'web',
    products: place === 4 ? swapped(products) : products,
    order: { orderId: `o-${id}`, revenue: place === 5 ? 201 : 200, total: 205, shipping: 5 },
    properties: {
      ...properties,
      extra: text(place === 6 ? 'other' : 'value'),
      many: many(3),
      yes: flag(true),
    },
    context: { timeZone: 'Europe/London', device: 'mobile', page: '/coat' },
  };
}

/** The same lines with one another's quantities. */
function swapped<Line extends { readonly quantity: number }>(lines: readonly Line[]): Line[] {
  return lines.map((line, i) => ({ ...line, quantity: lines[lines.length - 1 - i]?.quantity ?? 0 }));
}

function many(value: number) {
  return { kind: { case: 'doubleValue' as const, value } };
}

function flag(value: boolean) {
  return { kind: { case: 'boolValue' as const, value } };
}

function decide(setting: RequestSetting, change: number): MessageInitShape<typeof DecideRequestSchema> {
  const place = change === 0 ? -1 : Number.parseInt(setting.id.replace(/\D/g, ''), 10) % 4;
  return {
    requestId: `r-${setting.id}`,
    identifiers: [{ kind: 'loyalty', value: retriedCustomer(setting) }],
    events: [event(setting, place === 3 ? 1 : 0)],
    placements: place === 0 ? ['home_hero'] : ['home_hero', 'cart_banner'],
    context: { timeZone: 'Europe/London', page: place === 1 ? '/other' : '/home', device: 'mobile' },
    alternativesMax: place === 2 ? 3 : 2,
  };
}

function feedback(setting: RequestSetting, change: number) {
  const { id, now, tracking } = setting;
  return {
    id: `f-${id}`,
    tracking,
    kind: FeedbackKind.CLICKED,
    occurredAt: timestampFromMs(now - 1_000),
    link: change === 0 ? 'https://shop.example/coat' : 'https://shop.example/scarf',
  };
}

/** Each trial has a customer of its own. */
export function retriedCustomer({ id }: Pick<RequestSetting, 'id'>): string {
  return `customer-${id}`;
}
