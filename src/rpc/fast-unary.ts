import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { CALL, type CarryingStream, FastCall } from './fast-call.ts';
import { faultStatus } from './fast-status.ts';
import { MessageReader } from './message-reader.ts';

const HEAD = 5;

/**
 * Answers a unary call: `call.reply` or `call.fail`, now or later, exactly once. `message` is a view of a network
 * buffer of up to 64 KiB: whoever keeps it longer than the call keeps that buffer alive.
 */
export type UnaryHandler = (call: UnaryCall, message: Buffer) => void;

export interface UnaryRoute {
  readonly kind: 'unary';
  readonly handler: UnaryHandler;
  /** The largest request in bytes; a larger one is answered RESOURCE_EXHAUSTED. */
  readonly messageBytesMax: number;
  /** Told what a handler threw; the caller learns only that something went wrong. */
  readonly failed: (error: unknown, path: string) => void;
}

export class UnaryCall extends FastCall {
  readonly #route: UnaryRoute;
  #reader: MessageReader | undefined;
  #received = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, route: UnaryRoute) {
    super(stream, headers);
    this.#route = route;
    stream.on('data', onData);
    stream.on('end', onEnd);
  }

  /** Answers with OK and this message. Does nothing when the call has ended or the caller is gone. */
  reply(message: Uint8Array): void {
    if (this.ended) return;
    const frame = Buffer.allocUnsafe(HEAD + message.length);
    frame.set(message, HEAD);
    this.replyFramed(frame);
  }

  /** The same for a buffer whose first five bytes are left free for the frame's head; saves a copy. It is given away. */
  replyFramed(frame: Buffer): void {
    if (!this.finish()) return;
    if (!this.respond()) return;
    frame[0] = 0;
    frame.writeUInt32BE(frame.length - HEAD, 1);
    this.stream.end(frame);
  }

  /** For the stream's listener. */
  receive(chunk: Buffer): void {
    if (this.#received || this.ended) return;
    if (!this.#reader && isWholeMessage(chunk) && chunk.length - HEAD <= this.#route.messageBytesMax) {
      this.#handle(chunk.subarray(HEAD));
      return;
    }
    this.#reader ??= new MessageReader(
      this.#route.messageBytesMax,
      this.header('grpc-encoding') ?? 'identity',
    );
    this.#reader.push(chunk);
    const message = this.#reader.next();
    if (message) this.#handle(message);
    else if (this.#reader.fault) this.fail(faultStatus(this.#reader.fault));
  }

  /** For the stream's listener. */
  receiveEnd(): void {
    if (this.#received || this.ended) return;
    this.fail({ code: status.UNIMPLEMENTED, message: 'The request holds no whole message.' });
  }

  #handle(message: Buffer): void {
    this.#received = true;
    try {
      this.#route.handler(this, message);
    } catch (error) {
      this.#route.failed(error, this.path);
      this.fail({ code: status.INTERNAL, message: 'Something went wrong on our side.' });
    }
  }
}

function isWholeMessage(chunk: Buffer): boolean {
  return chunk.length >= HEAD && chunk[0] === 0 && chunk.readUInt32BE(1) === chunk.length - HEAD;
}

function onData(this: CarryingStream, chunk: Buffer): void {
  (this[CALL] as UnaryCall).receive(chunk);
}

function onEnd(this: CarryingStream): void {
  (this[CALL] as UnaryCall).receiveEnd();
}
