import { type Action, STAGES } from '../../core/policy/policy.ts';
import type { PolicyFault } from '../../core/policy/policy-fault.ts';
import { type Clause, clausesOf, conflictOf } from '../possible/never-holds.ts';
import { texts } from '../possible/possible-values.ts';
import { type TraitLaw, traitLaws } from '../possible/trait-laws.ts';
import { ANYBODY, narrowed } from '../possible/world.ts';
import type { YamlSource } from '../yaml-source.ts';
import { conditionsOf, type WrittenCondition } from './conditions-of.ts';
import { actionEntries, type Lint } from './lint.ts';

export const conditionNeverHolds: Lint = {
  id: 'condition-never-holds',
  doc: 'A condition is true of nobody: its parts, or it and the stages of its action, exclude each other.',
  find: (sound) => {
    const laws = traitLaws(sound.policy.stages);
    return actionEntries(sound).flatMap((entry, at): PolicyFault[] => {
      const action = sound.policy.actions[at];
      if (action === undefined) return [];
      const { own, ofVariants } = conditionsOf(entry);
      const ownFault = own === undefined ? undefined : faultOf(entry.source, own, [], action, laws);
      // A variant of an action that never passes would be told a second time.
      if (ownFault !== undefined) return [ownFault];
      const above = own === undefined ? [] : clausesOf(own.ast, own.text);
      return ofVariants.flatMap((one) => faultOf(entry.source, one, above, action, laws) ?? []);
    });
  },
};

/** `above`: what must be true besides. */
function faultOf(
  source: YamlSource,
  condition: WrittenCondition,
  above: readonly Clause[],
  action: Action,
  laws: readonly TraitLaw[],
): PolicyFault | undefined {
  const clauses = [...above, ...clausesOf(condition.ast, condition.text)];
  const stages = STAGES.filter((_, bit) => (action.stageMask & (1 << bit)) !== 0);
  const inStages = conflictOf(clauses, laws, narrowed(ANYBODY, 'stage', texts(...stages)));
  if (inStages === undefined) return undefined;
  const anywhere = conflictOf(clauses, laws);
  const conflict = anywhere ?? inStages;
  const isOne = conflict.length === 1;
  const parts = conflict.map(({ text }) => `\`${text}\``).join(' and ');
  const change = isOne ? 'change it' : 'change one of them';
  const why =
    anywhere === undefined
      ? `${parts} ${isOne ? 'is' : 'are together'} true of nobody in the stages of the action (${stages.join(', ')}); ${change}, or the stages`
      : isOne
        ? `${parts} is true of nobody; ${change}`
        : `${parts} are never true of one customer; ${change}, or join them with ||`;
  const last = conflict.at(-1);
  const offset = last !== undefined && !above.includes(last) ? last.ast.range.start : 0;
  return source.faultInside(
    condition.path,
    offset,
    `${condition.path.join('.')} never holds, so it is never proposed: ${why}`,
  );
}
