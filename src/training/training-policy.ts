import type { PolicyFiles } from '../core/policy/policy-bytes.ts';
import { CommandError } from '../node/command/command-line.ts';
import { changedPolicy } from '../policy/changed-policy.ts';
import { withoutActionCaps } from '../policy/without-action-caps.ts';

const FILE = 'policy.yaml';
const GUARDRAILS = 'guardrails.yaml';

/** Shares that training wants larger than a shop would: more is explored, and more customers get no marketing. */
export interface TrainingShares {
  readonly explore: number;
  readonly holdout: number;
}

/**
 * A policy's files with other shares, and with bounds that no shop should have: messages may come day and night and one upon the other. Who is
 * annoyed by what is seen only where customers get too much; the simulated ones can bear it. Throws CommandError when there
 * is no policy.yaml.
 */
export function trainingPolicy(files: PolicyFiles, shares: TrainingShares): PolicyFiles {
  if (!files.has(FILE)) throw new CommandError(`the policy for training has no file ${FILE}`);
  return changedPolicy(withoutActionCaps(files), {
    [FILE]: { explore: shares.explore, holdout: shares.holdout },
    [GUARDRAILS]: { caps: [], quiet_hours: { from: '03:00', to: '04:00' } },
  });
}
