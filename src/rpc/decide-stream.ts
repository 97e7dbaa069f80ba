import { status } from '@grpc/grpc-js';
import { encodeDecideStreamError, encodeDecideStreamReply } from '../codec/wire/encode-decide.ts';
import { DecideStreamFault, parseDecideStream } from '../codec/wire/parse-decide.ts';
import { LIMITS } from '../config/limits.ts';
import { DecisionService } from '../gen/attune/v1/decision_pb.ts';
import type { DecideOutcome } from '../port/customers.ts';
import { deadlineOf } from './deadline.ts';
import { namesOf } from './decide.ts';
import { type Failure, LEAVING, malformed, refused } from './failure.ts';
import type { BidiCall, BidiSink } from './fast-bidi.ts';
import { Meter } from './meter.ts';
import { methodName, methodPath, type Route } from './method.ts';
import type { Serving } from './serving.ts';
import { failureOf, rpcStatus } from './status.ts';

/** How long a caller waits who does not say. */
const TIMEOUT_MS = 1_000;
const BUFFERED_BYTES_MAX = 1 << 20;

/** DecisionService.DecideStream: decisions in the order in which they are ready, each failing by itself. */
export function decideStreamRoute(serving: Serving): Route {
  const { customers, policies, clock, observer, draining } = serving;
  const method = DecisionService.method.decideStream;
  const meter = new Meter(methodName(method), serving.observer, serving.inFlight);
  const fail = (call: BidiCall, tag: number, began: number, why: Failure): void => {
    const ending = rpcStatus(why);
    meter.answered(began, ending.code);
    call.write(encodeDecideStreamError(tag, ending));
  };
  const reply = (call: BidiCall, tag: number, began: number, outcome: DecideOutcome): void => {
    if (outcome.kind === 'refused') return fail(call, tag, began, refused(outcome));
    call.write(encodeDecideStreamReply(tag, outcome, namesOf(policies, outcome.fact.policy)));
    meter.answered(began, status.OK);
  };
  const open = (call: BidiCall): BidiSink => {
    const streamDeadlineAt = deadlineOf(call, clock);
    let halfClosed = false;
    const done = (): void => {
      call.done();
      if (halfClosed && call.inFlight === 0) call.end();
    };
    return {
      message: (bytes) => {
        const began = meter.begin();
        const input = parseDecideStream(bytes);
        if (input instanceof DecideStreamFault) {
          fail(call, input.tag, began, malformed(input));
          return done();
        }
        const { tag } = input;
        if (draining()) {
          fail(call, tag, began, LEAVING);
          return done();
        }
        const deadlineAt = clock.now() + (input.timeoutMs === 0 ? TIMEOUT_MS : input.timeoutMs);
        customers.decide(
          input.request,
          bytes.length,
          deadlineAt < streamDeadlineAt ? deadlineAt : streamDeadlineAt,
          (outcome) => {
            try {
              reply(call, tag, began, outcome);
            } catch (thrown) {
              fail(call, tag, began, failureOf(thrown, meter.method, observer));
            }
            done();
          },
        );
      },
      halfClosed: () => {
        halfClosed = true;
        if (call.inFlight === 0) call.end();
      },
      closed: () => {},
    };
  };
  return [
    methodPath(method),
    {
      kind: 'bidi',
      messageBytesMax: LIMITS.requestBytesMax,
      inFlightMax: LIMITS.streamInFlightMax,
      bufferedBytesMax: BUFFERED_BYTES_MAX,
      failed: (error) => meter.threw(error),
      open,
    },
  ];
}
