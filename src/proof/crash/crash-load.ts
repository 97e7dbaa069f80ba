/**
 * Callers that never give up: each sends a request until it is answered, with the same id over every death of the
 * service, and records what was acknowledged. Some repeat a request that was answered.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Rng } from '../../base/rng.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import type { DecideInit } from '../../client/decide-init.ts';
import type { EventInit } from '../../client/event-init.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import type { Promised } from './promised.ts';
import { type Shopper, ShopperRequests } from './shopper-requests.ts';

const WORKERS = 24;
/** Shoppers who are active at a time; one who has reached the bounds below is replaced. */
const ACTIVE = 60;
/** Well below the ids that a profile remembers: beyond them a repeat counts as new, as documented. */
const EVENTS_MAX = 90;
const DECIDES_MAX = 45;
const DEADLINE_MS = 120_000;

export class CrashLoad {
  readonly #rng: Rng;
  readonly #promised: Promised;
  readonly #client: AttuneClient;
  readonly #requests: ShopperRequests;
  readonly #shoppers: Shopper[];
  #stopped = false;
  #workers: Promise<void>[] = [];
  requests = 0;
  /** Requests that the client gave up, with its sentence. */
  readonly failed: string[] = [];

  /** `zones`: where shoppers live, drawn evenly. `prefix`: of ids and shoppers, for a second load on the same data. */
  constructor(
    address: string | readonly string[],
    rng: Rng,
    zones: readonly string[],
    promised: Promised,
    prefix = '',
  ) {
    this.#rng = rng;
    this.#requests = new ShopperRequests(rng, zones, prefix);
    this.#promised = promised;
    this.#client = connect(address, {
      deadlineMs: DEADLINE_MS,
      retry: { attemptsMax: 10_000, backoffMs: 20, backoffMsMax: 200, attemptMs: 3_000 },
    });
    this.#shoppers = Array.from({ length: ACTIVE }, () => this.#requests.shopper());
  }

  start(): void {
    this.#workers = Array.from({ length: WORKERS }, () => this.#work());
  }

  /** Resolves when every request is answered or given up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    this.#client.close();
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const place = this.#rng.intBelow(ACTIVE);
      const shopper = this.#shoppers[place] as Shopper;
      if (shopper.events >= EVENTS_MAX || shopper.decides >= DECIDES_MAX)
        this.#shoppers[place] = this.#requests.shopper();
      try {
        await this.#act(shopper);
      } catch (fault) {
        this.failed.push(fault instanceof Error ? fault.message : String(fault));
      }
      await pause(this.#rng.intBelow(12));
    }
  }

  async #act(shopper: Shopper): Promise<void> {
    const chance = this.#rng.float();
    if (chance < 0.5) return this.#publish(this.#requests.events(shopper));
    if (chance < 0.88) return this.#decide(this.#requests.request(shopper));
    const token = chance < 0.9 ? this.#promised.tokens.shift() : undefined;
    if (token !== undefined) return this.#publish([this.#requests.landing(token)]);
    const again = this.#promised.anyRequest(this.#rng);
    if (again?.kind === 'decide') await this.#decide(again.request);
    if (again?.kind === 'event') await this.#publish([again.event]);
  }

  async #publish(events: readonly EventInit[]): Promise<void> {
    this.requests++;
    const results = await this.#client.publish(events);
    results.forEach((result, i) => {
      const event = events[i];
      const acknowledged = result.status === EventStatus.ACCEPTED || result.status === EventStatus.DUPLICATE;
      if (event === undefined) return;
      if (acknowledged) this.#promised.event(event);
      else this.failed.push(`event ${event.id}: status ${result.status}`);
    });
  }

  async #decide(request: DecideInit): Promise<void> {
    this.requests++;
    const reply = await this.#client.decide(request);
    this.#promised.decide(request, reply.decisionId);
  }
}
