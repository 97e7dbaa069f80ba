import { valueAt } from '../shape-faults.ts';
import { actionEntries, type Lint } from './lint.ts';

/** Told once for all of them: what is missing is one line. */
export const actionNeverAsked: Lint = {
  id: 'action-never-asked',
  doc: 'An action is only proactive, and the policy does not say when the service considers customers: it goes out only when a program of the shop asks.',
  find: (sound) => {
    const file = sound.source.byKind.get('policy')?.[0];
    if (file === undefined || valueAt(file.data, ['consider']) !== undefined) return [];
    const [first, ...others] = actionEntries(sound).filter((_, at) => {
      const action = sound.policy.actions[at];
      return action?.proactive === true && action.placements.length === 0 && action.triggers.length === 0;
    });
    if (first === undefined) return [];
    const besides =
      others.length === 0
        ? ''
        : `, as is that of ${others.length === 1 ? 'one other action' : `${others.length} other actions`},`;
    return [
      first.source.faultAt(
        [...first.path, 'proactive'],
        `${first.path.join('.')}.proactive is true${besides} and ${file.file} does not say when customers are considered: nobody is written to unless a program of yours asks; write consider: daily at 10:00 in ${file.file}, or consider: never if such a program asks`,
      ),
    ];
  },
};
