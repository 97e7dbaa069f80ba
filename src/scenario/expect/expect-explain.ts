import { AttuneError } from '../../client/attune-error.ts';
import type { ExplainExpectation, WhyNotExpectation } from '../file/shape-expect.ts';
import { listOf } from '../file/shape-words.ts';
import type { Dispatch } from '../step/channel-desk.ts';
import type { ScenarioRun } from '../step/scenario-run.ts';
import { wireIdentifiers } from '../step/wire-identifiers.ts';
import { type Complaint, complaint, either } from './failure.ts';
import { matchDrawn, matchRemoved } from './match-candidates.ts';

export async function expectExplain(run: ScenarioRun, expected: ExplainExpectation): Promise<Complaint[]> {
  const decisionId = decisionOf(run, expected);
  const reply = await run.client.explain(decisionId);
  const complaints: Complaint[] = [];
  for (const part of listOf(expected.contains))
    if (!squeezed(reply.page).includes(squeezed(part)))
      complaints.push(complaint(`a page with "${part}"`, `\n${reply.page}`));
  for (const part of listOf(expected.lacks))
    if (squeezed(reply.page).includes(squeezed(part)))
      complaints.push(complaint(`a page without "${part}"`, `\n${reply.page}`));
  if (expected.replay_identical !== undefined && reply.replayIdentical !== expected.replay_identical)
    complaints.push(
      complaint(
        `replay_identical ${expected.replay_identical}`,
        `${reply.replayIdentical} (${reply.replayNote})`,
      ),
    );
  const fallback = reply.versions?.scorerFallback ?? false;
  if (expected.scorer_fallback !== undefined && fallback !== expected.scorer_fallback)
    complaints.push(complaint(`scorer_fallback ${expected.scorer_fallback}`, String(fallback)));
  const states = reply.choices.map((choice) => choice.state);
  if (expected.state !== undefined && !states.includes(expected.state))
    complaints.push(complaint(`the state ${expected.state}`, states.join(', ')));
  return [
    ...complaints,
    ...matchRemoved(expected.removed ?? {}, reply),
    ...matchDrawn(expected.drawn_with ?? {}, reply),
  ];
}

export async function expectWhyNot(run: ScenarioRun, expected: WhyNotExpectation): Promise<Complaint[]> {
  const { customer } = run.customer(expected.customer);
  const time =
    expected.now === true
      ? {}
      : {
          from: new Date(run.moments.instant(expected.from ?? 'start')),
          to: new Date(expected.until === undefined ? run.now : run.moments.instant(expected.until)),
        };
  try {
    const reply = await run.client.whyNot(
      { identifiers: wireIdentifiers(expected.identifiers ?? customer.identifiers) },
      expected.action,
      time,
    );
    run.timeline.add(run.now, `why not ${expected.action}? ${reply.answer}`);
    const complaints = listOf(expected.contains)
      .filter((part) => !reply.answer.includes(part))
      .map((part) => complaint(`an answer with "${part}"`, `"${reply.answer}"`));
    const reasons = listOf(expected.reason);
    const found = reply.decisions.map((decision) => decision.reason);
    if (reasons.length > 0 && !found.some((reason) => reasons.includes(reason)))
      complaints.push(
        complaint(`the reason ${either(reasons)}`, `${found.join(', ') || 'no decision'}: "${reply.answer}"`),
      );
    return complaints;
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return [complaint(`an answer to "why not ${expected.action}?"`, `${error.code}: ${error.message}`)];
  }
}

function decisionOf(run: ScenarioRun, expected: ExplainExpectation): string {
  if (expected.decision !== undefined) {
    const named = run.decisions.get(expected.decision);
    if (named === undefined) throw new Error(`no decision was named "${expected.decision}" yet`);
    return named.reply.decisionId;
  }
  const { dispatchId } = newestDispatch(run, expected.dispatch ?? {});
  return dispatchId.slice(0, dispatchId.lastIndexOf('-'));
}

/** The last dispatch that fits. Throws when there is none. */
export function newestDispatch(
  run: ScenarioRun,
  about: {
    readonly customer?: string | undefined;
    readonly channel?: string | undefined;
    readonly action?: string | undefined;
  },
): Dispatch {
  const customer = about.customer ?? run.turnOf;
  const found = run.dispatches.findLast(
    (one) =>
      (customer === undefined || one.customer === customer) &&
      (about.channel === undefined || one.channel === about.channel) &&
      (about.action === undefined || one.treatment.actionId === about.action),
  );
  if (found !== undefined) return found;
  const wanted = Object.entries({ ...about, ...(customer === undefined ? {} : { customer }) })
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  throw new Error(`there was no dispatch${wanted === '' ? '' : ` with ${wanted}`} yet`);
}

/** Pages are broken into lines for reading; what they say is compared without the breaks. */
function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ');
}
