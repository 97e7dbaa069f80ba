import { status } from '@grpc/grpc-js';
import { type ActionNames, encodeDecideReply } from '../../codec/wire/encode-decide.ts';
import { parseDecide } from '../../codec/wire/parse-decide.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import { LIMITS } from '../../config/limits.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import { DecisionService } from '../../gen/attune/v1/decision_pb.ts';
import type { DecideOutcome } from '../../port/customers.ts';
import type { Policies } from '../../port/policies.ts';
import type { UnaryCall } from '../call.ts';
import { deadlineOf } from '../deadline.ts';
import { type Failure, malformed, refused } from '../failure.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { failureOf } from '../status.ts';
import { countWarnings } from '../warning-count.ts';
import { decideExplanation } from './decide-explanation.ts';
import { noteRefusedDecide } from './refused-decide.ts';

/** DecisionService.Decide: hot, so bytes in, bytes out, and one closure a call. */
export function decideRoute(context: ServiceContext): Route {
  const { customers, policies, clock, observer } = context;
  const method = DecisionService.method.decide;
  const meter = new Meter(methodName(method), context.observer, context.inFlight);
  const refuse = (call: UnaryCall, began: number, why: Failure, input: DecideInput | undefined): void => {
    noteRefusedDecide(context.refusals, meter.method, input, why);
    meter.fail(call, began, why);
  };
  const reply = (call: UnaryCall, began: number, input: DecideInput, outcome: DecideOutcome): void => {
    if (outcome.kind === 'refused') return refuse(call, began, refused(outcome), input);
    countWarnings(observer, 'decide', outcome.warnings);
    const decided =
      input.explain === true ? { ...outcome, explanation: decideExplanation(outcome, policies) } : outcome;
    call.reply(encodeDecideReply(decided, namesOf(policies, outcome.fact.policy)));
    meter.answered(began, status.OK);
  };
  return [
    methodPath(method),
    {
      kind: 'unary',
      messageBytesMax: LIMITS.requestBytesMax,
      failed: (error) => meter.threw(error),
      handler: (call, message) => {
        const began = meter.begin();
        const input = parseDecide(message);
        if (input instanceof WireFault) return refuse(call, began, malformed(input), undefined);
        customers.decide(input, message.length, deadlineOf(call, clock), (outcome) => {
          try {
            reply(call, began, input, outcome);
          } catch (thrown) {
            meter.fail(call, began, failureOf(thrown, meter.method, observer));
          }
        });
      },
    },
  ];
}

/** The names that alternatives are shown by; none for a policy that is no longer in force. */
export function namesOf(policies: Policies, version: string): ActionNames | undefined {
  const { current } = policies;
  return current?.version === version ? current : undefined;
}
