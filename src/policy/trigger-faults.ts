import { type PolicyFault, showValue } from '../core/policy/policy-fault.ts';
import type { SourceEntry } from './policy-source.ts';
import { valueAt } from './shape-faults.ts';

/** Keys that belong to another kind of trigger, or that its own kind cannot do without. */
export function triggerFaults(entry: SourceEntry): PolicyFault[] {
  const kind = valueAt(entry.raw, ['kind']);
  const own = kind === 'event' ? 'on' : kind === 'checkout_exit' ? 'silence' : undefined;
  if (own === undefined) return [];
  const other = own === 'on' ? 'silence' : 'on';
  const faults: PolicyFault[] = [];
  const name = entry.path.join('.');
  if (valueAt(entry.raw, [own]) === undefined)
    faults.push(
      entry.source.faultAtKey(
        entry.path,
        `${name}.${own} is missing; a trigger of kind ${String(kind)} needs it`,
      ),
    );
  if (valueAt(entry.raw, [other]) !== undefined)
    faults.push(
      entry.source.faultAtKey(
        [...entry.path, other],
        `${name}.${other} has no meaning with kind ${showValue(kind)}`,
      ),
    );
  return faults;
}
