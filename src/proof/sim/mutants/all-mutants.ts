import type { Mutant } from '../mutant.ts';
import { ARCHIVE_MUTANTS } from './archive-mutants.ts';
import { AUDIENCE_MUTANTS } from './audience-mutants.ts';
import { DELIVERY_MUTANTS } from './delivery-mutants.ts';
import { ERASURE_MUTANTS } from './erasure-mutants.ts';
import { LANDING_MUTANTS } from './landing-mutants.ts';
import { LOG_MUTANTS } from './log-mutants.ts';
import { MEMBER_MUTANTS } from './member-mutants.ts';
import { NODE_MUTANTS } from './node-mutants.ts';
import { PEER_MUTANTS } from './peer-mutants.ts';
import { QUESTION_MUTANTS } from './question-mutants.ts';
import { SNAPSHOT_MUTANTS } from './snapshot-mutants.ts';

/** Every bug that the checkers are tried on. */
export const MUTANTS: readonly Mutant[] = [
  ...LOG_MUTANTS,
  ...SNAPSHOT_MUTANTS,
  ...NODE_MUTANTS,
  ...ARCHIVE_MUTANTS,
  ...PEER_MUTANTS,
  ...DELIVERY_MUTANTS,
  ...AUDIENCE_MUTANTS,
  ...ERASURE_MUTANTS,
  ...LANDING_MUTANTS,
  ...MEMBER_MUTANTS,
  ...QUESTION_MUTANTS,
];
