import { explainMessage } from '../../codec/message/explain-message.ts';
import { LIMITS } from '../../config/limits.ts';
import { BOUNDS } from '../../core/bounds.ts';
import { type DecisionPlace, parseDecisionId } from '../../core/decide/decision-id.ts';
import { explain } from '../../core/explain/explain.ts';
import { explainPage } from '../../core/explain/explain-page.ts';
import { type ChoiceStory, storyOf } from '../../core/explain/story.ts';
import type { DecisionFact } from '../../core/fact/fact.ts';
import { hashOfId } from '../../core/identity/customer.ts';
import { seqOfPlace } from '../../core/identity/home-seq.ts';
import { findContact } from '../../core/profile/contact.ts';
import { CONTACT_MARKS } from '../../core/profile/ledger-rows.ts';
import { CONTACT_STATES, type Profile } from '../../core/profile/profile.ts';
import { DecisionService } from '../../gen/attune/v1/decision_pb.ts';
import type { ReplayOutcome } from '../../port/replays.ts';
import { failure } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { recordBytesOf } from './record-bytes.ts';

const HANDED = CONTACT_STATES.indexOf('handed');
const SKIPPED: ReplayOutcome = { identical: undefined, note: 'The replay was skipped as asked.' };
const NOT_SERVED: ReplayOutcome = { identical: undefined, note: 'This server derives no decision again.' };

/** DecisionService.Explain. */
export function explainRoute(context: ServiceContext): Route {
  const { customers, policies, replays } = context;
  return unaryMethod(context, DecisionService.method.explain, async ({ decisionId, skipReplay }) => {
    const place = parseDecisionId(decisionId);
    const fact = place === undefined ? undefined : await customers.decision(place);
    if (place === undefined || fact === undefined) {
      return failure(
        'not_found',
        `No decision "${decisionId}" is known: it never was, or is older than what is kept.`,
      );
    }
    const policy = await policies.parsed(fact.policy);
    if (policy === undefined) {
      return failure('not_found', `The policy ${fact.policy} that made the decision is no longer kept.`);
    }
    const explanation = explain(decisionId, fact, policy);
    const replayed = skipReplay ? SKIPPED : ((await replays?.replay(place, fact)) ?? NOT_SERVED);
    const states = await statesOf(context, place, fact);
    const stories = await storiesOf(context, place, fact);
    return explainMessage(explanation, {
      place,
      page: explainPage(explanation, policy, stories),
      states,
      sent: stories.map(({ sent }) => sent),
      recordBytes: recordBytesOf(fact),
      identical: replayed.identical,
      replayNote: replayed.note,
    });
  });
}

/** What became of each choice since, as far as the log still has it; empty where nothing was chosen. */
async function storiesOf(
  { customers, clock }: ServiceContext,
  place: DecisionPlace,
  fact: DecisionFact,
): Promise<readonly ChoiceStory[]> {
  if (fact.choices.every(({ kind }) => kind === 'nothing')) return [];
  const until = Math.min(clock.now(), fact.at + BOUNDS.contactMs);
  const selector = { customerId: fact.customer };
  const since = await customers.history(selector, fact.at, until, LIMITS.whyNotFactsMax);
  if (since.kind === 'refused') return [];
  return fact.choices.map((one, choice) =>
    storyOf(one, { ...place, choice }, since.committed, fact.offsetMin),
  );
}

/** The state of each choice; empty where the contact ledger does not have it any more. */
async function statesOf(
  { customers }: ServiceContext,
  place: DecisionPlace,
  fact: DecisionFact,
): Promise<readonly string[]> {
  const shards = customers.status().length;
  const view = (profile: Profile): string[] =>
    fact.choices.map((_, choice) => {
      const seq = seqOfPlace(hashOfId(profile.id) % shards, place);
      const contact = findContact(profile, { seq, index: place.index, choice });
      if (contact === undefined) return '';
      // We asked for it back, and nobody said that it was too late.
      const isTakenBack = (contact.marks & CONTACT_MARKS.recalled) !== 0 && contact.state <= HANDED;
      return isTakenBack ? 'withdrawn' : (CONTACT_STATES[contact.state] ?? '');
    });
  const seen = await customers.read({ customerId: fact.customer }, view);
  // Without the profile the record is explained all the same.
  return seen.kind === 'read' ? seen.value : [];
}
