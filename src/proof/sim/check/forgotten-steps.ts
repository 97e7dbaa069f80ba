import { addresseeOfKey } from '../../../core/identity/customer.ts';
import type { Journal } from '../journal.ts';
import { readAsLanded } from './landing-order.ts';

/** By customer: the steps in which it landed that they were forgotten, or whoever they led to by then. */
export function forgottenSteps(journal: Journal): ReadonlyMap<string, readonly number[]> {
  const steps = new Map<string, number[]>();
  const movedTo = new Map<string, string>();
  readAsLanded(journal, (_, fact, { step }) => {
    if (fact.kind === 'absorb-out' || fact.kind === 'redirected')
      movedTo.set(fact.customer, addresseeOfKey(fact.to).id);
    if (fact.kind === 'restored') movedTo.delete(fact.customer);
    if (fact.kind !== 'erased') return;
    for (const one of [fact.customer, ...whoLeadTo(fact.customer, movedTo)])
      steps.set(one, [...(steps.get(one) ?? []), step]);
    movedTo.delete(fact.customer);
  });
  return steps;
}

function whoLeadTo(customer: string, movedTo: ReadonlyMap<string, string>): Set<string> {
  const found = new Set<string>();
  // One more hop in each round; a round that finds nobody is the last.
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const [from, to] of movedTo) if (to === customer || found.has(to)) found.add(from);
  }
  found.delete(customer);
  return found;
}
