// Long because one object plays all parts around the service.
/**
 * Everything that a running scenario knows: its service, its clients, its channel systems, and what has happened so far.
 * Owned by the run; steps act on it, expectations read it.
 *
 * I1  After `settle` nothing is under way: what the service sent down was received, what was answered was taken.
 * I2  `now` is the service's clock; it turns only in `turnTo` and while the service is down.
 */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import { Connection } from '../../client/connection.ts';
import { type ClientOptions, settingsOf } from '../../client/settings.ts';
import { addresseeOf, strongest } from '../../core/identity/customer.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { Deliver, Withdraw } from '../../gen/attune/v1/channel_pb.ts';
import type { DecideReply } from '../../gen/attune/v1/decision_pb.ts';
import type { Treatment } from '../../gen/attune/v1/treatment_pb.ts';
import { type ChannelEvents, ChannelSystem, type Script } from './channel-system.ts';
import type { State } from './control.ts';
import type { Moments } from './moments.ts';
import type { Scenario } from './scenario-file.ts';
import type { ServiceHandle } from './service-handle.ts';
import type { ScenarioCustomer } from './shape-steps.ts';
import { Timeline } from './timeline.ts';
import { identifiersOf } from './wire-event.ts';

/** One dispatch as the channel systems saw it, with all its deliveries. */
export interface Dispatch {
  readonly dispatchId: string;
  readonly channel: string;
  readonly customer: string;
  readonly treatment: Treatment;
  /** When it was first handed over. */
  readonly at: number;
  deliveries: number;
}

export interface Withdrawal {
  readonly dispatchId: string;
  readonly channel: string;
  readonly reason: string;
  readonly at: number;
  /** Undefined: it was never delivered to us. */
  readonly dispatch: Dispatch | undefined;
}

export interface NamedDecision {
  readonly reply: DecideReply;
  readonly customer: string;
}

/** What a world is made with. */
export interface WorldParts {
  readonly scenario: Scenario;
  readonly moments: Moments;
  readonly seed: number;
  readonly directory: string;
  readonly policyDirectory: string;
  readonly policy: Policy;
  /** A process without a service in it. */
  readonly spare: () => ServiceHandle;
}

/** Patient: the machine may be busy, and a restart may be under way. */
const CLIENT: ClientOptions = {
  deadlineMs: 60_000,
  retry: { attemptsMax: 200, attemptMs: 20_000, backoffMs: 10, backoffMsMax: 200 },
};

