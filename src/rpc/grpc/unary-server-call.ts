import { type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import type { CallStatus, UnaryCall, UnaryRoute } from '../call.ts';
import type { IncomingStream } from './incoming-stream.ts';
import { type CallContext, ServerCall } from './server-call.ts';

const NO_MESSAGE: CallStatus = {
  code: status.UNIMPLEMENTED,
  message: 'The request holds no whole message.',
};

export class UnaryServerCall extends ServerCall implements UnaryCall {
  readonly #route: UnaryRoute;
  #asked = false;

  constructor(
    rpc: ServerInterceptingCallInterface,
    incoming: IncomingStream,
    context: CallContext,
    route: UnaryRoute,
  ) {
    super(rpc, incoming, context, route);
    this.#route = route;
  }

  reply(message: Uint8Array): void {
    if (this.ended) return;
    this.send(message);
    this.endOk();
  }

  protected opened(): void {
    this.incoming.expectMessage(() => this.rpc.startRead());
  }

  protected received(message: Buffer): void {
    this.#asked = true;
    this.#route.handler(this, message);
  }

  protected halfClosed(): void {
    if (!this.#asked) this.fail(NO_MESSAGE);
  }

  protected closed(): void {}
}
