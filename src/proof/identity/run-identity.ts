/**
 * Random lives over many keys, each in several orders of arrival, lived in a service's engine over stores in memory and in a plain model, and
 * compared key by key.
 */
import { seedRng } from '../../base/rng.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { channelIndex, PURPOSES } from '../../core/channel.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import { CONSENT_GRANTED, CONSENT_UNKNOWN, consentState } from '../../core/profile/consent.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { openNode } from '../../node/open-node.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import type { CustomerGateway } from '../../runtime/customer-gateway.ts';
import { drawLife, type LifeKey, type Moment, shuffled } from './lives.ts';
import { keyName, PlainPeople, type PlainPerson } from './plain-people.ts';

export interface IdentityReport {
  readonly histories: number;
  readonly arrivals: number;
  readonly moments: number;
  /** Persons in the end, and how many of them have more than one key. */
  readonly persons: number;
  readonly united: number;
  /** Arrivals in which two with different accounts were named together. */
  readonly conflicting: number;
  /** Keys whose customer is not as the plain model has them: keys, orders, consent, viewed products, messages. */
  readonly different: number;
  /** Histories without a conflict that came out otherwise in another order of arrival: keys, orders, viewed products. */
  readonly orderDependent: number;
  /** Customers with two accounts. */
  readonly wronglyUnited: number;
  /** Of what was different, the first sentences. */
  readonly sentences: readonly string[];
}

const ORDERS_OF_ARRIVAL = 3;
const AT_ONCE = 32;
const SENTENCES = 20;
const NEVER = Number.POSITIVE_INFINITY;
const CHANNELS = ['email', 'push'] as const;
const MARKETING = PURPOSES.indexOf('marketing');

export async function runIdentity(given: {
  readonly histories: number;
  readonly seed: number;
  readonly progress: (done: number) => void;
}): Promise<IdentityReport> {
  const settings = readOptions(SERVE_OPTIONS, { flags: { shards: '16', store: 'memory' }, env: {} });
  if (!settings.ok) throw new Error(settings.error.join(' '));
  const node = await openNode(settings.value, { observer: quietObserver, seed: given.seed });
  const proof = new IdentityProof(node.gateway);
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
    await node.close();
  }
}

class IdentityProof {
  readonly #gateway: CustomerGateway;
  readonly #sentences: string[] = [];
  readonly #counts = {
    ...{ arrivals: 0, moments: 0, persons: 0, united: 0, conflicting: 0 },
    ...{ different: 0, orderDependent: 0, wronglyUnited: 0 },
  };

  constructor(gateway: CustomerGateway) {
    this.#gateway = gateway;
  }

  report(histories: number): IdentityReport {
    return { histories, ...this.#counts, sentences: this.#sentences };
  }

  async history(number: number, rng: ReturnType<typeof seedRng>): Promise<void> {
    const life = drawLife(rng, 'x');
    const outcomes: string[] = [];
    let conflicts = 0;
    for (let order = 0; order < ORDERS_OF_ARRIVAL; order++) {
      const moments = order === 0 ? life : shuffled(rng, life);
      const lived = await this.#arrival(`h${number}-${order}`, moments);
      conflicts += lived.conflicts;
      outcomes.push(lived.outcome);
    }
    if (conflicts > 0 || new Set(outcomes).size === 1) return;
    this.#counts.orderDependent++;
    this.#say(`history ${number}: ${[...new Set(outcomes)].join(' or ')}`);
  }

  /** One order of arrival, under keys of its own. */
  async #arrival(
    prefix: string,
    moments: readonly Moment[],
  ): Promise<{ conflicts: number; outcome: string }> {
    const people = new PlainPeople();
    const now = Date.now();
    const keys = new Map<string, LifeKey>();
    const named = new Set<string>();
    for (const moment of moments) {
      for (const key of moment.keys) {
        keys.set(keyName(key), key);
        if (moment.deed.kind !== 'decide') named.add(keyName(key));
      }
      const isSent = await this.#send(prefix, moment, now);
      people.live(moment, isSent);
    }
    this.#counts.arrivals++;
    this.#counts.moments += moments.length;
    if (people.conflicts > 0) this.#counts.conflicting++;
    const outcome = new Set<string>();
    for (const key of keys.values()) {
      const found = await this.#compare(prefix, key, people, now);
      // Whom a decision begins depends on who is known by then; only events unite.
      if (named.has(keyName(key))) outcome.add(found);
    }
    return { conflicts: people.conflicts, outcome: [...outcome].sort().join(' ') };
  }

  /** Whether a message went out. */
  #send(prefix: string, { id, keys, deed, ago }: Moment, now: number): Promise<boolean> {
    const identifiers = keys.map(({ kind, value }) => ({ kind, value: `${prefix}-${value}` }));
    if (deed.kind === 'decide')
      return new Promise((resolve, reject) =>
        this.#gateway.decide(
          {
            ...{ requestId: `${prefix}-${id}`, identifiers, events: [], placements: [], dispatch: true },
            ...{
              timeZone: '',
              locale: '',
              device: '',
              page: '',
              channel: '',
              alternativesMax: 0,
              dryRun: false,
              bodyHash: 1,
            },
          },
          ...[200, NEVER],
          (outcome) => {
            if (outcome.kind === 'refused') reject(new Error(outcome.message));
            else resolve(outcome.fact.choices[0]?.kind === 'treatment');
          },
        ),
      );
    const event = { ...blankEvent, id: `${prefix}-${id}`, identifiers, occurredAt: now - ago, bodyHash: ago };
    return new Promise((resolve, reject) =>
      this.#gateway.publish({ ...event, ...doing(prefix, deed) }, 200, NEVER, (outcome) =>
        outcome.kind === 'refused' ? reject(new Error(outcome.message)) : resolve(false),
      ),
    );
  }

  /** What the service has behind a key, as text; counts where the model has something else. */
  async #compare(prefix: string, key: LifeKey, people: PlainPeople, now: number): Promise<string> {
    const identifiers = [{ kind: key.kind, value: `${prefix}-${key.value}` }];
    const seen = await this.#gateway.read({ identifiers }, (profile) => shown(profile, prefix, now));
    const person = people.person(key);
    const found = seen.kind === 'read' ? seen.value : undefined;
    if (found !== undefined && found.keys.filter((name) => name.startsWith('crm:')).length > 1)
      this.#counts.wronglyUnited++;
    if (person !== undefined && keyName(key) === [...person.keys].sort()[0]) {
      this.#counts.persons++;
      if (person.keys.size > 1) this.#counts.united++;
    }
    const wanted = person && plain(person);
    const [is, should] = [found, wanted].map((one) => JSON.stringify(one));
    if (is !== should) {
      this.#counts.different++;
      this.#say(`${prefix} ${keyName(key)} is ${is}, and should be ${should}`);
    }
    return found === undefined ? '' : JSON.stringify([found.keys, found.orders, found.viewed]);
  }

  #say(sentence: string): void {
    if (this.#sentences.length < SENTENCES) this.#sentences.push(sentence);
  }
}

