import type { IdentifierInput } from '../../core/event/event-input.ts';
import type { EventWarning } from '../../core/event/event-warning.ts';
import type { Refusal } from '../../port/customers.ts';
import { invalid } from '../turn/request.ts';

/** The refusal of a message none of whose identifiers can be used: all that was wrong with them. */
export function unusable(faults: readonly EventWarning[]): Refusal {
  const first = faults[0] as EventWarning;
  return { ...invalid(first.field, first.rule, first.value, first.message), faults };
}

export function withinPath(at: string, fault: EventWarning): EventWarning {
  const { field, message } = fault;
  return { ...fault, field: `${at}${field}`, message: message.replace(field, `${at}${field}`) };
}

export function somebodyElse(field: string, identifiers: readonly IdentifierInput[]): Refusal {
  const kinds = identifiers.map(({ kind }) => kind).join(', ');
  const sentence = `${field} (${kinds}) share no key with the request's identifiers: an event within a Decide is about the same customer`;
  return invalid(field, 'decide.same_customer', kinds, sentence);
}
