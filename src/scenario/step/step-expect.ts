import { expectAudience } from '../expect/expect-audience.ts';
import { expectDispatches, expectInOrder, expectWithdrawals } from '../expect/expect-dispatches.ts';
import { expectExplain, expectWhyNot } from '../expect/expect-explain.ts';
import { expectProfile } from '../expect/expect-profile.ts';
import { type Complaint, complaint, failOn } from '../expect/failure.ts';
import type { Expectations } from '../file/shape-expect.ts';
import { listOf } from '../file/shape-words.ts';
import type { ScenarioRun } from './scenario-run.ts';

/** Checks everything that a step expects, so that one run shows all that is wrong at this point. */
export async function runExpectStep(run: ScenarioRun, expected: Expectations): Promise<void> {
  const complaints: Complaint[] = [];
  for (const one of listOf(expected.dispatches)) complaints.push(...(await expectDispatches(run, one)));
  if (expected.dispatches_in_order !== undefined)
    complaints.push(...expectInOrder(run, expected.dispatches_in_order));
  for (const one of listOf(expected.withdrawals)) complaints.push(...expectWithdrawals(run, one));
  for (const one of listOf(expected.audiences)) complaints.push(...expectAudience(run, one));
  for (const one of listOf(expected.profile)) complaints.push(...(await expectProfile(run, one)));
  for (const one of listOf(expected.why_not)) complaints.push(...(await expectWhyNot(run, one)));
  for (const one of listOf(expected.explain)) complaints.push(...(await expectExplain(run, one)));
  for (const part of listOf(expected.service_says))
    if (!run.faults.some((fault) => fault.includes(part)))
      complaints.push(complaint(`the service to say "${part}"`, run.faults.join('; ') || 'nothing'));
  if (expected.policy !== undefined) {
    const { version } = await run.client.admin.getPolicy();
    const wanted = expected.policy === 'unchanged' ? run.policy.version : expected.policy;
    if (version !== wanted && version.split('@')[0] !== wanted)
      complaints.push(complaint(`the policy ${wanted} in force`, version));
  }
  failOn(complaints);
}
