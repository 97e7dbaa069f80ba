import type { PolicyFiles } from '../core/policy/policy-bytes.ts';
import { CommandError } from '../node/command/command-line.ts';
import { changedPolicy } from '../policy/changed-policy.ts';

const FILE = 'policy.yaml';

/** Shares that training wants larger than a shop would: more is tried, and more customers are left in peace. */
export interface TrainingShares {
  readonly explore: number;
  readonly holdout: number;
}

/** A policy's files with other shares; all else is as it was. Throws CommandError when there is no policy.yaml. */
export function trainingPolicy(files: PolicyFiles, shares: TrainingShares): PolicyFiles {
  if (!files.has(FILE)) throw new CommandError(`the policy for training has no file ${FILE}`);
  return changedPolicy(files, { [FILE]: { explore: shares.explore, holdout: shares.holdout } });
}
