import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { LIMITS } from '../config/limits.ts';
import type { UnaryCall, UnaryRoute } from './call.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import { Meter } from './meter.ts';
import { methodName, methodPath, type Route } from './method.ts';
import type { ServiceContext } from './service-context.ts';
import { failureOf } from './status.ts';
import { parseRequest } from './validate.ts';

/** A method's reply, or why there is none. */
export type UnaryOutcome<O extends DescMessage> = MessageInitShape<O> | Failure;

/** How a unary method differs from most. */
export interface UnaryOptions<R> {
  readonly messageBytesMax?: number;
  /** Default: callers only. */
  readonly openToStrangers?: boolean;
  /** Makes what the handler gets in place of the parsed and validated message. */
  readonly parse?: (bytes: Uint8Array) => R | Failure;
}

/**
 * A unary method that is not hot: the request arrives parsed and valid, the reply leaves as a message. A call whose deadline
 * has passed is not handled. What the handler throws goes to the observer, the caller gets no detail of it.
 */
export function unaryMethod<I extends DescMessage, O extends DescMessage, R = MessageShape<I>>(
  context: ServiceContext,
  method: DescMethodUnary<I, O>,
  handler: (request: R, call: UnaryCall) => UnaryOutcome<O> | Promise<UnaryOutcome<O>>,
  options: UnaryOptions<R> = {},
): Route {
  const parse = options.parse ?? ((bytes) => parseRequest(method.input, bytes) as R | Failure);
  const meter = new Meter(methodName(method), context.observer, context.inFlight);
  const answer = (call: UnaryCall, began: number, outcome: UnaryOutcome<O>): void => {
    if (isFailure(outcome)) return meter.fail(call, began, outcome);
    call.reply(toBinary(method.output, create(method.output, outcome)));
    meter.answered(began, status.OK);
  };
  const run = async (call: UnaryCall, began: number, request: R): Promise<void> => {
    try {
      answer(call, began, await handler(request, call));
    } catch (thrown) {
      answer(call, began, failureOf(thrown, meter.method, context.observer));
    }
  };
  const route: UnaryRoute = {
    kind: 'unary',
    messageBytesMax: options.messageBytesMax ?? LIMITS.requestBytesMax,
    openToStrangers: options.openToStrangers === true,
    failed: (error) => meter.threw(error),
    handler: (call, bytes) => {
      const began = meter.begin();
      if (call.deadline <= Date.now()) return answer(call, began, EXPIRED);
      const request = parse(bytes);
      if (isFailure(request)) answer(call, began, request);
      else void run(call, began, request);
    },
  };
  return [methodPath(method), route];
}

/** The reply to a call whose deadline passed on the way. */
export const EXPIRED = failure('deadline', 'The deadline passed before the call was handled.');
