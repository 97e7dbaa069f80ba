import { status } from '@grpc/grpc-js';
import type { Observer } from '../port/observer.ts';
import type { UnaryCall } from './call.ts';
import type { Failure } from './failure.ts';
import { failureOf, statusOf } from './status.ts';

/** Calls and stream messages of all methods that are not answered yet; what a drain waits for. */
export interface InFlight {
  count: number;
}

/** Counts and times the calls of one method; one per method, made at start, so that a call allocates nothing for it. */
export class Meter {
  /** `Service/Method`. */
  readonly method: string;
  readonly #observer: Observer;
  readonly #inFlight: InFlight;

  constructor(method: string, observer: Observer, inFlight: InFlight) {
    this.method = method;
    this.#observer = observer;
    this.#inFlight = inFlight;
  }

  /** A call, or one message of a stream, came. Returns the time, for `answered`. */
  begin(): number {
    this.#inFlight.count++;
    return performance.now();
  }

  /** It was answered; `code` is its gRPC status. Once per `begin`. */
  answered(began: number, code: number): void {
    this.#inFlight.count--;
    this.#observer.time('attune_rpc_ms', performance.now() - began, this.method);
    if (code !== status.OK) {
      this.#observer.count('attune_rpc_failures_total', 1, `${this.method} ${status[code] ?? code}`);
    }
  }

  /** Ends a unary call with a failure, and counts that. */
  fail(call: UnaryCall, began: number, why: Failure): void {
    const ending = statusOf(why);
    this.answered(began, ending.code);
    call.fail(ending);
  }

  /** A handler threw instead of answering: the observer gets all of it. */
  threw(error: unknown): void {
    if (this.#inFlight.count > 0) this.#inFlight.count--;
    failureOf(error, this.method, this.#observer);
  }
}
