import type { Millis } from '../base/clock.ts';
import type { EventInput, IdentifierInput } from '../core/event/event-input.ts';
import type { FeedbackKind } from '../core/fact/fact.ts';

/** Pages on which the shop asks for a decision. */
export type ShopPage = 'home' | 'product' | 'cart';

/** What the world does next, in virtual time. */
export type ShopStep =
  | { readonly kind: 'event'; readonly at: Millis; readonly customer: number; readonly event: EventInput }
  | DecideStep
  | FeedbackStep;

/** Her page loads and the shop wants something to show there. It comes right behind the event of the page view. */
export interface DecideStep {
  readonly kind: 'decide';
  readonly at: Millis;
  readonly customer: number;
  readonly requestId: string;
  readonly identifiers: readonly IdentifierInput[];
  readonly channel: 'web' | 'app';
  readonly page: ShopPage;
  readonly sessionId: string;
  readonly timeZone: string;
  readonly locale: string;
  /** What the page is about; '' on the home page. */
  readonly productId: string;
}

/** What a channel system reports of a treatment that the shop was given. */
export interface FeedbackStep {
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