export class World {
  readonly scenario: Scenario;
  readonly moments: Moments;
  readonly policy: Policy;
  readonly directory: string;
  readonly timeline: Timeline;
  readonly dispatches: Dispatch[] = [];
  readonly withdrawals: Withdrawal[] = [];
  readonly decisions = new Map<string, NamedDecision>();
  readonly channels = new Map<string, ChannelSystem>();
  readonly faults: string[] = [];
  /** Events that were acknowledged as accepted: source and id, for the laws at the end. */
  readonly acknowledged: { readonly source: string; readonly id: string; readonly customerId: string }[] = [];
  /** Decisions that races and loads were answered with, for the same. */
  readonly answered: DecideReply[] = [];
  readonly races: { readonly product: string; readonly customers: readonly string[] }[] = [];
  readonly patience: ClientOptions = CLIENT;
  /** How often it was killed, with everything that was in memory. */
  kills = 0;
  readonly #parts: WorldParts;
  readonly #names = new Map<string, string>();
  #handle: ServiceHandle;
  #client: AttuneClient | undefined;
  #connection: Connection | undefined;
  #now: number;
  #port = 0;
  #ids = 0;
  #moved: () => void = () => {};
  /** What came down and is not told yet: it belongs to the moment that the service names with its next state. */
  #inbox: (() => void)[] = [];

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.scenario = parts.scenario;
    this.moments = parts.moments;
    this.policy = parts.policy;
    this.directory = parts.directory;
    this.timeline = new Timeline(parts.moments);
    this.#now = parts.moments.start;
    this.#handle = parts.spare();
    for (const [name, customer] of Object.entries(parts.scenario.file.customers))
      this.#names.set(this.customerId(identifiersOf(customer.identifiers)), name);
  }

  get now(): number {
    return this.#now;
  }

  get client(): AttuneClient {
    if (this.#client === undefined) throw new Error('the service is not running');
    return this.#client;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get handle(): ServiceHandle {
    return this.#handle;
  }

  /** A client with settings of its own, for a caller that must not be patient; its user closes it. */
  another(options: ClientOptions): AttuneClient {
    return connect(this.address, options);
  }

  freshId(kind: string): string {
    this.#ids++;
    return `${kind}-${this.#ids}`;
  }

  /** By name, or the first one declared. Throws for an unknown one. */
  customer(name: string | undefined): { readonly name: string; readonly customer: ScenarioCustomer } {
    const customers = this.scenario.file.customers;
    const wanted = name ?? Object.keys(customers)[0] ?? '';
    const customer = customers[wanted];
    if (customer === undefined) throw new Error(`no customer is called "${wanted}"`);
    return { name: wanted, customer };
  }

  /** Whom identifiers lead to, as the service says it. */
  customerId(identifiers: readonly { kind: string; value: string }[]): string {
    const found = strongest(identifiers, this.#parts.policy.identifierKinds);
    const given = identifiers[found.at];
    return given === undefined ? '' : addresseeOf(given.kind, given.value).id;
  }

  nameOf(customerId: string): string {
    return this.#names.get(customerId) ?? customerId;
  }

  async open(): Promise<void> {
    const { file } = this.scenario;
    const state = await this.#handle.order({
      do: 'open',
      directory: this.directory,
      policyDirectory: this.#parts.policyDirectory,
      port: this.#port,
      now: this.#now,
      seed: this.#parts.seed + this.kills,
      scorer: file.scorer ?? 'works',
      mailboxMax: file.limits?.mailbox,
    });
    this.#take(state);
    this.#client?.close();
    this.#client = connect(this.address, CLIENT);
    await this.reconnectChannels();
  }

  async reconnectChannels(): Promise<void> {
    this.#connection?.close();
    this.#connection = new Connection([this.address], settingsOf(CLIENT));
    for (const system of this.channels.values()) system.connect(this.#connection);
    await this.#sessions();
    await this.settle();
  }

  async connectChannel(channel: string, script: Script): Promise<void> {
    await this.disconnectChannel(channel);
    const system = new ChannelSystem(channel, script, this.#channelEvents());
    this.channels.set(channel, system);
    system.connect(this.#connection as Connection);
    await this.#sessions();
    await this.settle();
  }

  async disconnectChannel(channel: string): Promise<void> {
    const system = this.channels.get(channel);
    if (system === undefined) return;
    await this.settle();
    this.channels.delete(channel);
    // What it received and answered stays counted: the service counts on.
    this.#gone.received += system.received;
    this.#gone.answered += system.answered;
    system.disconnect();
    await this.#sessions();
  }

  /** Counts of channel systems that have left since the service was opened. */
  readonly #gone = { received: 0, answered: 0 };

  /** Until nothing is under way on either side. */
  async settle(): Promise<void> {
    for (;;) {
      const state = this.#take(await this.#handle.order({ do: 'settle' }));
      await this.#untilReceived(state.down);
      if (state.up >= this.#total('answered')) return;
    }
  }

  /** Turns the clock; channel systems answer at the moment at which they are told something. */
  async turnTo(to: number): Promise<void> {
    await this.settle();
    while (this.#now < to) {
      const state = this.#take(await this.#handle.order({ do: 'turn', to }));
      await this.#untilReceived(state.down);
      await this.settle();
    }
  }

  async setScorer(mode: 'works' | 'fails' | 'late'): Promise<void> {
    this.#take(await this.#handle.order({ do: 'scorer', mode }));
  }

  /** Stops the service and starts it again on the same directory and port, `downMs` later. */
  async restart(how: 'clean' | 'kill', downMs: number): Promise<void> {
    if (how === 'kill') await this.kill();
    else await this.close();
    this.#now += downMs;
    this.#gone.received = 0;
    this.#gone.answered = 0;
    await this.open();
  }

  /** SIGKILL: nothing is flushed. A fresh process takes its place, without a service yet. */
  async kill(): Promise<void> {
    this.kills++;
    for (const system of this.channels.values()) system.forget();
    await this.#handle.kill();
    this.#handle = this.#parts.spare();
  }

  /** The clean end of the service; the process stays. */
  async close(): Promise<void> {
    for (const system of this.channels.values()) system.disconnect();
    this.#connection?.close();
    this.#client?.close();
    this.#client = undefined;
    this.#take(await this.#handle.order({ do: 'close' }));
  }

  #channelEvents(): ChannelEvents {
    return {
      moved: () => this.#moved(),
      delivered: (channel, delivery, answer) =>
        void this.#inbox.push(() => this.#delivered(channel, delivery, answer)),
      withdrawn: (channel, withdraw) => void this.#inbox.push(() => this.#withdrawn(channel, withdraw)),
    };
  }

  #delivered(channel: string, delivery: Deliver, answer: string): void {
    const { dispatchId, treatment } = delivery;
    if (treatment === undefined) return;
    const customer = this.nameOf(delivery.customerId);
    const known = this.dispatches.find((dispatch) => dispatch.dispatchId === dispatchId);
    if (known !== undefined) known.deliveries++;
    else this.dispatches.push({ dispatchId, channel, customer, treatment, at: this.#now, deliveries: 1 });
    const about = treatment.content?.productIds.join(', ') ?? '';
    const offer = treatment.offer === undefined ? '' : ` with ${treatment.offer.offerId}`;
    const until =
      treatment.notAfter === undefined
        ? ''
        : `, until ${this.moments.since(timestampMs(treatment.notAfter))}`;
    this.timeline.add(
      this.#now,
      `dispatch to ${channel} for ${customer}: ${treatment.actionId}/${treatment.variantId}${about === '' ? '' : ` about ${about}`}${offer} (attempt ${delivery.attempt}${until}): ${answer}`,
    );
  }

  #withdrawn(channel: string, { dispatchId, reason }: Withdraw): void {
    const dispatch = this.dispatches.find((known) => known.dispatchId === dispatchId);
    this.withdrawals.push({ dispatchId, channel, reason, at: this.#now, dispatch });
    const what =
      dispatch === undefined ? dispatchId : `${dispatch.treatment.actionId} for ${dispatch.customer}`;
    this.timeline.add(this.#now, `withdrawal on ${channel}: ${what}, because ${reason}`);
  }

  #take(state: State): State {
    this.#now = state.now;
    this.#port = state.port;
    for (const fault of state.faults) {
      this.faults.push(fault);
      this.timeline.add(state.now, `the service says: ${fault}`);
    }
    return state;
  }

  #total(what: 'received' | 'answered'): number {
    let total = this.#gone[what];
    for (const system of this.channels.values()) total += system[what];
    return total;
  }

  async #untilReceived(down: number): Promise<void> {
    while (this.#total('received') < down) {
      await new Promise<void>((resolve) => {
        this.#moved = resolve;
      });
    }
    for (const tell of this.#inbox.splice(0)) tell();
  }

  /** A channel system is there when the service says so. */
  async #sessions(): Promise<void> {
    for (;;) {
      const state = this.#take(await this.#handle.order({ do: 'settle' }));
      if (state.sessions === this.channels.size) return;
    }
  }
}
