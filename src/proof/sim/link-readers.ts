/**
 * Who opens the links in messages: the customer in a browser that nobody knows, a friend to whom the message was passed on, a link scanner,
 * somebody who makes tokens up. What each token may do at most goes into the journal.
 */
import { KNOWN_KEYS } from '../../adapter/system/known-keys.ts';
import type { Rng } from '../../base/rng.ts';
import { BOUNDS } from '../../core/bounds.ts';
import { parseTracking, signedText, trackingToken } from '../../core/decide/decision-id.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Delivery } from '../../port/customers.ts';
import type { Client } from './client.ts';
import type { Journal } from './journal.ts';
import type { RequestMaker } from './requests.ts';
import type { Scheduler } from './scheduler.ts';

export interface LinkReaderParts {
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly rng: Rng;
  readonly client: Client;
  readonly maker: RequestMaker;
}

interface Opened {
  readonly token: string;
  readonly isGood: boolean;
  readonly isMachine: boolean;
}

const BROWSERS = 6;
const OPENED_SHARE = 0.3;
const PASSED_ON_SHARE = 0.4;
const HOUR_MS = 3_600_000;

export class LinkReaders {
  readonly #parts: LinkReaderParts;
  #isStopped = false;

  constructor(parts: LinkReaderParts) {
    this.#parts = parts;
  }

  /** A message has reached somebody. */
  reached(delivery: Delivery): void {
    const { rng, scheduler } = this.#parts;
    if (rng.float() >= OPENED_SHARE) return;
    scheduler.after(rng.intBelow(HOUR_MS), undefined, () => this.#land(delivery, this.#tokenOf(delivery)));
    if (rng.float() < PASSED_ON_SHARE)
      scheduler.after(rng.intBelow(2 * HOUR_MS), undefined, () => this.#land(delivery, good(delivery)));
  }

  stop(): void {
    this.#isStopped = true;
  }

  #land(delivery: Delivery, { token, isGood, isMachine }: Opened): void {
    const { rng, scheduler, client, maker, journal } = this.#parts;
    if (this.#isStopped) return;
    const browser: IdentifierInput = { kind: 'anonymous', value: `B${rng.intBelow(BROWSERS)}` };
    const event = maker.landing(browser, token, isMachine, scheduler.now);
    journal.landings.push({
      browser: `${browser.kind}:${browser.value}`,
      dispatchId: delivery.dispatchId,
      isGood,
    });
    client.publish(event, () => {
      for (let looks = rng.intBelow(3); looks > 0; looks--)
        scheduler.after(rng.intBelow(HOUR_MS), undefined, () => {
          if (this.#isStopped) return;
          const { view, ask } = maker.lookAround(browser, scheduler.now);
          client.publish(view, () => client.decide(ask));
        });
    });
  }

  #tokenOf(delivery: Delivery): Opened {
    const { rng } = this.#parts;
    const chance = rng.float();
    if (chance < 0.65) return good(delivery);
    if (chance < 0.75) return { ...good(delivery), isGood: false, isMachine: true };
    return { token: this.#madeUp(delivery), isGood: false, isMachine: false };
  }

  /** What somebody makes of a token who does not have the key; or one that was handed out too long ago. */
  #madeUp({ tracking, customerId }: Delivery): string {
    const { rng, scheduler } = this.#parts;
    const parsed = parseTracking(tracking);
    if (parsed?.signature === undefined) return tracking;
    const { dispatch } = parsed;
    const { mac, issuedAt } = parsed.signature;
    const chance = rng.float();
    if (chance < 0.4) {
      const text = signedText(
        trackingToken(customerId, dispatch, dispatch.choice),
        scheduler.now - BOUNDS.tokenMs - HOUR_MS,
      );
      return `${text}.${Buffer.from(KNOWN_KEYS.sign('tracking', text)).toString('base64url', 0, 12)}`;
    }
    // Another customer's, with the signature of this one; or their own, with a signature that was guessed.
    const { id } = addresseeOf('loyalty', `L${rng.intBelow(4)}`);
    const customer = chance < 0.7 ? id : customerId;
    const text = signedText(trackingToken(customer, dispatch, dispatch.choice), issuedAt);
    const guessed = `${mac.slice(0, -1)}${mac.endsWith('A') ? 'Q' : 'A'}`;
    return `${text}.${customer === customerId ? guessed : mac}`;
  }
}

function good({ tracking }: Delivery): Opened {
  return { token: tracking, isGood: true, isMachine: false };
}
