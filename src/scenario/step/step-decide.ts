import { AttuneError } from '../../client/attune-error.ts';
import type { DecideInit } from '../../client/decide-init.ts';
import { type DecideReply, Delivery } from '../../gen/attune/v1/decision_pb.ts';
import type { ExplainReply } from '../../gen/attune/v1/explain_pb.ts';
import { type Complaint, complaint, ExpectationError, failOn } from '../expect/failure.ts';
import { matchAbout, matchConsidered, matchDrawn, matchRemoved } from '../expect/match-candidates.ts';
import { foundChoiceText, matchChoice } from '../expect/match-choice.ts';
import { matchRefusal } from '../expect/match-refusal.ts';
import { whyNotHints } from '../expect/why-not-hints.ts';
import type { ChoiceExpectation, DecisionExpectation } from '../file/shape-expect.ts';
import type { ScenarioDecideStep } from '../file/shape-steps.ts';
import { listOf } from '../file/shape-words.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { eventsOf } from './step-publish.ts';
import { zoneOf } from './wire-event.ts';
import { wireIdentifiers } from './wire-identifiers.ts';

export async function runDecideStep(run: ScenarioRun, step: ScenarioDecideStep): Promise<void> {
  const { name, customer } = run.customer(step.customer);
  const identifiers = wireIdentifiers(step.identifiers ?? customer.identifiers);
  const placements = [...listOf(step.placements)];
  const request = {
    identifiers,
    placements,
    delivery: placements.length > 0 ? Delivery.RETURN : Delivery.DISPATCH,
    context: {
      channel: step.channel ?? '',
      timeZone: zoneOf(step.time_zone, customer),
      locale: step.locale ?? customer.locale ?? '',
      device: step.device ?? '',
      page: step.page ?? '',
    },
    alternativesMax: step.alternatives ?? 0,
    // A dry run is in no log: what it removed is said with its reply.
    explain: step.dry_run === true,
  } satisfies DecideInit;
  const expected = step.expect ?? {};
  for (let n = 0; n < (step.always ?? 0); n++) {
    const reply = await run.client.decide({ ...request, dryRun: true, requestId: run.freshId('dry') });
    const complaints = matchReply(run, expected, reply);
    if (complaints.length === 0) continue;
    run.timeline.add(run.now, `${name}: dry decision ${n + 1} of ${step.always}: ${replyText(reply, run)}`);
    throw new ExpectationError(await explained(run, name, expected, complaints));
  }
  const events = eventsOf(run, listOf(step.events), name).map(({ init }) => init);
  const requestId = step.request_id ?? run.freshId('d');
  let reply: DecideReply;
  try {
    reply = await run.client.decide({ ...request, events, dryRun: step.dry_run ?? false, requestId });
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    run.timeline.add(run.now, `${name}: decision refused, ${error.code}: ${error.message}`);
    if (expected.error === undefined) failOn([complaint('a decision', `${error.code}: ${error.message}`)]);
    else failOn(matchRefusal(expected.error, error));
    return;
  }
  run.timeline.add(
    run.now,
    `${name}: decision${step.as === undefined ? '' : ` "${step.as}"`} ${placements.length > 0 ? `for ${placements.join(', ')}` : 'outbound'}: ${replyText(reply, run)}`,
  );
  if (step.as !== undefined) run.decisions.set(step.as, { reply, customer: name });
  if (expected.error !== undefined) failOn([complaint('the call to be refused', replyText(reply, run))]);
  const complaints = matchReply(run, expected, reply);
  const { removed, considered, about, drawn_with } = expected;
  if ([removed, considered, about, drawn_with].some((asked) => asked !== undefined)) {
    const explanation: ExplainReply =
      reply.explanation ?? (await run.client.explain(reply.decisionId, { skipReplay: true }));
    complaints.push(...matchRemoved(removed ?? {}, explanation));
    complaints.push(...matchConsidered(listOf(considered), explanation));
    complaints.push(...matchAbout(about ?? {}, explanation));
    complaints.push(...matchDrawn(drawn_with ?? {}, explanation));
  }
  await run.untilQuiet();
  if (complaints.length > 0) throw new ExpectationError(await explained(run, name, expected, complaints));
}

function matchReply(run: ScenarioRun, expected: DecisionExpectation, reply: DecideReply): Complaint[] {
  const complaints: Complaint[] = [];
  const perChoice: readonly ChoiceExpectation[] = expected.choices ?? reply.choices.map(() => expected);
  if (perChoice.length !== reply.choices.length)
    complaints.push(complaint(`${perChoice.length} choices`, String(reply.choices.length)));
  for (const [at, one] of perChoice.entries()) complaints.push(...matchChoice(one, reply.choices[at], run));
  if (expected.repeated !== undefined && expected.repeated !== reply.repeated)
    complaints.push(complaint(`repeated to be ${expected.repeated}`, String(reply.repeated)));
  return complaints;
}

function replyText(reply: DecideReply, run: ScenarioRun): string {
  const choices = reply.choices.map((choice) => {
    const text = foundChoiceText(choice, run);
    return choice.placement === '' || reply.choices.length === 1 ? text : `${choice.placement}: ${text}`;
  });
  return `${choices.join('; ')}${reply.repeated ? ', repeated' : ''}`;
}

/** The complaints with the service's own answer to why it did not choose what was expected. */
async function explained(
  run: ScenarioRun,
  customer: string,
  expected: DecisionExpectation,
  complaints: readonly Complaint[],
): Promise<Complaint[]> {
  const actions = [expected, ...(expected.choices ?? [])].flatMap((one) => [...listOf(one.action)]);
  const hints = await whyNotHints(run, customer, actions);
  return complaints.map((one, at) => (at === 0 ? { ...one, hints: [...one.hints, ...hints] } : one));
}
