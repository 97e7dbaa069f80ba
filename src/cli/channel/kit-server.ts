/**
 * The other end of a channel system under test: it listens as the service does and says what the test tells it. Plain
 * grpc-js, because our own server would not misbehave.
 *
 * I1  Every message up is in the journal, in the order in which it came, before anybody who waits looks.
 * I2  A feedback is answered as the service answers it, unless the test says otherwise.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { HostPort } from '../../config/option.ts';
import {
  ChannelService,
  ConnectReplySchema,
  type ConnectRequest,
  ConnectRequestSchema,
  type Feedback,
  type FeedbackResultSchema,
  FeedbackStatus,
  ListAudienceReplySchema,
  ReportReplySchema,
  ReportRequestSchema,
} from '../../gen/attune/v1/channel_pb.ts';
import { listenFault } from '../../node/listen-fault.ts';
import { isFailure } from '../../rpc/failure.ts';
import { checkMessage, readMessage } from '../../rpc/validate.ts';

type Down = NonNullable<MessageInitShape<typeof ConnectReplySchema>['message']>;
type FeedbackAnswer = MessageInitShape<typeof FeedbackResultSchema>;
type Call = ServerDuplexStream<Buffer, Buffer>;

/** What a channel system sent. */
export interface Heard {
  readonly at: number;
  /** Number of its stream, from 1; 0: by Report. */
  readonly stream: number;
  readonly message: ConnectRequest['message'];
}

/** One connection of the channel system. */
export interface KitStream {
  readonly number: number;
  readonly openedAt: number;
  isOpen: boolean;
  send(message: Down): void;
  /** Ends it as a service does that goes away. */
  drop(): void;
}

const FAULTS_MAX = 20;

export class KitServer {
  readonly #server = new Server();
  readonly #looks = new Set<() => void>();
  readonly #feedbackIds = new Set<string>();
  readonly heard: Heard[] = [];
  readonly streams: KitStream[] = [];
  /** Breaches of the contract, as sentences. */
  readonly faults: string[] = [];
  /** Answers a feedback in place of the kit; undefined: no answer at all. */
  onFeedback: ((feedback: Feedback) => FeedbackAnswer | undefined) | undefined;
  address = '';

  /** Listens. Throws CommandError with a sentence. */
  static async start(listen: HostPort): Promise<KitServer> {
    const kit = new KitServer();
    const { host, port } = listen;
    const name = (bound: number): string => `${host.includes(':') ? `[${host}]` : host}:${bound}`;
    const bound = await new Promise<number>((resolve, reject) =>
      kit.#server.bindAsync(name(port), ServerCredentials.createInsecure(), (fault, free) =>
        fault === null ? resolve(free) : reject(listenFault('the test kit', listen, '--listen', fault)),
      ),
    );
    kit.address = name(bound);
    return kit;
  }

  private constructor() {
    const { connect, report, listAudience } = ChannelService.method;
    const path = `/${ChannelService.typeName}/`;
    this.#server.register<Buffer, Buffer>(
      `${path}${connect.name}`,
      (call: Call) => this.#open(call),
      same,
      same,
      'bidi',
    );
    this.#server.register<Buffer, Buffer>(
      `${path}${report.name}`,
      ({ request }: { request: Buffer }, done: sendUnaryData<Buffer>) => this.#report(request, done),
      same,
      same,
      'unary',
    );
    // Nobody is in an audience before the test begins.
    const nobody = Buffer.from(toBinary(ListAudienceReplySchema, create(ListAudienceReplySchema)));
    this.#server.register<Buffer, Buffer>(
      `${path}${listAudience.name}`,
      (_: unknown, done: sendUnaryData<Buffer>) => done(null, nobody),
      same,
      same,
      'unary',
    );
  }

  /** The newest stream that is open. */
  get stream(): KitStream | undefined {
    return this.streams.findLast(({ isOpen }) => isOpen);
  }

  /** What `look` finds now, or at a later message or connection within `ms`; undefined: it did not find it. */
  until<T>(look: () => T | undefined, ms: number): Promise<T | undefined> {
    const found = look();
    if (found !== undefined || ms <= 0) return Promise.resolve(found);
    return new Promise((resolve) => {
      const end = (value: T | undefined): void => {
        clearTimeout(timer);
        this.#looks.delete(again);
        resolve(value);
      };
      const again = (): void => {
        const value = look();
        if (value !== undefined) end(value);
      };
      const timer = setTimeout(() => end(undefined), ms);
      this.#looks.add(again);
    });
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #open(call: Call): void {
    const stream: KitStream = {
      number: this.streams.length + 1,
      openedAt: Date.now(),
      isOpen: true,
      send: (message) =>
        void call.write(Buffer.from(toBinary(ConnectReplySchema, create(ConnectReplySchema, { message })))),
      drop: () => {
        stream.isOpen = false;
        call.emit('error', { code: status.UNAVAILABLE, details: 'The test kit drops the stream.' });
      },
    };
    this.streams.push(stream);
    const closed = (): void => {
      stream.isOpen = false;
      this.#changed();
    };
    call.on('data', (bytes: Buffer) => this.#hear(bytes, stream));
    call.on('error', closed);
    call.on('close', closed);
    call.on('cancelled', closed);
    call.on('end', () => {
      closed();
      call.end();
    });
    this.#changed();
  }

  /** I1 */
  #hear(bytes: Buffer, stream: KitStream): void {
    const request = readMessage(ConnectRequestSchema, bytes);
    if (isFailure(request)) return this.#fault('sent bytes that are no attune.v1.ConnectRequest');
    for (const { message } of checkMessage(ConnectRequestSchema, request)) this.#fault(message);
    this.heard.push({ at: Date.now(), stream: stream.number, message: request.message });
    if (request.message.case === 'feedback') {
      const answer = this.#answer(request.message.value);
      if (answer !== undefined) stream.send({ case: 'feedbackResult', value: answer });
    }
    this.#changed();
  }

  #report(bytes: Buffer, done: sendUnaryData<Buffer>): void {
    const request = readMessage(ReportRequestSchema, bytes);
    if (isFailure(request)) {
      this.#fault('sent bytes that are no attune.v1.ReportRequest');
      return done({ code: status.INVALID_ARGUMENT, details: 'These bytes are no ReportRequest.' });
    }
    for (const { message } of checkMessage(ReportRequestSchema, request)) this.#fault(message);
    const results = request.feedback.map((feedback) => {
      this.heard.push({ at: Date.now(), stream: 0, message: { case: 'feedback', value: feedback } });
      // A unary call has an answer for each, so "none" is "not now".
      return this.#answer(feedback) ?? { id: feedback.id, status: FeedbackStatus.RETRY };
    });
    done(null, Buffer.from(toBinary(ReportReplySchema, create(ReportReplySchema, { results }))));
    this.#changed();
  }

  /** I2 */
  #answer(feedback: Feedback): FeedbackAnswer | undefined {
    if (this.onFeedback !== undefined) return this.onFeedback(feedback);
    const isKnown = this.#feedbackIds.has(feedback.id);
    this.#feedbackIds.add(feedback.id);
    return { id: feedback.id, status: isKnown ? FeedbackStatus.DUPLICATE : FeedbackStatus.ACCEPTED };
  }

  #fault(sentence: string): void {
    if (this.faults.length < FAULTS_MAX && !this.faults.includes(sentence)) this.faults.push(sentence);
  }

  #changed(): void {
    for (const look of [...this.#looks]) look();
  }
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
