/**
 * Two kinds of people beside the shoppers: some whom a desk links and parts, and some who ask to be forgotten. Each of their steps is tried until it
 * is answered, over every death of the service, and what was answered is held against how they stand in the end.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Rng } from '../../base/rng.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import type { EventInit } from '../../client/event-init.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import type { Promised } from './promised.ts';
import { type Keys, type Shopper, ShopperRequests } from './shopper-requests.ts';

const PAIRS = 4;
const LEAVERS = 4;
const DEADLINE_MS = 120_000;
const ACTS = 5;

type Key = Keys[number];

export class CrashDesk {
  readonly #rng: Rng;
  readonly #promised: Promised;
  readonly #client: AttuneClient;
  readonly #requests: ShopperRequests;
  #stopped = false;
  #workers: Promise<void>[] = [];
  requests = 0;
  links = 0;
  unlinks = 0;
  /** Requests that the client gave up, with its sentence. */
  readonly failed: string[] = [];
  /** Answers that break what was answered before. */
  readonly broken: string[] = [];

  /** `prefix`: of ids and people, other than those of a load beside it. */
  constructor(
    address: string | readonly string[],
    rng: Rng,
    zones: readonly string[],
    promised: Promised,
    prefix: string,
  ) {
    this.#rng = rng;
    this.#requests = new ShopperRequests(rng, zones, prefix);
    this.#promised = promised;
    this.#client = connect(address, {
      deadlineMs: DEADLINE_MS,
      retry: { attemptsMax: 10_000, backoffMs: 20, backoffMsMax: 200, attemptMs: 3_000 },
    });
  }

  start(): void {
    const lives = [...Array<() => Promise<void>>(PAIRS).fill(() => this.#pair())];
    lives.push(...Array<() => Promise<void>>(LEAVERS).fill(() => this.#leaver()));
    this.#workers = lives.map((life) => this.#work(life));
  }

  /** Resolves when everybody has come to the end of their story. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  /** After a rest: whether everybody is who they were told to be. */
  async checkEnds(): Promise<void> {
    for (const { keys, isOne } of this.#promised.pairs) {
      const [a, b] = await Promise.all(keys.map((key) => this.#idOf(key)));
      if ((a === b) !== isOne)
        this.broken.push(
          `${keys.map(({ value }) => value).join(' and ')} were ${isOne ? 'linked' : 'parted'}, and are ${a} and ${b}`,
        );
    }
    for (const one of this.#promised.forgotten) await this.#checkForgotten(one.keys, one.cameBack);
    this.#client.close();
  }

  async #work(life: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        await life();
      } catch (fault) {
        this.failed.push(fault instanceof Error ? fault.message : String(fault));
      }
      await pause(this.#rng.intBelow(40));
    }
  }

  /** Two who are taken for one, once or twice, and end as the desk said last. */
  async #pair(): Promise<void> {
    const a = this.#requests.shopper();
    const whole = this.#requests.shopper();
    const b = { ...whole, identifiers: whole.identifiers.slice(1) };
    const keys = [a.identifiers[0], b.identifiers[0]] as [Key, Key];
    await this.#publish([...this.#requests.welcome(a), ...this.#requests.welcome(b)]);
    await this.#acts([a, b]);
    for (let rounds = 1 + this.#rng.intBelow(2); rounds > 0; rounds--) {
      this.requests++;
      const { linkId } = await this.#client.link(keys, { by: 'desk', reason: 'they called' });
      this.links++;
      await this.#acts([a, b]);
      if (rounds === 1 && this.#rng.float() < 0.3)
        return void this.#promised.pairs.push({ keys, isOne: true });
      this.requests++;
      await this.#client.unlink(linkId, { by: 'desk', reason: 'a mistake' });
      this.unlinks++;
      await this.#acts([a, b]);
      // No event unites them again.
      await this.#publish([this.#requests.event(a, 'Product Viewed', keys)]);
    }
    this.#promised.pairs.push({ keys, isOne: false });
  }

  /** Somebody who is known under several keys and is forgotten; half of them come again. */
  async #leaver(): Promise<void> {
    const who = this.#requests.shopper();
    const keys = [...who.identifiers, ...who.browsers];
    const ids = keys.map(({ kind, value }) => addresseeOf(kind, value).id);
    for (const id of ids) this.#promised.passing.add(id);
    await this.#publish(this.#requests.welcome(who));
    await this.#acts([who]);
    // A browser that was never named with them would be somebody else's.
    await this.#publish([this.#requests.event(who, 'Product Viewed', keys)]);
    this.requests++;
    await this.#client.eraseCustomer({ identifiers: [keys[this.#rng.intBelow(3)] as Key] }, 'asked');
    const cameBack = this.#rng.float() < 0.5;
    this.#promised.forgotten.push({ keys, ids, at: Date.now(), cameBack });
    await this.#checkForgotten(keys, false);
    if (!cameBack) return;
    await this.#publish([this.#requests.event(who, 'Product Viewed', [keys[0] as Key])]);
    this.requests++;
    const again = {
      ...this.#requests.request(who, [keys[0] as Key]),
      delivery: Delivery.DISPATCH,
      placements: [],
    };
    const { choices } = await this.#client.decide(again);
    for (const { outcome } of choices)
      if (outcome.case !== 'noAction')
        this.broken.push(`${keys[0]?.value} was forgotten and was decided for: ${outcome.case}`);
  }

  /** Of somebody unknown an empty profile is shown, which no fact has changed. */
  async #checkForgotten(keys: Keys, cameBack: boolean): Promise<void> {
    for (const key of keys) {
      const { version, orders } = await this.#client.getCustomer({ identifiers: [key] });
      if (version > 0n && !cameBack) this.broken.push(`${key.value} was forgotten and is known`);
      if (orders.length > 0) this.broken.push(`${key.value} was forgotten and has orders`);
    }
  }

  async #idOf(key: Key): Promise<string> {
    return (await this.#client.getCustomer({ identifiers: [key] })).customerId;
  }

  /** Some of each, at once. */
  async #acts(shoppers: readonly Shopper[]): Promise<void> {
    const acts = shoppers.flatMap((shopper) =>
      Array.from({ length: 1 + this.#rng.intBelow(ACTS) }, () =>
        this.#rng.float() < 0.6
          ? this.#publish(this.#requests.events(shopper))
          : this.#decide(this.#requests.request(shopper)),
      ),
    );
    await Promise.all(acts);
  }

  async #publish(events: readonly EventInit[]): Promise<void> {
    this.requests++;
    const results = await this.#client.publish(events);
    results.forEach(({ status }, i) => {
      const event = events[i] as EventInit;
      const isAcknowledged = status === EventStatus.ACCEPTED || status === EventStatus.DUPLICATE;
      if (isAcknowledged) this.#promised.event(event);
      else this.failed.push(`event ${event.id}: status ${status}`);
    });
  }

  async #decide(request: ReturnType<ShopperRequests['request']>): Promise<void> {
    this.requests++;
    const reply = await this.#client.decide(request);
    this.#promised.decide(request, reply.decisionId);
  }
}
