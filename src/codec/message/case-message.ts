import type { SupportCase } from '../../core/profile/support-case.ts';
import { instant } from './instant.ts';

/** Support cases as the contract has them, the one with the latest news first. */
export function caseMessages(cases: readonly SupportCase[]) {
  return cases
    .toSorted((a, b) => Math.max(b.openedAt, b.closedAt) - Math.max(a.openedAt, a.closedAt))
    .map(({ id, openedAt, closedAt }) => ({
      caseId: id,
      openedAt: instant(openedAt),
      closedAt: instant(closedAt),
    }));
}
