// Long because one object plays all parts around the service.
/**
 * One run of a scenario: its service, its clients, its channel systems, and what has happened so far. `run-scenario.ts`
 * owns it, steps act on it, expectations read it.
 *
 * I1  After `untilQuiet` nothing is under way: channel systems have what the service sent, the service has their answers.
 * I2  `now` is the service's clock; it advances only in `advanceTo` and while the service is down.
 */
import { MINUTE_MS } from '../../base/clock.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import { Connection } from '../../client/connection.ts';
import { type ClientOptions, settingsOf } from '../../client/settings.ts';
import { addresseeOf, strongest } from '../../core/identity/customer.ts';
import { kindsByStrength } from '../../core/identity/sighting.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { DecideReply } from '../../gen/attune/v1/decision_pb.ts';
import type { Scenario } from '../file/scenario-file.ts';
import type { ScenarioCustomer } from '../file/shape-steps.ts';
import type { ScorerMode, VirtualNodeState } from '../virtual/virtual-node-messages.ts';
import type { VirtualNodeProcess } from '../virtual/virtual-node-process.ts';
import { ChannelDesk, type Dispatch, type Withdrawal } from './channel-desk.ts';
import type { Moments } from './moments.ts';
import type { Script } from './scripted-channel-system.ts';
import { Timeline } from './timeline.ts';
import { wireIdentifiers } from './wire-identifiers.ts';

export interface NamedDecision {
  readonly reply: DecideReply;
  readonly customer: string;
}

export interface ScenarioRunParts {
  readonly scenario: Scenario;
  readonly moments: Moments;
  readonly seed: number;
  readonly directory: string;
  readonly policyDirectory: string;
  readonly policy: Policy;
  /** A process without a service in it. */
  readonly newProcess: () => VirtualNodeProcess;
}

/** Few, so that a start is quick; each still gets customers of every scenario. */
const SHARDS = 8;
const BEAT_MS = 10 * MINUTE_MS;
/** The machine may be busy, and a restart may be under way. */
const PATIENT_CLIENT: ClientOptions = {
  deadlineMs: 60_000,
  retry: { attemptsMax: 200, attemptMs: 20_000, backoffMs: 10, backoffMsMax: 200 },
};

export class ScenarioRun {
  readonly scenario: Scenario;
  readonly moments: Moments;
  readonly policy: Policy;
  readonly directory: string;
  readonly seed: number;
  readonly timeline: Timeline;
  readonly decisions = new Map<string, NamedDecision>();
  readonly desk: ChannelDesk;
  readonly faults: string[] = [];
  /** Events that were acknowledged as accepted: source and id, for the laws at the end. */
  /** Ids of links, by the names that the scenario gave them. */
  readonly links = new Map<string, string>();
  readonly acknowledgedEvents: {
    readonly source: string;
    readonly id: string;
    readonly customerId: string;
  }[] = [];
  /** Replies to the decisions of races and loads, for the same. */
  readonly replies: DecideReply[] = [];
  readonly races: { readonly product: string; readonly customers: readonly string[] }[] = [];
  readonly patientOptions: ClientOptions = PATIENT_CLIENT;
  /** Whose turn it is within `for_each`: meant where a step names nobody. */
  turnOf: string | undefined;
  /** Which round of `repeat` or `for_each` it is, from 0; undefined outside of one. */
  round: number | undefined;
  /** How often the service was killed. */
  killCount = 0;
  readonly #parts: ScenarioRunParts;
  readonly #names = new Map<string, string>();
  #process: VirtualNodeProcess;
  /** What the service wrote to its log as faults since its last answer. */
  readonly #newFaults: string[] = [];
  #client: AttuneClient | undefined;
  #connection: Connection | undefined;
  #now: number;
  /** Undefined before the first start: any free one. */
  #port: number | undefined;
  #ids = 0;

