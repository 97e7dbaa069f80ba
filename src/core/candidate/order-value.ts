import type { Action } from '../policy/policy.ts';
import type { Subject } from './subject.ts';

/** What is known of the order that a subject would make. */
export type SubjectOrder = Pick<Subject, 'orderValue' | 'orderMargin'>;

/** Value of the order that a candidate is about, in currency: what its action says of itself, else what its subject costs, else the default. */
export function orderValueOf(action: Action, subject: SubjectOrder): number {
  return subject.orderValue > 0 && !action.saysOrderValue ? subject.orderValue : action.orderValue;
}

/** Margin of an order of that value before any offer, in currency: at the subject's rate where it is known, else at the action's. */
export function orderMarginOf(action: Action, subject: SubjectOrder, orderValue: number): number {
  if (subject.orderValue > 0 && !Number.isNaN(subject.orderMargin))
    return subject.orderMargin * (orderValue / subject.orderValue);
  return orderValue * action.marginRate;
}
