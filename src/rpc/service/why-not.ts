import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { DAY_MS } from '../../base/clock.ts';
import { comparisonMessage } from '../../codec/message/explain-message.ts';
import { within } from '../../codec/wire/violation.ts';
import { LIMITS } from '../../config/limits.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import { decisionId } from '../../core/decide/decision-id.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import { type WhyNotAnswer, type WhyNotInput, whyNot } from '../../core/explain/why-not.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { DecisionService } from '../../gen/attune/v1/decision_pb.ts';
import type { WhyNotRequest } from '../../gen/attune/v1/explain_pb.ts';
import type { CustomerRef } from '../../gen/attune/v1/identifier_pb.ts';
import { deadlineOf } from '../deadline.ts';
import { type Failure, failure, isFailure, refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { selectorOf } from './customer-ref.ts';

/** What a mailbox counts for the dry request, which came in no message of its own. */
const DRY_REQUEST_BYTES = 256;
const NO_POLICY = failure('precondition', 'No policy is in force, so nothing can be decided now.');

/** DecisionService.WhyNot. */
export function whyNotRoute(context: ServiceContext): Route {
  return unaryMethod(context, DecisionService.method.whyNot, async (request, call) => {
    const span = spanOf(request, context.clock.now());
    const answer =
      span === undefined
        ? await askAboutNow(context, request, deadlineOf(call, context.clock))
        : await askAboutPast(context, request, span);
    if (isFailure(answer)) return answer;
    return {
      answer: answer.answer,
      wasChosen: answer.wasChosen,
      decisions:
        span === undefined
          ? []
          : answer.decisions.slice(0, LIMITS.whyNotDecisionsShownMax).map((decision) => ({
              decisionId: decision.decisionId,
              decidedAt: timestampFromMs(decision.at),
              reason: decision.reason === 'NONE' ? '' : decision.reason,
              compared: decision.compared.map(comparisonMessage),
            })),
    };
  });
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The time in question; undefined: now. */
function spanOf({ at, from, to }: WhyNotRequest, now: number): Span | undefined {
  if (at !== undefined) return { from: timestampMs(at) - DAY_MS / 2, to: timestampMs(at) + DAY_MS / 2 };
  if (from === undefined) return undefined;
  return { from: timestampMs(from), to: to === undefined ? now : timestampMs(to) };
}

async function askAboutPast({ customers, policies }: ServiceContext, request: WhyNotRequest, span: Span) {
  const ref = request.customer as CustomerRef;
  const history = await customers.history(selectorOf(ref), span.from, span.to, LIMITS.whyNotFactsMax);
  if (history.kind === 'refused') return refused(history);
  const inputs: WhyNotInput[] = [];
  let { lookedFrom } = history;
  for (const { place, fact } of history.committed.toReversed()) {
    if (fact.kind !== 'decision') continue;
    if (inputs.length >= LIMITS.whyNotDecisionsMax) {
      lookedFrom = inputs.at(-1)?.fact.at ?? lookedFrom;
      break;
    }
    const policy = await policies.parsed(fact.policy);
    if (policy !== undefined) inputs.push({ decisionId: decisionId(place), fact, policy });
  }
  const offsetMin = inputs[0]?.fact.offsetMin ?? Number.NaN;
  return whyNot({ action: request.actionId, ...span, lookedFrom, offsetMin }, inputs);
}

/** What would be decided now, where the action would be proposed; nothing is recorded. */
async function askAboutNow(context: ServiceContext, request: WhyNotRequest, deadlineAt: number) {
  const { customers, policies } = context;
  const policy = policies.current;
  if (policy === undefined) return NO_POLICY;
  const identifiers = await identifiersOf(context, request.customer as CustomerRef);
  if (isFailure(identifiers)) return identifiers;
  const input = dryInput(identifiers, request.actionId, policy);
  return new Promise<WhyNotAnswer | ReturnType<typeof refused>>((resolve, reject) => {
    customers.decide(input, DRY_REQUEST_BYTES, deadlineAt, (outcome) => {
      if (outcome.kind === 'refused') return resolve(ofCustomer(refused(outcome)));
      const { fact } = outcome;
      const { at, offsetMin } = fact;
      try {
        // Explained at once, because the next dry decision overwrites this one's columns.
        resolve(
          whyNot({ action: request.actionId, from: at, to: at, offsetMin }, [
            { decisionId: '', fact, policy },
          ]),
        );
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}

/** The faults of the dry request's identifiers, as those of the caller's field `customer`. */
function ofCustomer(why: Failure): Failure {
  const faults = why.faults.map((fault) =>
    fault.field.startsWith('identifiers') ? within('customer', fault) : fault,
  );
  return { ...why, faults };
}

async function identifiersOf(
  { customers }: ServiceContext,
  ref: CustomerRef,
): Promise<readonly IdentifierInput[] | Failure> {
  if (ref.customerId === '') return ref.identifiers.map(({ kind, value }) => ({ kind, value }));
  const seen = await customers.read({ customerId: ref.customerId }, ({ key }) => {
    const cut = key.indexOf(':');
    return [{ kind: key.slice(0, cut), value: key.slice(cut + 1) }];
  });
  if (seen.kind === 'refused') return refused(seen);
  if (seen.kind === 'read') return seen.value;
  return failure('not_found', `Nothing is known of the customer "${ref.customerId}".`);
}

/** A dry request for every placement that lists the action, or for an outbound decision when none does. */
function dryInput(identifiers: readonly IdentifierInput[], actionId: string, policy: Policy): DecideInput {
  const action = policy.actions.findIndex(({ id }) => id === actionId);
  const placements = policy.placements
    .filter(({ actions }) => actions.includes(action))
    .slice(0, LIMITS.placementsMax)
    .map(({ id }) => id);
  return {
    requestId: 'why-not',
    identifiers,
    events: [],
    placements,
    dispatch: placements.length === 0,
    timeZone: '',
    locale: '',
    device: '',
    page: '',
    channel: '',
    alternativesMax: 0,
    dryRun: true,
    bodyHash: 0,
  };
}
