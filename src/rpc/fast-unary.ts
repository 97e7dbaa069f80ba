import { status } from '@grpc/grpc-js';
import { FastCall } from './fast-call.ts';
import { faultStatus } from './fast-status.ts';
import type { CallStream, StreamListener } from './http2/call-stream.ts';
import { type Held, MessageReader } from './message-reader.ts';

const HEAD = 5;

/**
 * Answers a unary call: `call.reply` or `call.fail`, now or later, exactly once. `message` is a view of a network
 * buffer of up to 64 KiB: whoever keeps it longer than the call keeps that buffer alive.
 */
export type UnaryHandler = (call: UnaryCall, message: Buffer) => void;

export interface UnaryRoute {
  readonly kind: 'unary';
  readonly handler: UnaryHandler;
  /** Looks at a call's headers before a byte of its message is kept; fails those that it does not admit. */
  readonly admit?: (call: UnaryCall) => void;
  /** The largest request in bytes; a larger one is answered RESOURCE_EXHAUSTED. */
  readonly messageBytesMax: number;
  /** Told what a handler threw; the caller learns only that something went wrong. */
  readonly failed: (error: unknown, path: string) => void;
}

export class UnaryCall extends FastCall implements StreamListener {
  readonly #route: UnaryRoute;
  readonly #held: Held;
  #reader: MessageReader | undefined;
  #whole = false;

  constructor(stream: CallStream, route: UnaryRoute, held: Held) {
    super(stream);
    this.#route = route;
    this.#held = held;
    stream.listen(this);
    route.admit?.(this);
  }

  /** Answers with OK and this message, which is copied. Does nothing when the call has ended or the caller is gone. */
  reply(message: Uint8Array): void {
    if (!this.finish() || !this.respond()) return;
    this.stream.send(message);
    this.endOk();
  }

  received(chunk: Buffer): void {
    if (this.#whole || this.ended) return;
    if (!this.#reader && isWholeMessage(chunk) && chunk.length - HEAD <= this.#route.messageBytesMax) {
      this.#handle(chunk.subarray(HEAD));
      return;
    }
    this.#reader ??= new MessageReader(
      this.#route.messageBytesMax,
      this.header('grpc-encoding') ?? 'identity',
      this.#held,
    );
    this.#reader.push(chunk);
    const message = this.#reader.next();
    if (message) this.#handle(message);
    else if (this.#reader.fault) this.fail(faultStatus(this.#reader.fault));
  }

  receivedAll(): void {
    if (this.#whole || this.ended) return;
    this.fail({ code: status.UNIMPLEMENTED, message: 'The request holds no whole message.' });
  }

  drained(): void {}

  closed(): void {
    this.#reader?.close();
    this.abandoned();
  }

  #handle(message: Buffer): void {
    this.#whole = true;
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
