import { expectNothing } from '../expect/expect-dispatches.ts';
import { failOn } from '../expect/failure.ts';
import type { Step } from '../file/shape-steps.ts';
import { listOf } from '../file/shape-words.ts';
import { catalogStep } from './step-catalog.ts';
import { decideStep } from './step-decide.ts';
import { expectStep } from './step-expect.ts';
import { feedbackStep } from './step-feedback.ts';
import { floodStep } from './step-flood.ts';
import { loadStep } from './step-load.ts';
import { policyStep } from './step-policy.ts';
import { publishStep } from './step-publish.ts';
import { raceStep } from './step-race.ts';
import type { World } from './world.ts';

/** Does one step. Throws ExpectationError when what it expects does not hold. */
export async function runStep(world: World, step: Step): Promise<void> {
  if (step.publish !== undefined) await publishStep(world, listOf(step.publish));
  else if (step.decide !== undefined) await decideStep(world, step.decide);
  else if (step.connect !== undefined) {
    for (const { channel, ...script } of listOf(step.connect))
      for (const one of listOf(channel)) await world.connectChannel(one, script);
  } else if (step.disconnect !== undefined) {
    for (const channel of listOf(step.disconnect)) await world.disconnectChannel(channel);
  } else if (step.answer !== undefined) {
    const system = world.desk.get(step.answer.channel);
    if (system === undefined) throw new Error(`no channel system is connected for ${step.answer.channel}`);
    system.answerHeld(step.answer.with === 'accept', step.answer.retryable ?? false);
    await world.settle();
  } else if (step.feedback !== undefined) {
    for (const one of listOf(step.feedback)) await feedbackStep(world, one);
  } else if (step.advance !== undefined) await world.advanceTo(target(world, step.advance));
  else if (step.nothing_until !== undefined) {
    const from = world.now;
    await world.advanceTo(target(world, step.nothing_until));
    failOn(expectNothing(world, from));
  } else if (step.mark !== undefined) world.moments.mark(step.mark, world.now);
  else if (step.restart !== undefined) {
    const { how, down = 0 } = step.restart;
    world.timeline.add(world.now, how === 'kill' ? 'kill -9' : 'clean shutdown');
    await world.restart(how, down);
    world.timeline.add(world.now, 'the service is back');
  } else if (step.catalog !== undefined) await catalogStep(world, step.catalog);
  else if (step.policy !== undefined) await policyStep(world, step.policy);
  else if (step.scorer !== undefined) await world.setScorer(step.scorer);
  else if (step.race !== undefined) await raceStep(world, step.race);
  else if (step.load !== undefined) await loadStep(world, step.load);
  else if (step.flood !== undefined) await floodStep(world, step.flood);
  else if (step.expect !== undefined) await expectStep(world, step.expect);
  else if (step.repeat !== undefined) {
    for (let n = 0; n < step.repeat.times; n++)
      for (const one of step.repeat.steps) await runStep(world, one);
  }
}

function target(world: World, to: number | { readonly to: string }): number {
  return typeof to === 'number' ? world.now + to : world.moments.instant(to.to);
}
