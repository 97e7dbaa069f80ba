import { changedPolicy } from '../../policy/changed-policy.ts';
import { readPolicyDirectory } from '../../policy/policy-directory.ts';
import { type Complaint, complaint, failOn } from '../expect/failure.ts';
import type { ApplyPolicyStep } from '../file/shape-steps.ts';
import { listOf } from '../file/shape-words.ts';
import type { ScenarioRun } from './scenario-run.ts';

/** Applies a policy through the service and compares the faults of a refused one. */
export async function runPolicyStep(run: ScenarioRun, step: ApplyPolicyStep): Promise<void> {
  const base = step.directory === undefined ? await inForce(run) : readPolicyDirectory(step.directory);
  const files = changedPolicy(base, step.changes ?? {});
  for (const [name, text] of Object.entries(step.replace ?? {})) files.set(name, text);
  const reply = await run.client.admin.applyPolicy(Object.fromEntries(files));
  const faults = reply.faults.map((fault) => `${fault.file}:${fault.line}:${fault.column}: ${fault.message}`);
  run.timeline.add(
    run.now,
    reply.applied ? `policy ${reply.version} applied` : `policy refused: ${faults.join('; ')}`,
  );
  const complaints: Complaint[] = [];
  const applied = step.expect?.applied ?? true;
  if (reply.applied !== applied)
    complaints.push(
      complaint(`the policy to be ${applied ? 'applied' : 'refused'}`, faults.join('; ') || 'applied'),
    );
  for (const expected of listOf(step.expect?.fault)) {
    const fits = reply.faults.some(
      (fault) =>
        (expected.file === undefined || expected.file === fault.file) &&
        (expected.line === undefined || expected.line === fault.line) &&
        listOf(expected.contains).every((part) => fault.message.includes(part)),
    );
    if (!fits) complaints.push(complaint(`a fault ${JSON.stringify(expected)}`, faults.join('; ') || 'none'));
  }
  failOn(complaints);
  await run.untilQuiet();
}

async function inForce(run: ScenarioRun): Promise<ReadonlyMap<string, string>> {
  const { files } = await run.client.admin.getPolicy();
  const decoder = new TextDecoder();
  return new Map(Object.entries(files).map(([name, bytes]) => [name, decoder.decode(bytes)]));
}
