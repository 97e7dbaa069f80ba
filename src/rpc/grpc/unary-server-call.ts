import { type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import type { CallStatus, UnaryCall, UnaryRoute } from '../call.ts';
import { type CallRoom, ServerCall } from './server-call.ts';
import type { StreamWatch } from './stream-watch.ts';

const NO_MESSAGE: CallStatus = {
  code: status.UNIMPLEMENTED,
  message: 'The request holds no whole message.',
};

export class UnaryServerCall extends ServerCall implements UnaryCall {
  readonly #route: UnaryRoute;
  #asked = false;

  constructor(rpc: ServerInterceptingCallInterface, watch: StreamWatch, room: CallRoom, route: UnaryRoute) {
    super(rpc, watch, room, route);
    this.#route = route;
  }

  reply(message: Uint8Array): void {
    if (this.ended) return;
    this.send(message);
    this.endOk();
  }

  protected opened(): void {
    this.watch.expectMessage(() => this.rpc.startRead());
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
