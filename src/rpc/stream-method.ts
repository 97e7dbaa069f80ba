import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { LIMITS } from '../config/limits.ts';
import type { BidiCall, BidiRoute } from './call.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import { Meter } from './meter.ts';
import { methodName, methodPath, type Route } from './method.ts';
import type { ServiceContext } from './service-context.ts';
import { failureOf, statusOf } from './status.ts';
import { parseRequest } from './validate.ts';

/** Bytes of replies that may wait for a slow reader; then `send` answers false. */
const BUFFERED_BYTES_MAX = 64 * 1024;

/** Where a streaming method sends its replies. */
export interface ReplySink<O extends DescMessage> {
  /** False: the reader is behind; send nothing until `onDrained`. */
  send(reply: MessageInitShape<O>): boolean;
  /** True while the reader is behind. */
  readonly full: boolean;
  onDrained(listener: () => void): void;
  /** Ends the stream; nothing is sent after it. */
  end(why?: Failure): void;
}

/** Begins a stream. Returns a function that stops it (called once, when the stream is over), or why it does not begin. */
export type StreamHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  out: ReplySink<O>,
) => (() => void) | Failure | Promise<(() => void) | Failure>;

/** A method with one request and a stream of replies. */
export function streamMethod<I extends DescMessage, O extends DescMessage>(
  context: ServiceContext,
  method: DescMethodServerStreaming<I, O>,
  handler: StreamHandler<I, O>,
  options: Pick<BidiRoute, 'openToStrangers'> & { readonly messageBytesMax?: number } = {},
): Route {
  const meter = new Meter(methodName(method), context.observer, context.inFlight);
  const route: BidiRoute = {
    kind: 'bidi',
    messageBytesMax: LIMITS.requestBytesMax,
    ...options,
    inFlightMax: 1,
    bufferedBytesMax: BUFFERED_BYTES_MAX,
    failed: (error) => meter.threw(error),
    open: (call) => {
      let begun = false;
      let over = false;
      let stop: (() => void) | undefined;
      // A stream that we end may stay open until its reader has read all; its source stops at once.
      const out = new CallReplySink(call, method.output, () => {
        over = true;
        stop?.();
        stop = undefined;
      });
      const begin = async (bytes: Buffer): Promise<void> => {
        const began = meter.begin();
        try {
          const request = parseRequest(method.input, bytes);
          const started = isFailure(request) ? request : await handler(request, out);
          if (isFailure(started)) {
            meter.answered(began, statusOf(started).code);
            out.end(started);
          } else if (over) started();
          else {
            stop = started;
            meter.answered(began, status.OK);
          }
        } catch (thrown) {
          const why = failureOf(thrown, meter.method, context.observer);
          meter.answered(began, statusOf(why).code);
          out.end(why);
        }
        call.done();
      };
      return {
        message: (bytes) => {
          if (begun) return call.done();
          begun = true;
          void begin(bytes);
        },
        halfClosed: () => {
          if (!begun) out.end(failure('unimplemented', 'The request holds no whole message.'));
        },
        drained: () => out.drained(),
        closed: () => out.over(),
      };
    },
  };
  return [methodPath(method), route];
}

class CallReplySink<O extends DescMessage> implements ReplySink<O> {
  readonly #call: BidiCall;
  readonly #schema: O;
  #full = false;
  #listener: () => void = () => {};
  /** Called when nothing more can be sent. */
  readonly over: () => void;

  constructor(call: BidiCall, schema: O, over: () => void) {
    this.over = over;
    this.#call = call;
    this.#schema = schema;
  }

  get full(): boolean {
    return this.#full;
  }

  send(reply: MessageInitShape<O>): boolean {
    this.#full = !this.#call.write(toBinary(this.#schema, create(this.#schema, reply)));
    return !this.#full;
  }

  onDrained(listener: () => void): void {
    this.#listener = listener;
  }

  drained(): void {
    this.#full = false;
    this.#listener();
  }

  end(why?: Failure): void {
    if (why === undefined) this.#call.end();
    else this.#call.fail(statusOf(why));
    this.over();
  }
}
