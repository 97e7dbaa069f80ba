import type { CandidateContext } from '../candidate/candidate-context.ts';
import { orderValueOf } from '../candidate/order-value.ts';
import { drawOf } from './budgets.ts';
import type { Guardrail } from './guardrail.ts';
import type { Verdict } from './verdict.ts';

/** The day's budget does not cover the action. Compared, in currency: what it would draw, what is left; names the budget. */
export const budget: Guardrail = {
  scope: 'variant',
  reasons: ['BUDGET_EXHAUSTED'],
  check: (verdict, candidate) => candidate.action.budget >= 0 && exhausted(verdict, candidate),
};

function exhausted(verdict: Verdict, { budgets, env, action, channel, subject }: CandidateContext): boolean {
  const draw = drawOf(action, channel.costPerMessage, orderValueOf(action, subject));
  return budgets.exhausted(verdict, env, action, draw);
}
