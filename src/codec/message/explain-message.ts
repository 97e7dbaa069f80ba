import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { CHANNELS } from '../../core/channel.ts';
import { type DecisionPlace, trackingToken } from '../../core/decide/decision-id.ts';
import type {
  ExplainedCandidate,
  ExplainedChoice,
  ExplainedComparison,
  Explanation,
} from '../../core/explain/explain.ts';
import type { Content } from '../../core/fact/fact.ts';
import { FRICTIONS } from '../../core/policy/policy.ts';
import { CandidateStage, type ExplainReply, ExplainReplySchema } from '../../gen/attune/v1/explain_pb.ts';
import { scoreRowMessages } from './score-row-message.ts';
import { contentMessage, treatmentMessage } from './treatment-message.ts';

/** What is told of a decision besides its explanation. */
export interface ExplainSetting {
  readonly place: DecisionPlace;
  /** In plain text. */
  readonly page: string;
  /** What has become of each choice, '' when that is no longer known. */
  readonly states: readonly string[];
  /** What the channel of each choice was handed last, where that is not what was decided. */
  readonly sent: readonly (Content | undefined)[];
  readonly recordBytes: number;
  /** Undefined: it was not replayed, and the note says why. */
  readonly identical: boolean | undefined;
  readonly replayNote: string;
}

const STAGES = {
  proposed: CandidateStage.PROPOSED,
  removed: CandidateStage.REMOVED,
  scored: CandidateStage.SCORED,
  chosen: CandidateStage.CHOSEN,
} as const;

/** The whole record of a decision, with names in place of indices. */
export function explainMessage(explanation: Explanation, setting: ExplainSetting): ExplainReply {
  const { fact } = explanation;
  return create(ExplainReplySchema, {
    decisionId: explanation.decisionId,
    customerId: fact.customer,
    decidedAt: timestampFromMs(fact.at),
    utcOffsetMinutes: Number.isNaN(fact.offsetMin) ? undefined : fact.offsetMin,
    request: {
      requestId: fact.requestId,
      cause: explanation.cause,
      placements: fact.dispatch ? [] : [...fact.placements],
      dispatch: fact.dispatch,
      channel: CHANNELS[fact.contextChannel] ?? '',
      alternativesMax: fact.alternativesMax,
      friction: fact.friction === 0 ? '' : (FRICTIONS[fact.friction] ?? ''),
      locale: fact.locale,
      device: fact.device,
    },
    group: explanation.group,
    versions: {
      policy: fact.policy,
      model: fact.model,
      head: fact.head,
      catalogSequence: BigInt(fact.catalogSequence),
      profileVersion: BigInt(fact.profileVersion),
      scorerFallback: fact.fallback,
    },
    scoreRows: scoreRowMessages(explanation),
    candidates: explanation.candidates.map(candidateMessage),
    choices: explanation.choices.map((choice, at) => choiceMessage(choice, at, explanation, setting)),
    seed: [fact.seedA >>> 0, fact.seedB >>> 0],
    page: setting.page,
    replayIdentical: setting.identical,
    replayNote: setting.replayNote,
    recordBytes: setting.recordBytes,
  });
}

/** What a rule compared. */
export function comparisonMessage({ name, value, limit, ref }: ExplainedComparison) {
  return { name, value, limit, ref };
}

function candidateMessage(candidate: ExplainedCandidate) {
  const { compared, value, reason } = candidate;
  return {
    placement: candidate.placement,
    actionId: candidate.action,
    variantId: candidate.variant,
    channel: candidate.channel,
    proposer: candidate.proposer,
    stage: STAGES[candidate.stage],
    reason: reason === 'NONE' ? '' : reason,
    compared: compared === undefined ? [] : [comparisonMessage(compared)],
    value,
    propensity: candidate.propensity,
    productId: candidate.product,
    why: candidate.why,
  };
}

function choiceMessage(
  explained: ExplainedChoice,
  at: number,
  { fact }: Explanation,
  { place, states, sent }: ExplainSetting,
) {
  const { choice, runnerUp } = explained;
  const handed = sent[at];
  // Whoever reads an explanation is not the customer: this one identifies nobody.
  const tracking = trackingToken(fact.customer, place, at);
  return {
    placement: choice.placement,
    outcome: outcomeMessage(explained, tracking),
    propensity: choice.propensity,
    candidate: explained.candidate,
    runnerUp: runnerUp < 0 ? undefined : runnerUp,
    state: states[at] ?? '',
    sent: handed === undefined ? undefined : contentMessage(handed, tracking),
  };
}

function outcomeMessage({ choice, reason }: ExplainedChoice, tracking: string) {
  if (choice.kind === 'treatment')
    return { case: 'treatment' as const, value: treatmentMessage(choice, tracking) };
  if (choice.kind === 'later') return { case: 'laterAt' as const, value: timestampFromMs(choice.at) };
  return { case: 'noActionReason' as const, value: reason as string };
}
