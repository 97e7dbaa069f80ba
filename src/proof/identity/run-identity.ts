/**
 * Random lives over many keys, each in several orders of arrival, lived in a service's engine over stores in memory and in a plain model, and
 * compared key by key.
 */
import { fileURLToPath } from 'node:url';
import { seedRng } from '../../base/rng.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { channelIndex } from '../../core/channel.ts';
import { openNode } from '../../node/open-node.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import type { ChannelConnection } from '../../port/customers.ts';
import type { CustomerGateway } from '../../runtime/customer-gateway.ts';
import { LifeCalls } from './life-calls.ts';
import { type Deed, drawLife, type LifeKey, type Moment, shuffled } from './lives.ts';
import { keyName, PlainPeople } from './plain-people.ts';
import { shownProfile, shownSheet } from './shown-customer.ts';

export interface IdentityReport {
  readonly histories: number;
  readonly arrivals: number;
  readonly moments: number;
  /** Persons in the end, and how many of them have more than one key. */
  readonly persons: number;
  readonly united: number;
  /** Messages that went out. */
  readonly messages: number;
  /** Arrivals in which two with different accounts were named together. */
  readonly conflicting: number;
  /** Links that were undone, and those after which everybody who came of it was as the plain model has them. */
  readonly unlinked: number;
  readonly restored: number;
  /** Browsers that followed a link in a message and stood for whom it went to. */
  readonly landed: number;
  /** People who were forgotten. */
  readonly forgotten: number;
  /** Keys whose customer is not as the plain model has them, and requests that came to something else than it says. */
  readonly different: number;
  /** Histories without a conflict, an Unlink or a landing that came out otherwise in another order of arrival: keys, orders, viewed products. */
  readonly orderDependent: number;
  /** Customers with two accounts. */
  readonly wronglyUnited: number;
  /** Of what was different, the first sentences. */
  readonly sentences: readonly string[];
}

const POLICY = fileURLToPath(new URL('./policy', import.meta.url));
const ORDERS_OF_ARRIVAL = 3;
/** So many that the service is never idle: a life's moments wait for one another. */
const AT_ONCE = 64;
const SENTENCES = 20;
const CREDITS = 1_000;
const UNITING = new Set<Deed['kind']>(['view', 'order', 'consent', 'sign-in', 'land', 'link']);

