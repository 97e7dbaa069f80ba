import type { Policy } from '../policy/policy.ts';
import type { ExplainedCandidate } from './explain.ts';

/** A candidate within a sentence: "doing nothing", or its action with the variant where there are several, and its channel. */
export function candidateName(row: ExplainedCandidate, policy: Policy): string {
  return row.action === '' ? 'doing nothing' : `${row.action}${variantOf(row, policy)} on ${row.channel}`;
}

/** "/b" for one of several variants of an action; '' where there is one only, or the row stands for all of them. */
export function variantOf({ action, variant }: ExplainedCandidate, policy: Policy): string {
  const known = policy.actions.find(({ id }) => id === action);
  return variant === '' || known === undefined || known.variants.length < 2 ? '' : `/${variant}`;
}
