import { expectNothing } from '../expect/expect-dispatches.ts';
import { ExpectationError, failOn } from '../expect/failure.ts';
import type { ScenarioStep } from '../file/shape-steps.ts';
import { listOf } from '../file/shape-words.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { runCatalogStep } from './step-catalog.ts';
import { runDecideStep } from './step-decide.ts';
import { runEraseStep } from './step-erase.ts';
import { runExpectStep } from './step-expect.ts';
import { runFeedbackStep } from './step-feedback.ts';
import { runFloodStep } from './step-flood.ts';
import { runLinkStep, runUnlinkStep } from './step-link.ts';
import { runLoadStep } from './step-load.ts';
import { runPauseStep, runResumeStep } from './step-pause.ts';
import { runPolicyStep } from './step-policy.ts';
import { runPublishStep } from './step-publish.ts';
import { runRaceStep } from './step-race.ts';

/** Does one step. Throws ExpectationError when what it expects does not hold. */
export async function runStep(run: ScenarioRun, step: ScenarioStep): Promise<void> {
  if (step.publish !== undefined) await runPublishStep(run, listOf(step.publish));
  else if (step.decide !== undefined) await runDecideStep(run, step.decide);
  else if (step.connect !== undefined) {
    for (const { channel, ...script } of listOf(step.connect))
      for (const one of listOf(channel)) await run.connectChannel(one, script);
  } else if (step.disconnect !== undefined) {
    for (const channel of listOf(step.disconnect)) await run.disconnectChannel(channel);
  } else if (step.answer !== undefined) {
    const system = run.desk.get(step.answer.channel);
    if (system === undefined) throw new Error(`no channel system is connected for ${step.answer.channel}`);
    system.answerAll(step.answer.with === 'accept', step.answer.retryable ?? false);
    await run.untilQuiet();
  } else if (step.feedback !== undefined) {
    for (const one of listOf(step.feedback)) await runFeedbackStep(run, one);
  } else if (step.advance !== undefined) await run.advanceTo(target(run, step.advance));
  else if (step.nothing_until !== undefined) {
    const from = run.now;
    await run.advanceTo(target(run, step.nothing_until));
    failOn(expectNothing(run, from));
  } else if (step.mark !== undefined) run.moments.mark(step.mark, run.now);
  else if (step.restart !== undefined) {
    const { how, down = 0 } = step.restart;
    run.timeline.add(run.now, how === 'kill' ? 'kill -9' : 'clean shutdown');
    await run.restart(how, down);
    run.timeline.add(run.now, 'the service is back');
  } else if (step.catalog !== undefined) await runCatalogStep(run, step.catalog);
  else if (step.policy !== undefined) await runPolicyStep(run, step.policy);
  else if (step.pause !== undefined) await runPauseStep(run, step.pause);
  else if (step.resume !== undefined) await runResumeStep(run, step.resume);
  else if (step.erase !== undefined) await runEraseStep(run, step.erase);
  else if (step.link !== undefined) await runLinkStep(run, step.link);
  else if (step.unlink !== undefined) await runUnlinkStep(run, step.unlink);
  else if (step.scorer !== undefined) await run.setScorer(step.scorer);
  else if (step.race !== undefined) await runRaceStep(run, step.race);
  else if (step.load !== undefined) await runLoadStep(run, step.load);
  else if (step.flood !== undefined) await runFloodStep(run, step.flood);
  else if (step.expect !== undefined) await runExpectStep(run, step.expect);
  else if (step.repeat !== undefined) {
    await runRepeat(run, step.repeat);
  } else if (step.for_each !== undefined) await runForEach(run, step.for_each);
  else if (step.channel !== undefined) await runChannelStep(run, step.channel);
}

async function runRepeat(
  run: ScenarioRun,
  { times, steps }: NonNullable<ScenarioStep['repeat']>,
): Promise<void> {
  try {
    for (run.round = 0; run.round < times; run.round++) for (const step of steps) await runStep(run, step);
  } finally {
    run.round = undefined;
  }
}

async function runForEach(
  run: ScenarioRun,
  { customers, steps }: NonNullable<ScenarioStep['for_each']>,
): Promise<void> {
  const { groups } = run.scenario;
  const names = customers === undefined ? [...groups.keys()] : listOf(customers);
  try {
    for (const [round, name] of names.flatMap((one) => groups.get(one) ?? [one]).entries()) {
      run.turnOf = name;
      run.round = round;
      for (const step of steps) await runStep(run, step);
    }
  } catch (error) {
    throw error instanceof ExpectationError
      ? new ExpectationError(
          error.complaints.map((one) => ({ ...one, expected: `${one.expected} (of ${run.turnOf})` })),
        )
      : error;
  } finally {
    run.turnOf = undefined;
    run.round = undefined;
  }
}

/** Channel systems answer otherwise from now on. */
async function runChannelStep(run: ScenarioRun, step: NonNullable<ScenarioStep['channel']>): Promise<void> {
  for (const channel of listOf(step.channel)) {
    const system = run.desk.get(channel);
    if (system === undefined) throw new Error(`no channel system is connected for ${channel}`);
    system.script = { ...system.script, answers: step.answers, retry_after: step.retry_after };
    run.timeline.add(run.now, `${channel} answers otherwise: ${step.answers}`);
  }
  await run.untilQuiet();
}

function target(run: ScenarioRun, to: number | { readonly to: string }): number {
  return typeof to === 'number' ? run.now + to : run.moments.instant(to.to);
}
