import { AttuneError } from '../../client/attune-error.ts';
import type { DecideInit } from '../../client/decide-init.ts';
import { type DecideReply, Delivery } from '../../gen/attune/v1/decision_pb.ts';
import type { ExplainReply } from '../../gen/attune/v1/explain_pb.ts';
import { type Complaint, complaint, ExpectationError, failOn } from '../expect/failure.ts';
import { matchAbout, matchConsidered, matchDrawn, matchRemoved } from '../expect/match-candidates.ts';
import { choiceText, matchChoice } from '../expect/match-choice.ts';
import { matchRefusal } from '../expect/match-refusal.ts';
import { whyNotNow } from '../expect/why-not-hints.ts';
import type { ChoiceExpectation, DecisionExpectation } from '../file/shape-expect.ts';
import type { DecideStep } from '../file/shape-steps.ts';
import { listOf } from '../file/shape-words.ts';
import { eventsOf } from './step-publish.ts';
import { identifiersOf } from './wire-event.ts';
import type { World } from './world.ts';

export async function decideStep(world: World, step: DecideStep): Promise<void> {
  const { name, customer } = world.customer(step.customer);
  const identifiers = identifiersOf(customer.identifiers);
  const placements = [...listOf(step.placements)];
  const request = {
    identifiers,
    placements,
    delivery: placements.length > 0 ? Delivery.RETURN : Delivery.DISPATCH,
    context: {
      channel: step.channel ?? '',
      timeZone: step.time_zone ?? customer.time_zone ?? '',
      locale: step.locale ?? customer.locale ?? '',
      device: step.device ?? '',
      page: step.page ?? '',
    },
    alternativesMax: step.alternatives ?? 0,
  } satisfies DecideInit;
  const expected = step.expect ?? {};
  for (let n = 0; n < (step.always ?? 0); n++) {
    const reply = await world.client.decide({ ...request, dryRun: true, requestId: world.freshId('dry') });
    const complaints = matchReply(world, expected, reply);
    if (complaints.length === 0) continue;
    world.timeline.add(
      world.now,
      `${name}: dry decision ${n + 1} of ${step.always}: ${replyText(reply, world)}`,
    );
    throw new ExpectationError(await explained(world, name, expected, complaints));
  }
  const events = eventsOf(world, listOf(step.events), name).map(({ init }) => init);
  const requestId = step.request_id ?? world.freshId('d');
  let reply: DecideReply;
  try {
    reply = await world.client.decide({ ...request, events, dryRun: step.dry_run ?? false, requestId });
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    world.timeline.add(world.now, `${name}: decision refused, ${error.code}: ${error.message}`);
    if (expected.error === undefined) failOn([complaint('a decision', `${error.code}: ${error.message}`)]);
    else failOn(matchRefusal(expected.error, error));
    return;
  }
  world.timeline.add(
    world.now,
    `${name}: decision${step.as === undefined ? '' : ` "${step.as}"`} ${placements.length > 0 ? `for ${placements.join(', ')}` : 'outbound'}: ${replyText(reply, world)}`,
  );
  if (step.as !== undefined) world.decisions.set(step.as, { reply, customer: name });
  if (expected.error !== undefined) failOn([complaint('the call to be refused', replyText(reply, world))]);
  const complaints = matchReply(world, expected, reply);
  const { removed, considered, about, drawn_with } = expected;
  if ([removed, considered, about, drawn_with].some((asked) => asked !== undefined)) {
    const explanation: ExplainReply = await world.client.explain(reply.decisionId, { skipReplay: true });
    complaints.push(...matchRemoved(removed ?? {}, explanation));
    complaints.push(...matchConsidered(listOf(considered), explanation));
    complaints.push(...matchAbout(about ?? {}, explanation));
    complaints.push(...matchDrawn(drawn_with ?? {}, explanation));
  }
  await world.settle();
  if (complaints.length > 0) throw new ExpectationError(await explained(world, name, expected, complaints));
}

function matchReply(world: World, expected: DecisionExpectation, reply: DecideReply): Complaint[] {
  const complaints: Complaint[] = [];
  const perChoice: readonly ChoiceExpectation[] = expected.choices ?? reply.choices.map(() => expected);
  if (perChoice.length !== reply.choices.length)
    complaints.push(complaint(`${perChoice.length} choices`, String(reply.choices.length)));
  for (const [at, one] of perChoice.entries()) complaints.push(...matchChoice(one, reply.choices[at], world));
  if (expected.repeated !== undefined && expected.repeated !== reply.repeated)
    complaints.push(complaint(`repeated to be ${expected.repeated}`, String(reply.repeated)));
  return complaints;
}

function replyText(reply: DecideReply, world: World): string {
  const choices = reply.choices.map((choice) => {
    const text = choiceText(choice, world);
    return choice.placement === '' || reply.choices.length === 1 ? text : `${choice.placement}: ${text}`;
  });
  return `${choices.join('; ')}${reply.repeated ? ', repeated' : ''}`;
}

/** The service itself is asked why it did not choose what was expected. */
async function explained(
  world: World,
  customer: string,
  expected: DecisionExpectation,
  complaints: readonly Complaint[],
): Promise<Complaint[]> {
  const actions = [expected, ...(expected.choices ?? [])].flatMap((one) => [...listOf(one.action)]);
  const hints = await whyNotNow(world, customer, actions);
  return complaints.map((one, at) => (at === 0 ? { ...one, hints: [...one.hints, ...hints] } : one));
}
