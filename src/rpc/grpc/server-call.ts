import { Metadata, type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import type { Call, CallRoute, CallStatus } from '../call.ts';
import type { Admission } from './admission.ts';
import type { CallLedger } from './call-ledger.ts';
import type { IncomingStream } from './incoming-stream.ts';

/** What all calls of a server work with. */
export interface CallContext {
  readonly ledger: CallLedger;
  readonly admission: Admission;
}

const BROKEN: CallStatus = { code: status.INTERNAL, message: 'Something went wrong on our side.' };
const TOO_LARGE: CallStatus = {
  code: status.RESOURCE_EXHAUSTED,
  message: 'The message is larger than this method accepts.',
};
const OK = { code: status.OK, details: '' };

/**
 * One call behind the library's interceptor, from its headers to its end. The library parses, unpacks, frames and keeps
 * the deadline; its own handler chain and object streams are left out, which is a fifth of a call's cost.
 *
 * I1  Nothing of a message is read before `admit` let the call in.
 * I2  Nothing that a method throws leaves these methods: the library calls them from promises that nobody awaits.
 * I3  What the ledger holds of a call is given back when its stream is over.
 * I4  A call that the library has ended by itself is ended here too, before its stream is over: a message written behind
 *     its status would break the stream, and the status would never leave.
 */
export abstract class ServerCall implements Call {
  readonly path: string;
  protected readonly rpc: ServerInterceptingCallInterface;
  protected readonly incoming: IncomingStream;
  readonly #context: CallContext;
  readonly #route: CallRoute;
  #ended = false;
  #bufferedBytes = 0;

  constructor(
    rpc: ServerInterceptingCallInterface,
    incoming: IncomingStream,
    context: CallContext,
    route: CallRoute,
  ) {
    this.rpc = rpc;
    this.incoming = incoming;
    this.path = incoming.path;
    this.#context = context;
    this.#route = route;
  }

  /** I4. */
  get ended(): boolean {
    return this.#ended || this.incoming.isEnded;
  }

  get deadline(): number {
    return Number(this.rpc.getDeadline());
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  fail(why: CallStatus): void {
    if (this.ended) return;
    this.#ended = true;
    this.incoming.onAnswered();
    this.rpc.sendStatus(statusObject(why));
  }

  /** From the library, in place of its own handler: the call begins. */
  start(): void {
    this.rpc.start(this);
  }

  /** From the library: the headers came. */
  onReceiveMetadata(metadata: Metadata): void {
    const refusal = this.#context.admission.admit(this.incoming, this.#route, metadata);
    if (refusal !== undefined) {
      this.fail(refusal);
      this.incoming.abandonRest();
      return;
    }
    this.#context.ledger.opened(this);
    this.incoming.attach(this, this.#route.messageBytesMax);
    this.guarded(() => this.opened());
  }

  /** From the library: a whole message came, unpacked. */
  onReceiveMessage(message: Buffer): void {
    this.incoming.onMessage(message.length);
    if (this.ended) return;
    if (message.length > this.#route.messageBytesMax) return this.fail(TOO_LARGE);
    this.guarded(() => this.received(message));
  }

  onReceiveHalfClose(): void {
    if (!this.ended) this.guarded(() => this.halfClosed());
  }

  /** From the library: the stream is over, after our status as well. */
  onCancel(): void {
    this.#ended = true;
    this.#context.ledger.closed(this, this.incoming.peer, this.#bufferedBytes);
    this.#bufferedBytes = 0;
    this.incoming.detach();
    try {
      this.closed();
    } catch (error) {
      this.#route.failed(error);
    }
  }

  /** Ends the call when its message is overdue. */
  endIfOverdue(nowMs: number): void {
    this.incoming.endIfOverdue(nowMs);
  }

  /** The call was let in. */
  protected abstract opened(): void;
  protected abstract received(message: Buffer): void;
  protected abstract halfClosed(): void;
  protected abstract closed(): void;
  /** Bytes that were sent have left. */
  protected sent(): void {}

  protected send(message: Uint8Array): void {
    const bytes = message.length;
    this.#bufferedBytes += bytes;
    this.#context.ledger.sending(this.incoming.peer, bytes);
    this.rpc.sendMessage(message, () => {
      // I3: once the stream is over all of it was given back.
      if (this.#bufferedBytes === 0) return;
      this.#bufferedBytes -= bytes;
      this.#context.ledger.sent(this.incoming.peer, bytes);
      this.sent();
    });
  }

  /** Ends the call with OK, after what was sent. */
  protected endOk(): void {
    this.#ended = true;
    this.incoming.onAnswered();
    this.rpc.sendStatus(OK);
  }

  /** I2. */
  protected guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#route.failed(error);
      this.fail(BROKEN);
    }
  }
}

function statusObject({ code, message, details }: CallStatus) {
  // The library encodes it with encodeURI, which throws on half a surrogate pair.
  const text = message.toWellFormed();
  if (details === undefined) return { code, details: text };
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', details);
  return { code, details: text, metadata };
}
