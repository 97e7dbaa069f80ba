/**
 * Treatments under way to the simulated customers, and the codes that came of them. Owned by the shop.
 *
 * I1  A message is unread from its sending until its first sign of having been noticed; only then can it be withdrawn.
 * I2  A customer holds one code at most, the one that they clicked last; an order spends it.
 */
import type { Millis } from '../base/clock.ts';
import { channelIndex } from '../core/channel.ts';
import type { FeedbackKind } from '../core/fact/fact.ts';
import type { Agenda } from './agenda.ts';
import type { Message } from './message.ts';
import { isShown, type Reaction } from './reaction.ts';
import type { ShopLedger } from './shop-ledger.ts';
import type { ShopFeedbackStep } from './shop-step.ts';
import type { ShopOffer, ShopTreatment } from './treatment.ts';

const NOTICED: ReadonlySet<FeedbackKind> = new Set<FeedbackKind>([
  'opened',
  'clicked',
  'unsubscribed',
  'complained',
]);

export class Messages {
  readonly #agenda: Agenda;
  readonly #ledger: ShopLedger;
  readonly #unread = new Map<string, Message>();
  readonly #offers = new Map<number, ShopOffer>();
  /** Bit per channel on which a customer unsubscribed. */
  readonly #unsubscribed: Uint16Array;

  constructor(agenda: Agenda, ledger: ShopLedger, customers: number) {
    this.#agenda = agenda;
    this.#ledger = ledger;
    this.#unsubscribed = new Uint16Array(customers);
  }

  /** Puts on the agenda what a treatment sets off. */
  receive(customer: number, treatment: ShopTreatment, reaction: Reaction, at: Millis): void {
    const message: Message = { customer, treatment, withdrawn: false };
    const shown = isShown(treatment.channel);
    const refused = ((this.#unsubscribed[customer] as number) & (1 << channelIndex(treatment.channel))) !== 0;
    this.#ledger.treatments++;
    if (refused && !shown) this.#ledger.sentAfterUnsubscribe++;
    if (reaction.isNoticed && !shown) this.#unread.set(treatment.ref, message);
    for (const { kind, afterMs } of reaction.feedback) {
      this.#agenda.put(at + afterMs, { kind: 'feedback', message, feedback: kind });
    }
    if (reaction.visit === undefined) return;
    const { kind, afterMs } = reaction.visit;
    this.#agenda.put(at + afterMs, { kind: 'detour', customer, visit: kind, since: at, message });
  }

  withdraw(ref: string): boolean {
    const message = this.#unread.get(ref);
    if (message === undefined) return false;
    message.withdrawn = true;
    return this.#unread.delete(ref);
  }

  /** What the channel system reports now; undefined for a message that was withdrawn. */
  report(message: Message, feedback: FeedbackKind, at: Millis): ShopFeedbackStep | undefined {
    if (message.withdrawn) return undefined;
    const { customer, treatment } = message;
    const { ref, channel, offer } = treatment;
    if (NOTICED.has(feedback)) this.#unread.delete(ref);
    if (feedback === 'opened') this.#ledger.opens++;
    if (feedback === 'clicked') {
      this.#ledger.clicks++;
      if (offer !== undefined) this.#offers.set(customer, offer);
    }
    if (feedback === 'unsubscribed' || feedback === 'complained') {
      if (feedback === 'unsubscribed') this.#ledger.unsubscribes++;
      else this.#ledger.complaints++;
      this.#unsubscribed[customer] = (this.#unsubscribed[customer] as number) | (1 << channelIndex(channel));
    }
    return { kind: 'feedback', at, customer, ref, channel, id: `${ref}-${feedback}`, feedback };
  }

  /** The code that an order now uses up; undefined when the customer holds none that still works. */
  spendOffer(customer: number, at: Millis): ShopOffer | undefined {
    const offer = this.#offers.get(customer);
    this.#offers.delete(customer);
    return offer !== undefined && offer.until >= at ? offer : undefined;
  }
}
