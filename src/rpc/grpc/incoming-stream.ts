import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { failure } from '../failure.ts';
import { statusOf } from '../status.ts';
import type { CallLedger, OpenCall } from './call-ledger.ts';
import type { Peer } from './peer.ts';

const NO_ROOM = statusOf(
  failure('exhausted', 'Too many bytes of other requests are not complete yet.', INTERVALS.retryDelayMs),
);
const TOO_LARGE = {
  code: status.RESOURCE_EXHAUSTED,
  message: 'The message is larger than this method accepts.',
};
const NO_MESSAGE_IN_TIME = {
  code: status.DEADLINE_EXCEEDED,
  message: 'The message of the call did not come.',
};
const ONE_MESSAGE = { code: status.UNIMPLEMENTED, message: 'This call has one message.' };
const HEAD_BYTES = 5;
const NO_BYTES = Buffer.alloc(0);
/** Bytes that may still come after the call is over; then its stream is cut. */
const REST_BYTES_MAX = 65_536;
/** What a message takes beside its bytes: five leading ones, and the rest of its last frame. */
const FRAME_BYTES = 16_389;

/**
 * The HTTP/2 stream of one call, from its headers on: counts what came, holds the call to its bounds, and ends the stream in
 * ways that the library does not offer.
 */
export class IncomingStream {
  readonly peer: Peer;
  /** As its headers have it. */
  readonly path: string;
  readonly isCompressed: boolean;
  readonly #stream: ServerHttp2Stream;
  readonly #ledger: CallLedger;
  #call: OpenCall | undefined;
  #detached: (() => void) | undefined;
  #messageBytesMax = 0;
  #heldBytes = 0;
  #restBytes = 0;
  #isAnswered = false;
  #isUnpacking = false;
  #isUnary = false;
  /** The five leading bytes of the first message, while not all of them have come. */
  #head: Buffer = NO_BYTES;
  /** Length of the first message with its leading bytes; 0: not known yet. */
  #firstBytes = 0;
  /** When the message must have come, in ms; Infinity: none is awaited. */
  #messageByMs = Number.POSITIVE_INFINITY;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer, ledger: CallLedger) {
    const encoding = headers['grpc-encoding'];
    this.#stream = stream;
    this.peer = peer;
    this.#ledger = ledger;
    this.path = String(headers[':path']);
    this.isCompressed = encoding !== undefined && encoding !== 'identity';
  }

  /** Nothing more can be sent on it: we ended it, or the library did by itself (a deadline, a message that it cannot take). */
  get isEnded(): boolean {
    return this.#stream.writableEnded;
  }

  /** The call was let in. */
  attach(call: OpenCall, messageBytesMax: number): void {
    this.#call = call;
    this.#messageBytesMax = messageBytesMax;
    this.peer.calls++;
  }

  /** Runs once when the stream of a call that was let in is over. */
  onDetach(listener: () => void): void {
    this.#detached = listener;
  }

  /** The stream is over. */
  detach(): void {
    if (this.#call === undefined) return;
    this.#call = undefined;
    this.#detached?.();
    this.peer.calls--;
    this.peer.usedAtMs = this.#ledger.now();
    this.#release();
    this.#endUnpacking();
  }

  /** Bytes of the call came; the library gets them next. */
  onData(chunk: Buffer): void {
    const bytes = chunk.length;
    this.peer.dataBytes += bytes;
    if (this.#call === undefined) {
      this.#restBytes += bytes;
      const before = this.#restBytes - bytes;
      if (before <= REST_BYTES_MAX && this.#restBytes > REST_BYTES_MAX) this.#closeOnceSent();
      return;
    }
    // Its status is on its way: a stream that is closed before would lose it.
    if (this.#isAnswered) return;
    this.#heldBytes += bytes;
    // The library parses all messages of a chunk before it hands over the first, thousands of five bytes each; of a closed
    // stream it parses none. What a stranger may call has one message, also where the replies are a stream.
    if ((this.#isUnary || !this.peer.isCaller) && this.#holdsMore(chunk)) {
      this.#call.fail(ONE_MESSAGE);
      this.#stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    const isTooLarge = this.#heldBytes > this.#messageBytesMax + FRAME_BYTES;
    if (!this.#ledger.reading(bytes)) this.#call.fail(NO_ROOM);
    else if (isTooLarge) this.#call.fail(TOO_LARGE);
  }

  /** Reads the one message of a unary call: now, or when its turn to be unpacked has come. */
  expectMessage(read: () => void): void {
    this.#isUnary = true;
    this.#messageByMs = this.#ledger.now() + LIMITS.messageMsMax;
    if (!this.isCompressed || this.startUnpacking()) return read();
    this.#ledger.unpackLater(() => {
      if (this.#call === undefined || this.#isAnswered) return false;
      this.#isUnpacking = true;
      this.#messageByMs = this.#ledger.now() + LIMITS.messageMsMax;
      read();
      return true;
    });
  }

  /** Counts the call among those that are unpacked, until the stream is over; false: there are too many. */
  startUnpacking(): boolean {
    this.#isUnpacking = this.#ledger.unpack();
    return this.#isUnpacking;
  }

  /** A whole message of so many bytes was handed over. */
  onMessage(bytes: number): void {
    if (this.isCompressed) this.#ledger.unpacked(bytes);
    this.#messageByMs = Number.POSITIVE_INFINITY;
    this.#release();
    if (this.#isUnary) this.#endUnpacking();
  }

  /** We answered: what is held of the request is dropped. */
  onAnswered(): void {
    this.#isAnswered = true;
    this.#release();
    this.#endUnpacking();
  }

  /** Answered before its message came: the peer need not send it. */
  abandonRest(): void {
    setImmediate(() => this.#closeOnceSent());
  }

  /** Ends the call when its message is overdue. */
  endIfOverdue(nowMs: number): void {
    if (nowMs > this.#messageByMs) this.#call?.fail(NO_MESSAGE_IN_TIME);
  }

  /** Closes the stream unless something waits to be sent: a reset overtakes the status, and the caller would learn nothing. */
  #closeOnceSent(): void {
    const { session } = this.#stream;
    if (this.#stream.closed || session === undefined || session.destroyed) return;
    if (session.state.outboundQueueSize === 0) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    else setTimeout(() => this.#closeOnceSent(), INTERVALS.sweepMs).unref();
  }

  /** True when more came than one message; `chunk` is the latest part. */
  #holdsMore(chunk: Buffer): boolean {
    if (this.#firstBytes === 0) {
      const head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      if (head.length < HEAD_BYTES) {
        this.#head = head;
        return false;
      }
      this.#head = NO_BYTES;
      this.#firstBytes = HEAD_BYTES + head.readUInt32BE(1);
    }
    return this.#heldBytes > this.#firstBytes;
  }

  #release(): void {
    if (this.#heldBytes === 0) return;
    this.#ledger.readingDone(this.#heldBytes);
    this.#heldBytes = 0;
  }

  #endUnpacking(): void {
    if (!this.#isUnpacking) return;
    this.#isUnpacking = false;
    this.#ledger.unpackingDone();
  }
}
