/**
 * What the adapters of this room speak through: one connection, and the library's client and manager over it, made anew with each connection.
 */
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, PermissionViolationError, type Subscription } from '@nats-io/transport-node';
import { AppendInbox } from './append-inbox.ts';
import { natsFault } from './nats-fault.ts';
import { NatsLink, type NatsLinkOptions } from './nats-link.ts';

export interface NatsDoorOptions extends NatsLinkOptions {
  /** For an append, a question to the server, and the next piece of a reading. */
  readonly answerMs: number;
}

/** What speaks over one connection. */
export interface Speaker {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly inbox: AppendInbox;
}

/** Who is called when something is published, over whatever connection there is. */
interface Hearer {
  readonly subject: string;
  readonly heard: () => void;
  subscription: Subscription | undefined;
}

export class NatsDoor {
  readonly answerMs: number;
  readonly #options: NatsDoorOptions;
  readonly #link: NatsLink;
  #speaker: Speaker | undefined;
  #introducing: Promise<Speaker> | undefined;
  readonly #hearers = new Set<Hearer>();

  constructor(options: NatsDoorOptions) {
    this.answerMs = options.answerMs;
    this.#options = options;
    this.#link = new NatsLink(options);
  }

  /** Whoever speaks now; undefined: nobody, until the next `speak`. */
  get current(): Speaker | undefined {
    return this.#speaker;
  }

  /** Throws PortError `unavailable`, with nothing sent. */
  speak(): Promise<Speaker> {
    if (this.#speaker !== undefined) return Promise.resolve(this.#speaker);
    this.#introducing ??= this.#introduce().finally(() => {
      this.#introducing = undefined;
    });
    return this.#introducing;
  }

  /** `what`: a subject and a noun, for the sentence of the fault. Throws PortError only. */
  async ask<T>(what: string, ask: (speaker: Speaker) => Promise<T>): Promise<T> {
    try {
      return await ask(await this.speak());
    } catch (fault) {
      throw natsFault(what, fault);
    }
  }

  /**
   * `heard` is called when somebody publishes to `subject`, which a stream may store a moment later or refuse, and when a connection is made anew: what was
   * published between two of them is not heard. Returns how to stop.
   */
  hear(subject: string, heard: () => void): () => void {
    const hearer: Hearer = { subject, heard, subscription: undefined };
    this.#hearers.add(hearer);
    if (this.#speaker !== undefined) listen(this.#speaker, hearer);
    return () => {
      this.#hearers.delete(hearer);
      hearer.subscription?.unsubscribe();
    };
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #introduce(): Promise<Speaker> {
    const { answerMs, steadyMs, inboxPrefix } = this.#options;
    const connection = await this.#link.connection();
    const manager = await jetstreamManager(connection, { timeout: answerMs, checkAPI: false });
    const client = jetstream(connection, { timeout: answerMs });
    const inbox = new AppendInbox(connection, answerMs, steadyMs, inboxPrefix);
    const speaker = { connection, client, manager, inbox };
    this.#speaker = speaker;
    void hearRefusals(connection, inbox);
    void connection.closed().then(() => {
      if (this.#speaker === speaker) this.#speaker = undefined;
    });
    for (const hearer of this.#hearers) {
      listen(speaker, hearer);
      hearer.heard();
    }
    return speaker;
  }
}

/** Until the connection ends. A message that its user may not publish is answered nowhere else. */
async function hearRefusals(connection: NatsConnection, inbox: AppendInbox): Promise<void> {
  for await (const status of connection.status())
    if (
      status.type === 'error' &&
      status.error instanceof PermissionViolationError &&
      status.error.operation === 'publish'
    )
      inbox.refused(status.error.subject, status.error.message);
}

function listen({ connection }: Speaker, hearer: Hearer): void {
  if (connection.isClosed()) return;
  hearer.subscription = connection.subscribe(hearer.subject, {
    // Without the right to subscribe nothing is heard: whoever follows looks by itself too.
    callback: (fault) => {
      if (fault === null) hearer.heard();
    },
  });
}
