import type { PauseTargetInit } from '../../client/admin.ts';
import type { PauseStep, ResumeStep } from '../file/shape-pause.ts';
import type { ScenarioRun } from './scenario-run.ts';

const OPERATOR = 'operator';

/** Pauses by the call that an operator makes. */
export async function runPauseStep(run: ScenarioRun, step: PauseStep): Promise<void> {
  const { by = OPERATOR, why = 'as the scenario says', pending = 'wait' } = step;
  await run.client.admin.pause(targetOf(step), { by, why, pending });
  run.timeline.add(run.now, `${nameOf(step)} is paused; what is pending: ${pending}`);
  await run.untilQuiet();
}

export async function runResumeStep(run: ScenarioRun, step: ResumeStep): Promise<void> {
  await run.client.admin.resume(targetOf(step), { by: step.by ?? OPERATOR });
  run.timeline.add(run.now, `${nameOf(step)} is resumed`);
  await run.untilQuiet();
}

function targetOf({ action, channel }: ResumeStep): PauseTargetInit {
  if (action !== undefined) return { action };
  return channel === undefined ? 'outbound' : { channel };
}

function nameOf({ action, channel }: ResumeStep): string {
  return action ?? channel ?? 'everything outbound';
}
