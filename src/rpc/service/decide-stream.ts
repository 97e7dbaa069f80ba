import { status } from '@grpc/grpc-js';
import { encodeDecideStreamError, encodeDecideStreamReply } from '../../codec/wire/encode-decide.ts';
import { DecideStreamFault, parseDecideStream } from '../../codec/wire/parse-decide.ts';
import { DECIDE_ENTRIES } from '../../codec/wire/stream-entries.ts';
import { DecisionService } from '../../gen/attune/v1/decision_pb.ts';
import { type Failure, malformed, refused, SHUTTING_DOWN } from '../failure.ts';
import { methodName, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { rpcStatus } from '../status.ts';
import { countWarnings } from '../warning-count.ts';
import { namesOf } from './decide.ts';
import { decideExplanation } from './decide-explanation.ts';
import { entryStreamRoute, type StreamRequest } from './entry-stream.ts';
import { noteRefusedDecide } from './refused-decide.ts';

const METHOD = methodName(DecisionService.method.decideStream);
/** How long a caller waits who does not say, as the contract has it. */
const TIMEOUT_MS = 1_000;

/** DecisionService.DecideStream: decisions in the order in which they are ready, each failing by itself. */
export function decideStreamRoute(context: ServiceContext): Route {
  return entryStreamRoute(context, DecisionService.method.decideStream, {
    requestEntries: DECIDE_ENTRIES,
    replyEntriesField: 4,
    handle: (bytes, request) => decide(bytes, request, context),
  });
}

function decide(bytes: Buffer, request: StreamRequest, context: ServiceContext): void {
  const { customers, clock, policies } = context;
  const input = parseDecideStream(bytes);
  const { tag } = input;
  const refuse = (why: Failure): void => {
    noteRefusedDecide(
      context.refusals,
      METHOD,
      input instanceof DecideStreamFault ? undefined : input.request,
      why,
    );
    const ending = rpcStatus(why);
    request.reply(encodeDecideStreamError(tag, ending), ending.code);
  };
  if (input instanceof DecideStreamFault) return refuse(malformed(input));
  if (context.draining()) return refuse(SHUTTING_DOWN);
  const deadlineAt = clock.now() + (input.timeoutMs === 0 ? TIMEOUT_MS : input.timeoutMs);
  customers.decide(input.request, bytes.length, Math.min(deadlineAt, request.deadlineAt), (outcome) => {
    try {
      if (outcome.kind === 'refused') return refuse(refused(outcome));
      countWarnings(context.observer, 'decide', outcome.warnings);
      const names = namesOf(policies, outcome.fact.policy);
      const decided =
        input.request.explain === true
          ? { ...outcome, explanation: decideExplanation(outcome, policies) }
          : outcome;
      request.reply(encodeDecideStreamReply(tag, decided, names), status.OK);
    } catch (thrown) {
      refuse(request.failureOf(thrown));
    }
  });
}