/** What is compared of a customer. */
interface Shown {
  readonly keys: readonly string[];
  readonly orders: readonly string[];
  readonly viewed: readonly string[];
  readonly consent: readonly string[];
  readonly sent: number;
}

function shown(profile: Profile, prefix: string, _now: number): Shown {
  const bare = (text: string): string => text.replace(`${prefix}-`, '');
  const own = profile.key.replace(`${prefix}-`, '');
  return {
    // A customer who was only decided for has not been named by an event yet.
    keys: [
      ...new Set([own, ...profile.identifiers.map(({ kind, value }) => `${kind}:${bare(value)}`)]),
    ].sort(),
    orders: profile.orders.map(({ orderId }) => bare(orderId)).sort(),
    viewed: profile.viewed
      .toArray()
      .map(({ productId }) => productId)
      .sort(),
    consent: CHANNELS.map((channel) => {
      const state = consentState(profile.consent[channelIndex(channel) * PURPOSES.length + MARKETING] ?? 0);
      return state === CONSENT_UNKNOWN ? '' : state === CONSENT_GRANTED ? 'yes' : 'no';
    }),
    sent: profile.contacts.toArray().filter(({ dispatched }) => dispatched).length,
  };
}

function plain({ keys, orders, viewed, words, sent }: PlainPerson): Shown {
  return {
    keys: [...keys].sort(),
    orders: [...orders].sort(),
    viewed: [...viewed].sort(),
    consent: CHANNELS.map((channel) => {
      const word = words.get(channel);
      return word === undefined ? '' : word.isGranted ? 'yes' : 'no';
    }),
    sent,
  };
}

const blankEvent: EventInput = {
  ...{ id: '', source: 'proof', identifiers: [], name: '', occurredAt: 0, channel: 'web', sessionId: '' },
  ...{ products: [], order: undefined, currency: '', properties: undefined, context: undefined },
  ...{ historical: false, bodyHash: 0 },
};

function doing(
  prefix: string,
  deed: Exclude<Moment['deed'], { kind: 'decide' }>,
): Partial<EventInput> & { name: string } {
  switch (deed.kind) {
    case 'view':
      return { name: 'Product Viewed', products: [line(deed.product, 20)] };
    case 'order': {
      const { revenue } = deed;
      const money = { total: revenue, revenue, shipping: 0, tax: 0, discount: 0, coupon: '', refundId: '' };
      return {
        name: 'Order Completed',
        products: [line('bought', revenue)],
        order: { orderId: `${prefix}-${deed.orderId}`, ...money },
      };
    }
    case 'consent': {
      const { channel, isGranted } = deed;
      return { name: 'Consent Updated', properties: { channel, purpose: 'marketing', granted: isGranted } };
    }
    case 'sign-in':
      return { name: 'Signed In' };
  }
}

function line(productId: string, price: number): EventInput['products'][number] {
  return {
    ...{
      productId,
      sku: '',
      variant: '',
      size: '',
      category: 'goods',
      brand: '',
      price,
      quantity: 1,
      coupon: '',
    },
  };
}
