import { join } from 'node:path';
import { type PolicyWarning, renderWarning } from '../core/policy/policy-warning.ts';
import { PolicyDirectoryError, readPolicyDirectory } from '../policy/policy-directory.ts';
import type { Observer } from '../port/observer.ts';
import type { Node } from './open-node.ts';

type Parts = Pick<Node, 'policies'>;

/** A line in the log for each warning; files are named as in `directory`. */
export function tellWarnings(
  observer: Observer,
  directory: string,
  warnings: readonly PolicyWarning[],
): void {
  for (const warning of warnings)
    observer.info(renderWarning({ ...warning, file: join(directory, warning.file) }));
}

/** What an author should know of the policy that a service starts with: its warnings. Throws PortError. */
export async function tellWarningsInForce({ policies }: Parts, observer: Observer): Promise<void> {
  const edition = policies.current === undefined ? undefined : await policies.get(undefined);
  if (edition === undefined) return;
  tellWarnings(observer, '', policies.check(edition.files).warnings);
}

/** For a folder that nobody watches: says when what it holds is not what decides, and what to do. */
export function tellOfOtherFiles({ policies }: Parts, directory: string, observer: Observer): void {
  const inForce = policies.current?.version ?? '';
  try {
    const { version, faults } = policies.check(readPolicyDirectory(directory));
    if (inForce === '' || version === inForce) return;
    const held = version === '' ? `${faults.length} faults` : version;
    observer.info(
      `the files in ${directory} (${held}) differ from the policy in force (${inForce}), which stays; put them in force with attune policy apply ${directory}`,
    );
  } catch (fault) {
    // No policy there: then nothing differs.
    if (!(fault instanceof PolicyDirectoryError)) throw fault;
  }
}
