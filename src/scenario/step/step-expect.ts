import { expectDispatches, expectWithdrawals } from '../expect/expect-dispatches.ts';
import { expectExplain, expectWhyNot } from '../expect/expect-explain.ts';
import { expectProfile } from '../expect/expect-profile.ts';
import { type Complaint, complaint, failOn } from '../expect/failure.ts';
import type { Expectations } from '../file/shape-expect.ts';
import { listOf } from '../file/shape-words.ts';
import type { World } from './world.ts';

/** All that a step expects is asked, so that one run tells everything that is wrong at this point. */
export async function expectStep(world: World, expected: Expectations): Promise<void> {
  const complaints: Complaint[] = [];
  for (const one of listOf(expected.dispatches)) complaints.push(...(await expectDispatches(world, one)));
  for (const one of listOf(expected.withdrawals)) complaints.push(...expectWithdrawals(world, one));
  for (const one of listOf(expected.profile)) complaints.push(...(await expectProfile(world, one)));
  for (const one of listOf(expected.why_not)) complaints.push(...(await expectWhyNot(world, one)));
  for (const one of listOf(expected.explain)) complaints.push(...(await expectExplain(world, one)));
  for (const part of listOf(expected.service_says))
    if (!world.faults.some((fault) => fault.includes(part)))
      complaints.push(complaint(`the service to say "${part}"`, world.faults.join('; ') || 'nothing'));
  if (expected.policy !== undefined) {
    const { version } = await world.client.admin.getPolicy();
    const wanted = expected.policy === 'unchanged' ? world.policy.version : expected.policy;
    if (version !== wanted && version.split('@')[0] !== wanted)
      complaints.push(complaint(`the policy ${wanted} in force`, version));
  }
  failOn(complaints);
}
