import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { UpsertResult } from '../gen/attune/v1/catalog_pb.ts';
import type { AudienceMember, FeedbackResult } from '../gen/attune/v1/channel_pb.ts';
import {
  CustomerService,
  type EraseReply,
  type ExportReply,
  type LinkReply,
  type LinkRequestSchema,
  type Profile,
  type ProfileChange,
  type UnlinkReply,
} from '../gen/attune/v1/customer_pb.ts';
import { type DecideReply, DecisionService } from '../gen/attune/v1/decision_pb.ts';
import type { EventResult } from '../gen/attune/v1/event_pb.ts';
import type { ExplainReply, WhyNotReply } from '../gen/attune/v1/explain_pb.ts';
import type { CustomerRefSchema } from '../gen/attune/v1/identifier_pb.ts';
import { Admin } from './admin.ts';
import { AttuneError } from './attune-error.ts';
import { audienceMembers } from './audience-members.ts';
import { type ChannelOptions, ChannelStream } from './channel-stream.ts';
import { Connection } from './connection.ts';
import { type DecideInit, withRequestIds } from './decide-init.ts';
import { DecideStream } from './decide-stream.ts';
import type { EventInit } from './event-init.ts';
import { EventStream } from './event-stream.ts';
import { exportPieces } from './export-pieces.ts';
import type { FeedbackInit } from './feedback-init.ts';
import { type HealthStatus, health } from './health.ts';
import { publish } from './publish.ts';
import { replyStream } from './reply-stream.ts';
import { report } from './report.ts';
import { type ClientOptions, settingsOf } from './settings.ts';
import { type ProductInit, upsertProducts } from './upsert-products.ts';

/** Who is asked about: identifiers, or the id that the service gave. */
export type CustomerInit = MessageInitShape<typeof CustomerRefSchema>;

/** Keys of one person, with who says so and why. */
export type LinkInit = MessageInitShape<typeof LinkRequestSchema>;

/** The moment or the time that a why-not question is about; none of them: now. */
export interface WhyNotTime {
  readonly at?: Date;
  readonly from?: Date;
  readonly to?: Date;
}

/**
 * A client of Attune. Every method throws AttuneError and nothing else. What changes something carries an id that stays
 * the same over all retries, so a retry never does it twice.
 */
export class AttuneClient {
  readonly admin: Admin;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.admin = new Admin(connection);
  }

  /** Publishes events, in order; a result per event. */
  publish(events: readonly EventInit[]): Promise<EventResult[]> {
    return publish(this.#connection, events);
  }

  /** A stream of events that outlives its connections. `deadlineMs`: how long one event may wait for its result. */
  streamEvents(deadlineMs?: number): EventStream {
    return new EventStream(this.#connection, deadlineMs);
  }

  decide(request: DecideInit, deadlineMs?: number): Promise<DecideReply> {
    return this.#connection.unary(DecisionService.method.decide, withRequestIds(request), {
      deadlineMs,
      target: request,
    });
  }

  /** A stream of decisions, cheaper than single calls. `deadlineMs`: how long one decision may take. */
  decideStream(deadlineMs?: number): DecideStream {
    return new DecideStream(this.#connection, deadlineMs);
  }

  explain(decisionId: string, options: { readonly skipReplay?: boolean } = {}): Promise<ExplainReply> {
    const request = { decisionId, skipReplay: options.skipReplay ?? false };
    return this.#connection.unary(DecisionService.method.explain, request);
  }

  whyNot(customer: CustomerInit, actionId: string, time: WhyNotTime = {}): Promise<WhyNotReply> {
    const request = {
      customer,
      actionId,
      at: moment(time.at),
      from: moment(time.from),
      to: moment(time.to),
    };
    return this.#connection.unary(DecisionService.method.whyNot, request, { target: customer });
  }

  /** Reports what happened to things sent or shown on a channel; a result per feedback. */
  report(channel: string, feedback: readonly FeedbackInit[]): Promise<FeedbackResult[]> {
    return report(this.#connection, channel, feedback);
  }

  /** Serves a channel: deliveries come in, answers and feedback go out. */
  connectChannel(options: ChannelOptions): ChannelStream {
    return new ChannelStream(this.#connection, options);
  }

  async getCustomer(customer: CustomerInit): Promise<Profile> {
    const { profile } = await this.#connection.unary(
      CustomerService.method.get,
      { customer },
      { target: customer },
    );
    if (profile === undefined) throw new AttuneError('INTERNAL', 'The reply holds no profile.');
    return profile;
  }

  /** The present state, then every change. Break out of the loop to stop. */
  watchCustomer(customer: CustomerInit): AsyncGenerator<ProfileChange, void, undefined> {
    return replyStream(
      this.#connection,
      (address) => this.#connection.stream(CustomerService.method.watch, { customer }, { address }),
      customer,
    );
  }

  /** Everything held of a customer, piece by piece. A broken connection ends it: ask again. */
  exportCustomer(customer: CustomerInit): AsyncGenerator<ExportReply, void, undefined> {
    return exportPieces(this.#connection, { customer });
  }

  /** Declares that identifiers are one person's. Said again it names the same link. */
  link(
    identifiers: NonNullable<LinkInit['identifiers']>,
    said: Pick<LinkInit, 'by' | 'reason'> = {},
  ): Promise<LinkReply> {
    return this.#connection.unary(
      CustomerService.method.link,
      { identifiers, ...said },
      { target: { identifiers } },
    );
  }

  /** Undoes a link of `link`, or of `Profile.links`, within 30 days. */
  unlink(linkId: string, said: Pick<LinkInit, 'by' | 'reason'> = {}): Promise<UnlinkReply> {
    return this.#connection.unary(CustomerService.method.unlink, { linkId, ...said });
  }

  /** Who is in an audience, one after the other, with what their ad says. `pageSize`: members asked for at a time, 1 to 1,000; default 100. */
  audienceMembers(
    audience: string,
    { pageSize = 100 }: { readonly pageSize?: number } = {},
  ): AsyncGenerator<AudienceMember, void, undefined> {
    return audienceMembers(this.#connection, audience, pageSize);
  }

  /** Forgets a customer; the receipt. `caseId`: the shop's own, for its list. Asked again it gives the same receipt. */
  eraseCustomer(customer: CustomerInit, caseId = ''): Promise<EraseReply> {
    return this.#connection.unary(CustomerService.method.erase, { customer, caseId }, { target: customer });
  }

  upsertProducts(products: readonly ProductInit[]): Promise<UpsertResult[]> {
    return upsertProducts(this.#connection, products);
  }

  /** Whether a service answers, by its full name; without a name the server as a whole. */
  health(service = ''): Promise<HealthStatus> {
    return health(this.#connection, service);
  }

  /** Closes the connections; what is under way fails. Close streams first. */
  close(): void {
    this.#connection.close();
  }
}

/**
 * A client of the service at `address` (`host:port`), or at several of one deployment's nodes: of these it asks who serves whom, learns of the others, sends each
 * customer's requests to the node that has them, and those of a node that is away to another one.
 */
export function connect(address: string | readonly string[], options: ClientOptions = {}): AttuneClient {
  const addresses = typeof address === 'string' ? [address] : address;
  return new AttuneClient(new Connection(addresses, settingsOf(options, addresses.length)));
}

function moment(at: Date | undefined): Timestamp | undefined {
  return at === undefined ? undefined : timestampFromDate(at);
}
