import { type PolicyFault, showValue } from '../core/policy/policy-fault.ts';
import { ACTION_PURPOSES, PURPOSE_RULES } from '../core/purpose.ts';
import type { Declared } from './action-faults.ts';
import type { SourceEntry } from './policy-source.ts';
import { valueAt } from './shape-faults.ts';
import type { YamlPath } from './yaml-source.ts';

/** A cap that names an action on which the caps of its list do not hold. */
export function cappedActionFaults(entry: SourceEntry, list: YamlPath, declared: Declared): PolicyFault[] {
  const id = valueAt(entry.raw, ['action']);
  const named = ACTION_PURPOSES.find(
    (known) => typeof id === 'string' && known === valueAt(declared.actions.get(id)?.raw, ['purpose']),
  );
  if (named === undefined) return [];
  const isApart = valueAt(entry.source.data, ['service']) !== undefined;
  const { limits } = PURPOSE_RULES[named];
  const own = limits === 'service' && isApart ? 'service.caps' : 'caps';
  if (limits !== 'none' && list.join('.') === own) return [];
  const path = [...entry.path, 'action'];
  const instead = limits === 'none' ? 'write cap in the action itself' : `write it under ${own}`;
  return [
    entry.source.faultAt(
      path,
      `${path.join('.')} is ${showValue(id)}, an action of purpose ${named}, on which these caps do not hold; ${instead}`,
    ),
  ];
}
