/**
 * What the adapters of this room speak through: one connection, and the library's client and manager over it, made anew with each connection.
 */
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
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

export class NatsDoor {
  readonly answerMs: number;
  readonly #steadyMs: () => number;
  readonly #link: NatsLink;
  #speaker: Speaker | undefined;
  #introducing: Promise<Speaker> | undefined;

  constructor(options: NatsDoorOptions) {
    this.answerMs = options.answerMs;
    this.#steadyMs = options.steadyMs;
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

  close(): Promise<void> {
    return this.#link.close();
  }

  async #introduce(): Promise<Speaker> {
    const { answerMs } = this;
    const connection = await this.#link.connection();
    const manager = await jetstreamManager(connection, { timeout: answerMs, checkAPI: false });
    const client = jetstream(connection, { timeout: answerMs });
    const inbox = new AppendInbox(connection, answerMs, this.#steadyMs);
    const speaker = { connection, client, manager, inbox };
    this.#speaker = speaker;
    void connection.closed().then(() => {
      if (this.#speaker === speaker) this.#speaker = undefined;
    });
    return speaker;
  }
}
