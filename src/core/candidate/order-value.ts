import type { Action } from '../policy/policy.ts';
import type { Subject } from './subject.ts';

/** Value of the order that a candidate is about, in currency. */
export function orderValueOf(action: Action, subject: Subject): number {
  return subject.orderValue > 0 ? subject.orderValue : action.orderValue;
}

/** Margin of that order before any offer, in currency. */
export function orderMarginOf(action: Action, subject: Subject, orderValue: number): number {
  if (subject.orderValue > 0 && !Number.isNaN(subject.orderMargin)) return subject.orderMargin;
  return orderValue * action.marginRate;
}
