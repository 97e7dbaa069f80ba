/** What customers and callers do, in bursts and pauses, with everything that callers do wrong: again, twice, altered. */
import type { Rng } from '../../base/rng.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import type { EventInput, IdentifierInput } from '../../core/event/event-input.ts';
import type { Client } from './client.ts';
import type { Desk } from './desk.ts';
import type { Person, RequestMaker } from './requests.ts';
import type { Scheduler } from './scheduler.ts';
import { stepAt, type WorldShape } from './steps.ts';

interface Parts {
  readonly client: Client;
  readonly desk: Desk;
  readonly shape: WorldShape | undefined;
  readonly scheduler: Scheduler;
  readonly people: readonly Person[];
  readonly maker: RequestMaker;
  readonly rng: Rng;
}

interface Sent<T> {
  readonly person: Person;
  readonly input: T;
  readonly at: number;
}

/** Ids are remembered for a day; repeats stay well inside. */
const REPEAT_MS_MAX = 20 * 3_600_000;

export class Workload {
  readonly #parts: Parts;
  readonly #events: Sent<EventInput>[] = [];
  readonly #decides: Sent<DecideInput>[] = [];
  #remaining: number;

  constructor(parts: Parts, requests: number) {
    this.#parts = parts;
    this.#remaining = requests;
  }

  get done(): boolean {
    return this.#remaining <= 0;
  }

  start(): void {
    const { scheduler, people, maker, client } = this.#parts;
    // Most have agreed before it begins.
    for (const person of people)
      client.publish({
        ...{ ...maker.consent(person, scheduler.now, true, 'all'), identifiers: person.identifiers },
      });
    this.#next();
  }

  readEverybody(): void {
    for (const person of this.#parts.people) this.#parts.client.read(person);
  }

  #next(): void {
    const { scheduler } = this.#parts;
    scheduler.after(this.#pause(), undefined, () => {
      if (this.done) return;
      this.#remaining--;
      this.#act();
      this.#next();
    });
  }

  #pause(): number {
    const { rng } = this.#parts;
    const chance = rng.float();
    if (chance < 0.35) return rng.intBelow(20);
    if (chance < 0.75) return rng.intBelow(20_000);
    if (chance < 0.955) return rng.intBelow(240_000);
    return rng.intBelow(5 * 3_600_000);
  }

  #act(): void {
    const { rng, people, client, desk, maker, scheduler, shape } = this.#parts;
    const person = people[rng.intBelow(people.length)] as Person;
    const anyOf = (keys: readonly IdentifierInput[]): IdentifierInput =>
      keys[rng.intBelow(keys.length)] as IdentifierInput;
    const at = scheduler.now;
    switch (stepAt(rng.float(), shape)) {
      case 'event':
        return this.#publish({ person, input: maker.event(person, at), at });
      case 'decide':
        return this.#decide({ person, input: maker.decide(person, at), at });
      case 'read':
        return client.read(person);
      case 'link':
        return desk.link(person, anyOf(person.devices));
      case 'unlink':
        return desk.unlink(person);
      case 'repeatEvent':
        return this.#repeatEvent();
      case 'repeatDecide':
        return this.#repeatDecide();
      case 'erase':
        return desk.erase(rng.float() < 0.8 ? anyOf(person.identifiers) : anyOf(person.devices));
      case 'reimport':
        return this.#publish({ person, input: maker.reimport(person, at), at });
      case 'list':
        return desk.list();
      case 'phone':
        return this.#publish({ person, input: maker.withPhone(person, at), at });
      case 'newAddress':
        return this.#newAddress(person, anyOf(person.devices));
    }
  }

  /** The same request again and again, while what its keys lead to changes: each time it is answered as the first time. */
  #newAddress(person: Person, browser: IdentifierInput): void {
    const { rng, client, maker, scheduler } = this.#parts;
    const { ask, alone, together } = maker.newAddress(person, browser, scheduler.now);
    const isJoined = rng.float() < 0.3;
    client.decide(ask, () =>
      client.publish(alone, () =>
        client.decide(ask, () => {
          if (isJoined) client.publish(together, () => client.decide(ask));
        }),
      ),
    );
  }

  #publish(sent: Sent<EventInput>): void {
    this.#parts.client.publish(sent.input, () => this.#events.push(sent));
  }

  #decide(sent: Sent<DecideInput>): void {
    this.#parts.client.decide(sent.input, () => this.#decides.push(sent));
  }

  /** The same event again, an order under another id, or an id with another body, which must be refused. */
  #repeatEvent(): void {
    const { rng, client, maker } = this.#parts;
    const sent = this.#recent(this.#events);
    if (sent === undefined) return;
    const chance = rng.float();
    if (sent.input.order !== undefined && chance < 0.5) client.publish(maker.sameOrder(sent.input));
    else if (chance < 0.8) client.publish(sent.input);
    else client.publish({ ...sent.input, bodyHash: sent.input.bodyHash + 1_000_000 });
  }

  #repeatDecide(): void {
    const { rng, client } = this.#parts;
    const sent = this.#recent(this.#decides);
    if (sent === undefined) return;
    if (rng.float() < 0.8) client.decide(sent.input);
    else client.decide({ ...sent.input, bodyHash: sent.input.bodyHash + 1_000_000 });
  }

  #recent<T>(sent: Sent<T>[]): Sent<T> | undefined {
    const { rng, scheduler } = this.#parts;
    const found = sent[rng.intBelow(Math.max(1, sent.length))];
    return found !== undefined && scheduler.now - found.at < REPEAT_MS_MAX ? found : undefined;
  }
}
