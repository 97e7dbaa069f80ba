/** What core should get for a message that protobuf-es decoded: the other way to the same value, for tests. */

import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import { channelNamed } from '../../core/event/channel-word.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { understandEvent } from '../../core/event/understand-event.ts';
import { FEEDBACK_KINDS, type FeedbackKind } from '../../core/fact/fact.ts';
import type { Feedback } from '../../gen/attune/v1/channel_pb.ts';
import type { DecideRequest } from '../../gen/attune/v1/decision_pb.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import { bytesHash } from './bytes-hash.ts';

/** Without the body's hash, which only the bytes know, and without what was odd. */
export type Unhashed<T> = Omit<T, 'bodyHash' | 'olderBodyHash' | 'warnings'>;

const silent = { fault: () => {}, warn: () => {} };

/** As core should see an event: what is too long cut, what is too much dropped, in the words of the contract. */
export function plainEvent(event: Event): Unhashed<EventInput> {
  return unhashed(understandEvent({ ...rawEvent(event), bodyHash: 0 }, silent));
}

function rawEvent(event: Event): Unhashed<EventInput> {
  const { context, order } = event;
  return {
    id: cutId(event.id, 128),
    source: cutId(event.source, 64),
    identifiers: event.identifiers.slice(0, 64).map(identifierHead),
    name: cut(event.name, 64),
    occurredAt: msOf(event.occurredAt),
    channel: cut(event.channel, 32),
    sessionId: cutId(event.sessionId, 64),
    products: event.products.slice(0, 1_000).map((product) => ({
      productId: cutId(product.productId, 64),
      sku: cutId(product.sku, 64),
      variant: cut(product.variant, 64),
      size: cut(product.size, 32),
      category: cut(product.category, 128),
      brand: cut(product.brand, 64),
      price: product.price ?? Number.NaN,
      quantity: product.quantity,
      coupon: cut(product.coupon, 64),
    })),
    order:
      order === undefined
        ? undefined
        : {
            orderId: cutId(order.orderId, 64),
            total: order.total ?? Number.NaN,
            revenue: order.revenue ?? Number.NaN,
            shipping: order.shipping ?? Number.NaN,
            tax: order.tax ?? Number.NaN,
            discount: order.discount ?? Number.NaN,
            coupon: cut(order.coupon, 64),
            refundId: cutId(order.refundId, 64),
          },
    currency: cut(event.currency, 64),
    properties: plainProperties(event),
    context:
      context === undefined
        ? undefined
        : {
            timeZone: cut(context.timeZone, 64).trim(),
            locale: cut(context.locale, 35).trim(),
            device: cut(context.device, 64),
            page: cut(context.page, 512),
          },
    historical: event.historical,
    ...(Buffer.byteLength(event.id) > 128 && { sentId: event.id }),
    ...(event.sentAt !== undefined && { sentAt: msOf(event.sentAt) }),
    ...(event.receivedAt !== undefined && { receivedAt: msOf(event.receivedAt) }),
  };
}

/** protobuf-es keeps entries in another order than they came in where their names are whole numbers: those are left to other tests. */
function plainProperties({ properties }: Event): EventInput['properties'] {
  const entries = Object.entries(properties);
  if (entries.length === 0) return undefined;
  const kept: Record<string, string | number | boolean> = {};
  for (const [key, { kind }] of entries.slice(0, 64)) {
    if (key === '' || Buffer.byteLength(key) > 64 || kind.value === undefined) continue;
    if (kind.case === 'doubleValue') kept[key] = Math.abs(kind.value) <= 1e15 ? kind.value : Number.NaN;
    else kept[key] = kind.case === 'stringValue' ? cut(kind.value, 1_024) : kind.value;
  }
  return kept;
}

function identifierHead({ kind, value }: { kind: string; value: string }) {
  return { kind: cut(kind, 40), value: cut(value, 264) };
}

/** The longest beginning of whole characters that fits. */
function cut(text: string, bytesMax: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) return kept;
    kept += character;
  }
  return kept;
}

function cutId(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  return `${cut(text, bytesMax - 9)}~${bytesHash(bytes, 0, bytes.length).toString(16).padStart(8, '0')}`;
}

export function plainDecide(request: DecideRequest) {
  const { context } = request;
  return {
    requestId: request.requestId,
    identifiers: request.identifiers.slice(0, 64).map(identifierHead),
    events: request.events.map(plainEvent),
    placements: request.placements,
    dispatch: request.delivery === Delivery.DISPATCH,
    timeZone: (context?.timeZone ?? '').trim(),
    locale: (context?.locale ?? '').trim(),
    device: context?.device ?? '',
    page: context?.page ?? '',
    channel: channelNamed(context?.channel ?? ''),
    alternativesMax: request.alternativesMax,
    dryRun: request.dryRun,
    explain: request.explain,
  };
}

export function plainFeedback(feedback: Feedback, channel: string): Unhashed<FeedbackInput> {
  return {
    channel,
    id: feedback.id,
    dispatchId: feedback.dispatchId,
    tracking: feedback.tracking,
    identifiers: feedback.identifiers.map(({ kind, value }) => ({ kind, value })),
    kind: FEEDBACK_KINDS[feedback.kind - 1] as FeedbackKind,
    occurredAt: msOf(feedback.occurredAt),
    machine: feedback.machine,
    link: feedback.link,
    value: feedback.value,
    scope: feedback.scope,
  };
}

export function unhashed<
  T extends { readonly bodyHash: number; readonly olderBodyHash?: unknown; readonly warnings?: unknown },
>(message: T): Unhashed<T> {
  const { bodyHash, olderBodyHash: _, warnings: __, ...rest } = message;
  if (!Number.isInteger(bodyHash) || bodyHash < 0 || bodyHash >= 2 ** 32)
    throw new Error(`no hash: ${bodyHash}`);
  return rest;
}

export function unhashedDecide(request: DecideInput) {
  return unhashed({ ...request, events: request.events.map(unhashed) });
}

export function durationMs(duration: Duration): number {
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

function msOf(time: Timestamp | undefined): number {
  if (time === undefined) return Number.NaN;
  return Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6);
}
