/** Random lives of people who share devices, each told in several orders, lived in a service's engine over stores in memory and in a plain model. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Rng, seedRng } from '../../base/rng.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import type { EventInput, IdentifierInput } from '../../core/event/event-input.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { openNode } from '../../node/open-node.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import type { PublishOutcome } from '../../port/customers.ts';
import type { CustomerGateway } from '../../runtime/customer-gateway.ts';
import { type DeviceLife, type DeviceMoment, drawDeviceLife, inAnyOrder } from './device-lives.ts';
import { addressOf, keysSeen, PlainDevices } from './plain-devices.ts';

export interface DevicesReport {
  readonly deviceHistories: number;
  readonly deviceMoments: number;
  /** Devices that went from one person to another. */
  readonly deviceMoves: number;
  /** Links that were undone, and people who were forgotten, while devices moved. */
  readonly deviceUnlinked: number;
  readonly deviceForgotten: number;
  /** Keys and devices behind which the service has other devices or other views than the plain model. */
  readonly deviceDifferent: number;
  /** Devices that reach two customers. */
  readonly reachedTwice: number;
  /** Histories without a desk in which a device came to somebody else in another order. */
  readonly deviceOrderDependent: number;
  readonly deviceSentences: readonly string[];
}

const ORDERS_OF_ARRIVAL = 3;
const AT_ONCE = 32;
const SENTENCES = 20;
const NEVER = Number.POSITIVE_INFINITY;

export async function runDevices(given: {
  readonly histories: number;
  readonly seed: number;
}): Promise<DevicesReport> {
  const settings = readOptions(SERVE_OPTIONS, { flags: { shards: '16', store: 'memory' }, env: {} });
  if (!settings.ok) throw new Error(settings.error.join(' '));
  const node = await openNode(settings.value, { observer: quietObserver, seed: given.seed });
  const proof = new DevicesProof(node.gateway);
  try {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < given.histories) {
        const history = next++;
        await proof.history(history, seedRng(given.seed, history));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return proof.report(given.histories);
  } finally {
    await node.close();
  }
}

class DevicesProof {
  readonly #gateway: CustomerGateway;
  readonly #sentences: string[] = [];
  readonly #counts = {
    ...{ deviceMoments: 0, deviceMoves: 0, deviceUnlinked: 0, deviceForgotten: 0 },
    ...{ deviceDifferent: 0, reachedTwice: 0, deviceOrderDependent: 0 },
  };

  constructor(gateway: CustomerGateway) {
    this.#gateway = gateway;
  }

  report(deviceHistories: number): DevicesReport {
    return { deviceHistories, ...this.#counts, deviceSentences: this.#sentences };
  }

  async history(number: number, rng: Rng): Promise<void> {
    const life = drawDeviceLife(rng);
    const isSteady = life.moments.every(({ kind }) => kind === 'seen' || kind === 'alone');
    const outcomes = new Set<string>();
    for (let order = 0; order < ORDERS_OF_ARRIVAL; order++) {
      const moments = order === 0 || !isSteady ? life.moments : inAnyOrder(rng, life.moments);
      const arrival = new Arrival(this.#gateway, `d${number}-${order}`, life);
      const plain = await arrival.live(moments);
      outcomes.add(await this.#compare(arrival, plain, life));
      this.#counts.deviceMoments += moments.length;
      this.#counts.deviceMoves += plain.moves;
      this.#counts.deviceUnlinked += arrival.unlinked;
      this.#counts.deviceForgotten += arrival.forgotten;
    }
    if (!isSteady || outcomes.size === 1) return;
    this.#counts.deviceOrderDependent++;
    this.#say(`history ${number}: ${[...outcomes].join(' or ')}`);
  }

  /** Whose each device is, as text. */
  async #compare(arrival: Arrival, plain: PlainDevices, life: DeviceLife): Promise<string> {
    const holders = new Map<string, Set<string>>();
    const different = (name: string, found: unknown, wanted: unknown): void => {
      if (JSON.stringify(found) === JSON.stringify(wanted)) return;
      this.#counts.deviceDifferent++;
      this.#say(
        `${arrival.prefix} ${name} is ${JSON.stringify(found)}, and should be ${JSON.stringify(wanted)}: ${JSON.stringify(arrival.told)}`,
      );
    };
    for (const name of plain.keys()) {
      const seen = await arrival.read(name);
      const wanted = plain.behind(name);
      different(name, seen && { devices: seen.devices, viewed: seen.viewed }, wanted);
      for (const device of seen?.devices ?? []) {
        const at = holders.get(`${device}`) ?? new Set();
        holders.set(`${device}`, at.add(seen?.id ?? ''));
      }
    }
    for (const [device, at] of holders) {
      if (at.size < 2) continue;
      this.#counts.reachedTwice++;
      this.#say(`${arrival.prefix}: device ${device} reaches ${at.size} customers`);
    }
    const owners: string[] = [];
    for (let device = 0; device < life.devices; device++) {
      const seen = await arrival.read(`push_token:t${device}`);
      const wanted = plain.behind(device);
      const isKnown = wanted.devices.length + wanted.viewed.length > 0;
      if (isKnown) different(`device ${device}`, seen?.viewed, wanted.viewed);
      owners.push([...(seen?.people ?? [])].join('+'));
    }
    return owners.join(' ');
  }

  #say(sentence: string): void {
    if (this.#sentences.length < SENTENCES) this.#sentences.push(sentence);
  }
}

