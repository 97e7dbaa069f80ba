import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { failure } from '../failure.ts';
import { statusOf } from '../status.ts';
import type { CallLedger, OpenCall } from './call-ledger.ts';
import type { Peer } from './peer.ts';

const NO_ROOM = statusOf(
  failure('exhausted', 'Too much of other requests is on its way here.', INTERVALS.retryDelayMs),
);
const TOO_LARGE = {
  code: status.RESOURCE_EXHAUSTED,
  message: 'The message is larger than this method accepts.',
};
const NEVER_CAME = { code: status.DEADLINE_EXCEEDED, message: 'The message of the call did not come.' };
const ONE_MESSAGE = { code: status.UNIMPLEMENTED, message: 'This call has one message.' };
const HEAD_BYTES = 5;
const NOTHING = Buffer.alloc(0);
/** What may still come for a call that is over before its stream is cut. */
const REST_BYTES_MAX = 65_536;
/** Of one message: its five leading bytes, and a frame that holds more than it. */
const FRAME_BYTES = 16_389;

/** One HTTP/2 stream beside its call: what came of it, and the ways to end it that the library does not offer. */
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
  #head: Buffer = NOTHING;
  /** Of the first message with its leading bytes; 0: not known yet. */
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
    this.#unpacked();
  }

  /** Bytes of the call came; the library sees them next. */
  came(chunk: Buffer): void {
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
    // The library takes up all messages of a chunk before it hands over the first, thousands of five bytes each: of a closed
    // stream's it takes none. What a stranger may call has one message, also where replies are a stream.
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
    if (!this.isCompressed || this.takeUnpacking()) return read();
    this.#ledger.unpackLater(() => {
      if (this.#call === undefined || this.#isAnswered) return false;
      this.#isUnpacking = true;
      this.#messageByMs = this.#ledger.now() + LIMITS.messageMsMax;
      read();
      return true;
    });
  }

  /** Takes a place among the calls that are unpacked, until the stream is over; false: all are taken. */
  takeUnpacking(): boolean {
    this.#isUnpacking = this.#ledger.unpack();
    return this.#isUnpacking;
  }

  /** A whole message of so many bytes was handed over. */
  messageRead(bytes: number): void {
    if (this.isCompressed) this.#ledger.unpacked(bytes);
    this.#messageByMs = Number.POSITIVE_INFINITY;
    this.#release();
    if (this.#isUnary) this.#unpacked();
  }

  /** We answered: what is held of the request is dropped. */
  answered(): void {
    this.#isAnswered = true;
    this.#release();
    this.#unpacked();
  }

  /** Answered before its message came: the peer need not send it. */
  abandonRest(): void {
    setImmediate(() => this.#closeOnceSent());
  }

  /** Looks whether the message of the call is overdue. */
  look(nowMs: number): void {
    if (nowMs > this.#messageByMs) this.#call?.fail(NEVER_CAME);
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
      this.#head = NOTHING;
      this.#firstBytes = HEAD_BYTES + head.readUInt32BE(1);
    }
    return this.#heldBytes > this.#firstBytes;
  }

  #release(): void {
    if (this.#heldBytes === 0) return;
    this.#ledger.readingDone(this.#heldBytes);
    this.#heldBytes = 0;
  }

  #unpacked(): void {
    if (!this.#isUnpacking) return;
    this.#isUnpacking = false;
    this.#ledger.unpackingDone();
  }
}