  constructor(parts: ScenarioRunParts) {
    this.#parts = parts;
    this.scenario = parts.scenario;
    this.moments = parts.moments;
    this.policy = parts.policy;
    this.directory = parts.directory;
    this.seed = parts.seed;
    this.timeline = new Timeline(parts.moments);
    this.#now = parts.moments.start;
    this.#process = parts.newProcess();
    this.desk = new ChannelDesk(parts.moments, this.timeline, (id) => this.nameOf(id));
    for (const [name, customer] of Object.entries(parts.scenario.customers))
      this.#names.set(this.customerId(wireIdentifiers(customer.identifiers)), name);
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

  get process(): VirtualNodeProcess {
    return this.#process;
  }

  /** A client with settings of its own, which its user closes. */
  newClient(options: ClientOptions): AttuneClient {
    return connect(this.address, options);
  }

  freshId(kind: string): string {
    this.#ids++;
    return `${kind}-${this.#ids}`;
  }

  /** The customer of this name, or whose turn it is, or the first one declared. Throws for an unknown name. */
  customer(name: string | undefined): { readonly name: string; readonly customer: ScenarioCustomer } {
    const { customers } = this.scenario;
    const wanted = name ?? this.turnOf ?? Object.keys(customers)[0] ?? '';
    const customer = customers[wanted];
    if (customer === undefined) throw new Error(`no customer is called "${wanted}"`);
    return { name: wanted, customer };
  }

  /** The customer's id at the service, '' without identifiers. */
  customerId(identifiers: readonly { kind: string; value: string }[]): string {
    const found = strongest(identifiers, kindsByStrength(this.#parts.policy.identifierRules));
    const given = identifiers[found.at];
    return given === undefined ? '' : addresseeOf(given.kind, given.value).id;
  }

  get dispatches(): readonly Dispatch[] {
    return this.desk.dispatches;
  }

  get withdrawals(): readonly Withdrawal[] {
    return this.desk.withdrawals;
  }

  nameOf(customerId: string): string {
    return this.#names.get(customerId) ?? customerId;
  }

  async open(): Promise<void> {
    const { file } = this.scenario;
    await this.#process.open(
      {
        directory: this.directory,
        policyDirectory: this.#parts.policyDirectory,
        port: this.#port,
        now: this.#now,
        seed: this.seed + this.killCount,
        shards: SHARDS,
        beatMs: BEAT_MS,
        scorer: file.scorer ?? 'works',
        mailboxMax: file.limits?.mailbox,
      },
      { temporary: false, onFault: (sentence) => void this.#newFaults.push(sentence) },
    );
    this.#note(this.#process.state);
    this.#client?.close();
    this.#client = connect(this.address, PATIENT_CLIENT);
    this.#connection?.close();
    this.#connection = new Connection([this.address], settingsOf(PATIENT_CLIENT));
    this.desk.connect(this.#connection);
    await this.#untilConnected();
    await this.untilQuiet();
  }

  async connectChannel(channel: string, script: Script): Promise<void> {
    await this.disconnectChannel(channel);
    this.desk.add(channel, script, this.#connection as Connection);
    await this.#untilConnected();
    await this.untilQuiet();
  }

  async disconnectChannel(channel: string): Promise<void> {
    await this.untilQuiet();
    this.desk.remove(channel);
    await this.#untilConnected();
  }

  /** Resolves when nothing is under way on either side. */
  async untilQuiet(): Promise<void> {
    for (;;) {
      const state = this.#note(await this.#process.untilQuiet());
      await this.desk.untilReceived(state.instructionCount, state.now);
      if (state.answerCount >= this.desk.answeredCount) return;
    }
  }

  /** Advances the clock; channel systems answer at the moment at which they receive something. */
  async advanceTo(to: number): Promise<void> {
    await this.untilQuiet();
    while (this.#now < to) {
      const state = this.#note(await this.#process.advanceTo(to));
      await this.desk.untilReceived(state.instructionCount, state.now);
      await this.untilQuiet();
    }
  }

  async setScorer(mode: ScorerMode): Promise<void> {
    this.#note(await this.#process.setScorer(mode));
  }

  /** Stops the service and starts it again on the same directory and port, `downMs` later. */
  async restart(how: 'clean' | 'kill', downMs: number): Promise<void> {
    if (how === 'kill') await this.kill();
    else await this.close();
    this.#now += downMs;
    await this.open();
  }

  /** SIGKILL: nothing is flushed. A new process follows, without a service yet. */
  async kill(): Promise<void> {
    this.killCount++;
    this.desk.forget();
    await this.#process.kill();
    this.#process = this.#parts.newProcess();
  }

  /** The clean end of the service; the process stays. */
  async close(): Promise<void> {
    this.desk.disconnect();
    this.#connection?.close();
    this.#client?.close();
    this.#client = undefined;
    this.#note(await this.#process.close());
  }

  #note(state: VirtualNodeState): VirtualNodeState {
    this.#now = state.now;
    this.#port = state.port;
    for (const fault of this.#newFaults.splice(0)) {
      this.faults.push(fault);
      this.timeline.add(state.now, `the service says: ${fault}`);
    }
    return state;
  }

  /** Resolves when the service counts as many connected channel systems as there are. */
  async #untilConnected(): Promise<void> {
    for (;;) {
      const state = this.#note(await this.#process.untilQuiet());
      if (state.sessionCount === this.desk.size) return;
    }
  }
}