export async function runIdentity(given: {
  readonly histories: number;
  readonly seed: number;
  readonly progress: (done: number) => void;
}): Promise<IdentityReport> {
  const settings = readOptions(SERVE_OPTIONS, { flags: { shards: '16', store: 'memory' }, env: {} });
  if (!settings.ok) throw new Error(settings.error.join(' '));
  const node = await openNode(
    { ...settings.value, policyDir: POLICY },
    { observer: quietObserver, seed: given.seed },
  );
  const proof = new IdentityProof(node.gateway);
  const channel = takeAll(node.gateway);
  try {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < given.histories) {
        const history = next++;
        await proof.history(history, seedRng(given.seed, history));
        given.progress(history + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return proof.report(given.histories);
  } finally {
    channel.close();
    await node.close();
  }
}

/** A channel system that sends whatever it is handed, and gives nothing back: each message counts. */
function takeAll(gateway: CustomerGateway): ChannelConnection {
  const connection = gateway.connect(channelIndex('email'), CREDITS, {
    deliver: ({ dispatchId }) => {
      if (connection.kind !== 'connected') return;
      void connection.accepted(dispatchId);
      connection.credit(1);
    },
    withdraw: (dispatchId) =>
      void (connection.kind === 'connected' && connection.withdrawn(dispatchId, true)),
  });
  if (connection.kind === 'refused') throw new Error(connection.message);
  return connection;
}

interface Lived {
  /** Whose a shared key is depends on who came first. */
  readonly isOrdered: boolean;
  readonly outcome: string;
}

class IdentityProof {
  readonly #gateway: CustomerGateway;
  readonly #sentences: string[] = [];
  readonly #counts = {
    ...{ arrivals: 0, moments: 0, persons: 0, united: 0, messages: 0, conflicting: 0 },
    ...{
      unlinked: 0,
      restored: 0,
      landed: 0,
      forgotten: 0,
      different: 0,
      orderDependent: 0,
      wronglyUnited: 0,
    },
  };

  constructor(gateway: CustomerGateway) {
    this.#gateway = gateway;
  }

  report(histories: number): IdentityReport {
    return { histories, ...this.#counts, sentences: this.#sentences };
  }

  async history(number: number, rng: ReturnType<typeof seedRng>): Promise<void> {
    const life = drawLife(rng, 'x');
    const lived: Lived[] = [];
    for (let order = 0; order < ORDERS_OF_ARRIVAL; order++) {
      const moments = order === 0 ? life : shuffled(rng, life);
      lived.push(await this.#arrival(`h${number}-${order}`, moments));
    }
    const outcomes = new Set(lived.map(({ outcome }) => outcome));
    if (lived.some(({ isOrdered }) => isOrdered) || outcomes.size === 1) return;
    this.#counts.orderDependent++;
    this.#say(`history ${number}: ${[...outcomes].join(' or ')}`);
  }

  /** One order of arrival, under keys of its own. */
  async #arrival(prefix: string, moments: readonly Moment[]): Promise<Lived> {
    const people = new PlainPeople();
    const calls = new LifeCalls(this.#gateway, { prefix, now: Date.now() });
    const keys = new Map<string, LifeKey>();
    const named = new Set<string>();
    for (const moment of moments) {
      const { deed } = moment;
      for (const key of moment.keys) {
        keys.set(keyName(key), key);
        // Whom a decision begins depends on who is known by then; only events and desks unite.
        if (UNITING.has(deed.kind)) named.add(keyName(key));
      }
      const [first] = moment.keys as [LifeKey, ...LifeKey[]];
      const meant = deed.kind === 'unlink' ? people.linkMeant(first, deed.draw) : undefined;
      const ended = await calls.send(moment, meant?.own);
      if (ended.message !== undefined) this.#counts.messages++;
      people.live(moment, ended);
      if (deed.kind === 'erase')
        for (const key of keys.values()) if (people.person(key) === undefined) named.delete(keyName(key));
      if (meant === undefined) continue;
      const isRestored = await this.#isAsPlain(calls, keys.values(), people);
      if (isRestored) this.#counts.restored++;
    }
    this.#counts.arrivals++;
    this.#counts.moments += moments.length;
    this.#counts.unlinked += people.unlinked;
    this.#counts.landed += people.landed;
    this.#counts.forgotten += people.forgotten;
    if (people.conflicts > 0) this.#counts.conflicting++;
    for (const fault of people.faults) this.#different(`${prefix}: ${fault}`);
    const outcome = new Set<string>();
    for (const key of keys.values()) {
      const { found, wanted } = await this.#compared(calls, key, people);
      this.#count(key, people);
      if (found.text !== wanted)
        this.#different(`${prefix} ${keyName(key)} is ${found.text}, and should be ${wanted}`);
      if (named.has(keyName(key))) outcome.add(found.outcome);
    }
    return {
      isOrdered: people.conflicts > 0 || people.unlinked > 0 || people.landed > 0,
      outcome: [...outcome].sort().join(' '),
    };
  }

  #count(key: LifeKey, people: PlainPeople): void {
    const person = people.person(key);
    if (person === undefined || keyName(key) !== [...person.keys].sort()[0]) return;
    this.#counts.persons++;
    if (person.keys.size > 1) this.#counts.united++;
  }

  async #isAsPlain(calls: LifeCalls, keys: Iterable<LifeKey>, people: PlainPeople): Promise<boolean> {
    for (const key of keys) {
      const { found, wanted } = await this.#compared(calls, key, people);
      if (found.text !== wanted) return false;
    }
    return true;
  }

  /** What the service and the model have behind a key, as text; '' nobody. */
  async #compared(
    calls: LifeCalls,
    key: LifeKey,
    people: PlainPeople,
  ): Promise<{
    readonly found: { readonly text: string; readonly outcome: string };
    readonly wanted: string;
  }> {
    const seen = await this.#gateway.read({ identifiers: calls.named([key]) }, (profile) =>
      shownProfile(profile, (text) => calls.bare(text)),
    );
    const person = people.person(key);
    const wanted = person === undefined ? '' : JSON.stringify(shownSheet(person));
    if (seen.kind !== 'read') return { found: { text: '', outcome: '' }, wanted };
    const { keys, orders, viewed } = seen.value;
    if (keys.filter((name) => name.startsWith('crm:')).length > 1) this.#counts.wronglyUnited++;
    return {
      found: { text: JSON.stringify(seen.value), outcome: JSON.stringify([keys, orders, viewed]) },
      wanted,
    };
  }

  #different(sentence: string): void {
    this.#counts.different++;
    this.#say(sentence);
  }

  #say(sentence: string): void {
    if (this.#sentences.length < SENTENCES) this.#sentences.push(sentence);
  }
}
