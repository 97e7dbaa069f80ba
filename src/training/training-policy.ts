import type { PolicyFiles } from '../core/policy/policy-bytes.ts';
import { CommandError } from '../node/command/command-line.ts';
import { changedPolicy } from '../policy/changed-policy.ts';

const FILE = 'policy.yaml';

/** Shares that training wants larger than a shop would: more is explored, and more customers get no marketing. */
export interface TrainingShares {
  readonly explore: number;
  readonly holdout: number;
}

/** A policy's files with other shares; nothing else changes. Throws CommandError when there is no policy.yaml. */
export function trainingPolicy(files: PolicyFiles, shares: TrainingShares): PolicyFiles {
  if (!files.has(FILE)) throw new CommandError(`the policy for training has no file ${FILE}`);
  return changedPolicy(files, { [FILE]: { explore: shares.explore, holdout: shares.holdout } });
}
