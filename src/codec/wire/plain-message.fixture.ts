/** What core should get for a message that protobuf-es decoded: the other way to the same value, for tests. */
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { FEEDBACK_KINDS, type FeedbackKind } from '../../core/fact/fact.ts';
import type { Feedback } from '../../gen/attune/v1/channel_pb.ts';
import type { DecideRequest } from '../../gen/attune/v1/decision_pb.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';
import type { Event } from '../../gen/attune/v1/event_pb.ts';

/** Without the body's hash, which only the bytes know. */
export type Unhashed<T> = Omit<T, 'bodyHash'>;

export function plainEvent(event: Event): Unhashed<EventInput> {
  const { context, order, properties } = event;
  return {
    id: event.id,
    source: event.source,
    identifiers: event.identifiers.map(({ kind, value }) => ({ kind, value })),
    name: event.name,
    occurredAt: msOf(event.occurredAt),
    channel: event.channel,
    sessionId: event.sessionId,
    products: event.products.map((product) => ({
      productId: product.productId,
      sku: product.sku,
      variant: product.variant,
      size: product.size,
      category: product.category,
      brand: product.brand,
      price: product.price ?? Number.NaN,
      quantity: product.quantity,
      coupon: product.coupon,
    })),
    order:
      order === undefined
        ? undefined
        : {
            orderId: order.orderId,
            total: order.total,
            revenue: order.revenue,
            shipping: order.shipping,
            tax: order.tax,
            discount: order.discount,
            coupon: order.coupon,
          },
    currency: event.currency,
    properties:
      Object.keys(properties).length === 0
        ? undefined
        : Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [
              key,
              value.kind.value as string | number | boolean,
            ]),
          ),
    context:
      context === undefined
        ? undefined
        : {
            timeZone: context.timeZone,
            locale: context.locale,
            device: context.device,
            page: context.page,
          },
    historical: event.historical,
  };
}

export function plainDecide(request: DecideRequest) {
  const { context } = request;
  return {
    requestId: request.requestId,
    identifiers: request.identifiers.map(({ kind, value }) => ({ kind, value })),
    events: request.events.map(plainEvent),
    placements: request.placements,
    dispatch: request.delivery === Delivery.DISPATCH,
    timeZone: context?.timeZone ?? '',
    locale: context?.locale ?? '',
    device: context?.device ?? '',
    page: context?.page ?? '',
    channel: context?.channel ?? '',
    alternativesMax: request.alternativesMax,
    dryRun: request.dryRun,
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

export function unhashed<T extends { readonly bodyHash: number }>({ bodyHash, ...rest }: T): Unhashed<T> {
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
