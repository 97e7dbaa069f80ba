import { parseDocument } from 'yaml';
import type { PolicyFiles } from '../../core/policy/policy-bytes.ts';
import { CommandError } from '../command-line.ts';

const FILE = 'policy.yaml';

/** Shares that training wants larger than a shop would: more is tried, and more customers are left in peace. */
export interface TrainingShares {
  readonly explore: number;
  readonly holdout: number;
}

/** A policy's files with other shares; all else is as it was. Throws CommandError when there is no policy.yaml. */
export function trainingPolicy(files: PolicyFiles, shares: TrainingShares): PolicyFiles {
  const text = files.get(FILE);
  if (text === undefined) throw new CommandError(`the policy for training has no file ${FILE}`);
  const document = parseDocument(text);
  document.set('explore', shares.explore);
  document.set('holdout', shares.holdout);
  return new Map([...files, [FILE, document.toString()]]);
}
