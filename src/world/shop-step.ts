import type { Millis } from '../base/clock.ts';
import type { EventInput, IdentifierInput } from '../core/event/event-input.ts';
import type { FeedbackKind } from '../core/fact/fact.ts';

/** What the world does next, in virtual time. */
export type ShopStep =
  | { readonly kind: 'event'; readonly at: Millis; readonly customer: number; readonly event: EventInput }
  | ShopDecideStep
  | ShopFeedbackStep;

/** Somebody of the shop asks what to say to a customer. On pages it comes right behind the event of the page view. */
export interface ShopDecideStep {
  readonly kind: 'decide';
  readonly at: Millis;
  readonly customer: number;
  readonly requestId: string;
  readonly identifiers: readonly IdentifierInput[];
  /** A placement of the starter policy; '' for outreach: the service may send something on any channel, or nothing. */
  readonly placement: string;
  /** Where the customer is now; '' when they are nowhere. */
  readonly channel: 'web' | 'app' | '';
  readonly sessionId: string;
  readonly timeZone: string;
  readonly locale: string;
  /** What the page is about; '' on the home page. */
  readonly productId: string;
}

/** What a channel system reports of a treatment that the shop was given. */
export interface ShopFeedbackStep {
  readonly kind: 'feedback';
  readonly at: Millis;
  readonly customer: number;
  /** As in the treatment. */
  readonly ref: string;
  readonly channel: string;
  /** Unique per treatment and kind. */
  readonly id: string;
  readonly feedback: FeedbackKind;
}

/** Pages that ask. */
export type ShopPage = 'home' | 'product' | 'size_guide' | 'cart' | 'thanks';

// The starter policy's places. The app has a card on its start screen, and stories below a product.
const PLACEMENTS: Readonly<Record<'web' | 'app', Readonly<Partial<Record<ShopPage, string>>>>> = {
  web: {
    home: 'home_hero',
    product: 'pdp_recommendation',
    size_guide: 'onsite_modal',
    cart: 'cart_banner',
    thanks: 'order_thanks',
  },
  app: { home: 'app_home', product: 'story_row', size_guide: 'onsite_modal' },
};

/** The place to fill on a page; undefined where the shop has none. */
export function placementOf(page: ShopPage, channel: 'web' | 'app' | 'store'): string | undefined {
  return channel === 'store' ? undefined : PLACEMENTS[channel][page];
}

/** The ad network's place. */
export const ADS_PLACEMENT = 'ads_retarget';
