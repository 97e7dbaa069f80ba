import type { EventInput } from '../../core/event/event-input.ts';
import type { FeedbackKind } from '../../core/fact/fact.ts';
import type { Treatment } from '../../gen/attune/v1/treatment_pb.ts';
import type { ShopCatalog } from '../../world/catalog.ts';

const FEEDBACK: Partial<Record<FeedbackKind, string>> = {
  bounced_hard: 'sent back for good',
  bounced_soft: 'sent back this time',
  unsubscribed: 'followed by an unsubscribe',
  complained: 'followed by a complaint',
};

/** What a customer did, in words. */
export function eventText(event: EventInput, catalog: ShopCatalog): string {
  const [product] = event.products;
  const title =
    product === undefined ? '' : (catalog.byId.get(product.productId)?.title ?? product.productId);
  const thing = product?.size ? `${title}, size ${product.size}` : title;
  switch (event.name) {
    case 'Page Viewed':
    case 'Screen Viewed':
      return `opens ${event.context?.page || 'a page'}`;
    case 'Product Viewed':
      return `looks at ${title}`;
    case 'Size Guide Viewed':
      return `opens the size guide of ${title}`;
    case 'Product Added':
      return `puts ${thing} into the cart`;
    case 'Consent Updated':
      return `${event.properties?.granted === true ? 'agrees to' : 'refuses'} ${event.properties?.purpose} on ${event.properties?.channel}`;
    case 'Checkout Started':
      return 'begins the checkout';
    case 'Checkout Step Viewed':
      return `comes to step ${event.properties?.step ?? '?'} of the checkout`;
    case 'Shipping Cost Shown':
      return `sees the shipping cost, ${event.properties?.cost ?? '?'}`;
    case 'Order Completed':
      return `ORDERS ${thing} for ${event.order?.total.toFixed(2)}${event.order?.coupon ? ` with the code ${event.order.coupon}` : ''}`;
    default:
      return event.name;
  }
}

export function shownText(placement: string, treatment: Treatment): string {
  return `${placement} shows ${treatment.actionId}`;
}

export function sentText({ actionId, channel, content, offer }: Treatment): string {
  const offers =
    offer === undefined
      ? ''
      : `, offering ${offer.offerId}${offer.code === '' ? '' : ` (code ${offer.code})`}`;
  const says = content === undefined || content.rendered === '' ? '' : `: "${content.rendered}"`;
  return `${channel} receives ${actionId}${offers}${says}`;
}

/** `action`: what it is about. */
export function feedbackText(kind: FeedbackKind, channel: string, action: string): string {
  return `${channel} reports: ${action} was ${FEEDBACK[kind] ?? kind}`;
}
