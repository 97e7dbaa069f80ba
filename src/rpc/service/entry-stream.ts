import type { DescMethod } from '@bufbuild/protobuf';
import { type EntriesShape, readEntries } from '../../codec/wire/stream-entries.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import { LIMITS } from '../../config/limits.ts';
import type { BidiCall, BidiSink } from '../call.ts';
import { deadlineOf } from '../deadline.ts';
import { type Failure, malformed } from '../failure.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { failureOf, statusOf } from '../status.ts';
import { EntryReplies } from './entry-replies.ts';

const BUFFERED_BYTES_MAX = 1 << 20;

/** How one method's messages hold several requests, and who answers a request. */
export interface EntryMethod {
  readonly requestEntries: EntriesShape;
  /** The reply message's field of repeated entries. */
  readonly replyEntriesField: number;
  /** Answers one request by `reply` or `endStream`, now or later, exactly once. `bytes` are valid during the call. */
  readonly handle: (bytes: Buffer, request: StreamRequest) => void;
}

/**
 * The route of a method with a stream of requests and a stream of replies, in any order. A message holds one request or
 * several (entries); the replies to those that came in entries leave together too.
 */
export function entryStreamRoute(
  context: ServiceContext,
  method: DescMethod,
  entryMethod: EntryMethod,
): Route {
  const meter = new Meter(methodName(method), context.observer, context.inFlight);
  return [
    methodPath(method),
    {
      kind: 'bidi',
      messageBytesMax: LIMITS.requestBytesMax,
      inFlightMax: LIMITS.streamInFlightMax,
      bufferedBytesMax: BUFFERED_BYTES_MAX,
      failed: (error) => meter.threw(error),
      open: (call) => new EntryStream(call, context, meter, entryMethod),
    },
  ];
}

class EntryStream implements BidiSink {
  readonly call: BidiCall;
  readonly context: ServiceContext;
  readonly meter: Meter;
  /** By the service's clock. */
  readonly deadlineAt: number;
  readonly #method: EntryMethod;
  readonly #entryReplies: EntryReplies;
  readonly #sendAlone = (reply: Buffer): void => void this.call.write(reply);
  readonly #sendAsEntry = (reply: Buffer): void => this.#entryReplies.add(reply);
  #halfClosed = false;

  constructor(call: BidiCall, context: ServiceContext, meter: Meter, method: EntryMethod) {
    this.call = call;
    this.context = context;
    this.meter = meter;
    this.deadlineAt = deadlineOf(call, context.clock);
    this.#method = method;
    this.#entryReplies = new EntryReplies(call, method.replyEntriesField);
  }

  message(bytes: Buffer): void {
    const { requestEntries, handle } = this.#method;
    const entries = readEntries(bytes, requestEntries);
    if (entries === undefined) return handle(bytes, new StreamRequest(this, this.#sendAlone));
    if (entries instanceof WireFault) return this.call.fail(statusOf(malformed(entries)));
    this.call.reserve(entries.length - 1);
    for (const entry of entries) handle(entry, new StreamRequest(this, this.#sendAsEntry));
  }

  halfClosed(): void {
    this.#halfClosed = true;
    this.endWhenAnswered();
  }

  closed(): void {}

  endWhenAnswered(): void {
    if (!this.#halfClosed || this.call.inFlight > 0) return;
    this.#entryReplies.flush();
    this.call.end();
  }
}

/** One request of a stream until it is answered. */
export class StreamRequest {
  readonly #stream: EntryStream;
  readonly #send: (reply: Buffer) => void;
  readonly #beganAt: number;

  constructor(stream: EntryStream, send: (reply: Buffer) => void) {
    this.#stream = stream;
    this.#send = send;
    this.#beganAt = stream.meter.begin();
  }

  /** When the caller gives up the whole stream, by the service's clock; Infinity when they never said. */
  get deadlineAt(): number {
    return this.#stream.deadlineAt;
  }

  /** Sends a copy of the reply; `code`: the gRPC status that is counted. */
  reply(bytes: Buffer, code: number): void {
    const { call, meter } = this.#stream;
    this.#send(bytes);
    meter.answered(this.#beganAt, code);
    call.done();
    this.#stream.endWhenAnswered();
  }

  /** Ends the whole stream: for a request that no reply can name. */
  endStream(why: Failure): void {
    const { call, meter } = this.#stream;
    const ending = statusOf(why);
    meter.answered(this.#beganAt, ending.code);
    call.fail(ending);
  }

  /** What somebody threw, for the caller; the observer gets all of it. */
  failureOf(thrown: unknown): Failure {
    const { meter, context } = this.#stream;
    return failureOf(thrown, meter.method, context.observer);
  }
}
