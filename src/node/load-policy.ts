import { existsSync } from 'node:fs';
import { renderFault } from '../core/policy/policy-fault.ts';
import { readPolicyDirectory } from '../policy/policy-directory.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { EditionPolicies } from './edition-policies.ts';

/** The stored policy counts; the directory's is for the first start. A faulty first policy is a sentence a fault, not a stop. */
export async function loadPolicy(
  policies: EditionPolicies,
  directory: string,
  observer: Observer,
): Promise<void> {
  if (await policies.load()) return;
  if (!existsSync(directory)) {
    observer.fault(
      `no policy is in force and ${directory} does not exist: Decide answers FAILED_PRECONDITION until one is applied`,
    );
    return;
  }
  const taken = await policies.apply(readPolicyDirectory(directory), undefined);
  // Another node that started at the same time came first.
  if (taken.kind !== 'taken' && taken.kind !== 'faulty') await policies.load();
  if (taken.kind === 'faulty') {
    for (const fault of taken.faults) observer.fault(renderFault(fault));
    throw new PortError(
      'corrupt',
      `the policy in ${directory} has ${taken.faults.length} faults; no other one is in force`,
    );
  }
}