/** What is looked at of a customer. */
interface Seen {
  readonly id: string;
  readonly people: readonly string[];
  readonly devices: readonly number[];
  readonly viewed: readonly string[];
}

/** One order of arrival, under keys of its own. */
class Arrival {
  readonly prefix: string;
  readonly told: DeviceMoment[] = [];
  unlinked = 0;
  forgotten = 0;
  readonly #gateway: CustomerGateway;
  readonly #isAtOnce: boolean;
  readonly #now = Date.now();
  #link: DecisionPlace | undefined;

  constructor(gateway: CustomerGateway, prefix: string, { isAtOnce }: DeviceLife) {
    this.#gateway = gateway;
    this.prefix = prefix;
    this.#isAtOnce = isAtOnce;
  }

  async live(moments: readonly DeviceMoment[]): Promise<PlainDevices> {
    const plain = new PlainDevices();
    let isDone = false;
    const underWay: Promise<void>[] = [];
    for (const [n, moment] of moments.entries()) {
      // A desk parts once, whoever it took for one; what it does afterwards would be about people who are kept apart.
      if (moment.kind === 'link' && (plain.isLinked || isDone)) continue;
      if (moment.kind === 'unlink' && !plain.isLinked) continue;
      if (moment.kind === 'unlink') isDone = true;
      this.told.push(moment);
      const telling = this.#tell(moment, `p${n}`);
      if (this.#isAtOnce) underWay.push(telling);
      else await telling;
      plain.live(moment, `p${n}`);
    }
    await Promise.all(underWay);
    return plain;
  }

  async #tell(moment: DeviceMoment, product: string): Promise<void> {
    switch (moment.kind) {
      case 'seen':
        return this.#publish([...keysSeen(moment), ...moment.devices.map(tokenOf)], moment.ago, product);
      case 'alone':
        return this.#publish([tokenOf(moment.device)], moment.ago, product);
      case 'link': {
        const identifiers = [moment.who, moment.other].map((who) => this.#identifier(addressOf(who)));
        const outcome = await this.#gateway.link({ identifiers, by: 'desk', reason: '' });
        if (outcome.kind !== 'linked') throw new Error(outcome.message);
        this.#link = outcome.link;
        return this.#atRest(identifiers);
      }
      case 'unlink': {
        if (this.#link === undefined) return;
        const outcome = await this.#gateway.unlink({ link: this.#link, by: 'desk', reason: '' });
        if (outcome.kind !== 'unlinked')
          throw new Error(`${outcome.message}: ${this.prefix} ${JSON.stringify(this.told)}`);
        this.unlinked++;
        return;
      }
      case 'erase': {
        const identifiers = [this.#identifier(addressOf(moment.who))];
        const outcome = await this.#gateway.erase({ identifiers }, '');
        if (outcome.kind !== 'erased') throw new Error(JSON.stringify(outcome));
        this.forgotten++;
      }
    }
  }

  async #publish(names: readonly string[], ago: number, product: string): Promise<void> {
    const identifiers = names.map((name) => this.#identifier(name));
    const occurredAt = this.#now - ago;
    const input: EventInput = {
      ...{
        id: `${this.prefix}-${product}`,
        source: 'proof',
        identifiers,
        name: 'Product Viewed',
        occurredAt,
      },
      ...{ channel: 'web', sessionId: '', products: [lineOf(product)], order: undefined, currency: '' },
      ...{ properties: undefined, context: undefined, historical: false, bodyHash: occurredAt },
    };
    const outcome = await new Promise<PublishOutcome>((resolve) =>
      this.#gateway.publish(input, 200, NEVER, resolve),
    );
    if (outcome.kind === 'refused') throw new Error(outcome.message);
    await this.#atRest(identifiers);
  }

  /** Resolves when all keys have come to their customer. */
  async #atRest(identifiers: readonly IdentifierInput[]): Promise<void> {
    for (;;) {
      const seen = await this.#gateway.read({ identifiers }, ({ claims }) => claims.length);
      if (seen.kind !== 'read' || seen.value === 0) return;
      await pause(5);
    }
  }

  async read(name: string): Promise<Seen | undefined> {
    const view = ({ id, identifiers, viewed }: Profile): Seen => ({
      id,
      people: identifiers
        .filter(({ kind }) => kind !== 'push_token')
        .map(({ value }) => value.slice(this.prefix.length + 1))
        .sort(),
      devices: identifiers
        .filter(({ kind }) => kind === 'push_token')
        .map(({ value }) => Number(value.slice(this.prefix.length + 2)))
        .sort(),
      viewed: viewed
        .toArray()
        .map(({ productId }) => productId)
        .sort(),
    });
    const seen = await this.#gateway.read({ identifiers: [this.#identifier(name)] }, view);
    return seen.kind === 'read' ? seen.value : undefined;
  }

  #identifier(name: string): IdentifierInput {
    const [kind = '', value] = name.split(':');
    return { kind, value: `${this.prefix}-${value}` };
  }
}

function tokenOf(device: number): string {
  return `push_token:t${device}`;
}

function lineOf(productId: string): EventInput['products'][number] {
  return {
    ...{ productId, sku: '', variant: '', size: '', category: 'goods', brand: '' },
    ...{ price: 20, quantity: 1, coupon: '' },
  };
}
