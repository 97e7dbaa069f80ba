import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { DAY_MS } from '../../base/clock.ts';
import { comparisonMessage } from '../../codec/message/explain-message.ts';
import { within } from '../../codec/wire/violation.ts';
import { LIMITS } from '../../config/limits.ts';
import { BOUNDS } from '../../core/bounds.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import { decisionId } from '../../core/decide/decision-id.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import { look, type Seen, type WhyNotInput, whyNot, whyNotOf } from '../../core/explain/why-not.ts';
import type { DecisionFact } from '../../core/fact/fact.ts';
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

/** How long after the time in question a message may still be withdrawn, refused or lapse. */
const STORY_MS_MAX = BOUNDS.contactMs;
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

async function askAboutPast(
  { customers, policies, clock }: ServiceContext,
  request: WhyNotRequest,
  span: Span,
) {
  const selector = selectorOf(request.customer as CustomerRef);
  const history = await customers.history(selector, span.from, span.to, LIMITS.whyNotFactsMax);
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
    if (policy !== undefined) inputs.push({ decisionId: decisionId(place), fact, policy, place });
  }
  const offsetMin = inputs[0]?.fact.offsetMin ?? Number.NaN;
  const since = [...history.committed];
  const wasPicked = inputs.some(({ fact }) => fact.choices.some(({ action }) => action === request.actionId));
  // What became of it may have happened after the time in question.
  const until = Math.min(clock.now(), span.to + STORY_MS_MAX);
  if (wasPicked && until > span.to) {
    const after = await customers.history(selector, span.to + 1, until, LIMITS.whyNotFactsMax);
    if (after.kind === 'history') since.push(...after.committed);
  }
  const consider = policies.current?.consider ?? [];
  return whyNot({ action: request.actionId, ...span, lookedFrom, offsetMin, consider }, inputs, since);
}

/** What would be decided now, wherever the policy lists the action; nothing is recorded. */
async function askAboutNow(context: ServiceContext, request: WhyNotRequest, deadlineAt: number) {
  const policy = context.policies.current;
  if (policy === undefined) return NO_POLICY;
  const identifiers = await identifiersOf(context, request.customer as CustomerRef);
  if (isFailure(identifiers)) return identifiers;
  const question = { action: request.actionId, from: 0, to: 0, offsetMin: Number.NaN, isNow: true };
  const seen: Seen[] = [];
  let offsetMin = Number.NaN;
  for (const input of dryInputs(identifiers, request.actionId, policy)) {
    const one = await dryDecision(context, input, deadlineAt, (fact) => {
      offsetMin = fact.offsetMin;
      return look({ ...question, offsetMin }, { decisionId: '', fact, policy });
    });
    if (isFailure(one)) return one;
    seen.push(one);
  }
  return whyNotOf({ ...question, offsetMin }, seen);
}

/** Decides without a record; `view` is called at once, because the next dry decision overwrites this one's columns. */
function dryDecision<T>(
  { customers }: ServiceContext,
  input: DecideInput,
  deadlineAt: number,
  view: (fact: DecisionFact) => T,
): Promise<T | Failure> {
  return new Promise((resolve, reject) => {
    customers.decide(input, DRY_REQUEST_BYTES, deadlineAt, (outcome) => {
      if (outcome.kind === 'refused') return resolve(ofCustomer(refused(outcome)));
      try {
        resolve(view(outcome.fact));
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

/**
 * Dry requests for every occasion at which the policy may propose the action: its placements together, each of its triggers as
 * if it fired now, and an outbound decision; that one alone where no occasion lists it.
 */
function dryInputs(
  identifiers: readonly IdentifierInput[],
  actionId: string,
  policy: Policy,
): readonly DecideInput[] {
  const action = policy.actions.findIndex(({ id }) => id === actionId);
  const lists = ({ actions }: { readonly actions: readonly number[] }): boolean => actions.includes(action);
  const base: DecideInput = {
    requestId: 'why-not',
    identifiers,
    events: [],
    placements: [],
    dispatch: true,
    timeZone: '',
    locale: '',
    device: '',
    page: '',
    channel: '',
    alternativesMax: 0,
    dryRun: true,
    bodyHash: 0,
  };
  const placements = policy.placements
    .filter(lists)
    .slice(0, LIMITS.placementsMax)
    .map(({ id }) => id);
  const all: DecideInput[] = policy.proactive.includes(action) ? [base] : [];
  for (const { index } of policy.triggers.filter(lists)) all.push({ ...base, asTrigger: index });
  if (placements.length > 0) all.push({ ...base, placements, dispatch: false });
  return all.length === 0 ? [base] : all;
}
