import { STAGES } from '../../core/policy/policy.ts';
import { valueAt } from '../shape-faults.ts';
import { actionEntries, type Lint } from './lint.ts';

/** Only where actions name stages: an author who leaves them out has left them to the defaults. */
export const stageWithoutAction: Lint = {
  id: 'stage-without-action',
  doc: 'Actions name stages, and none is for one of the seven: its customers hear nothing.',
  find: (sound) => {
    const file = sound.source.byKind.get('policy')?.[0];
    const isNamed = actionEntries(sound).some(({ raw }) => valueAt(raw, ['stages']) !== undefined);
    if (file === undefined || !isNamed) return [];
    const covered = sound.policy.actions.reduce((mask, action) => mask | action.stageMask, 0);
    return STAGES.filter((_, bit) => (covered & (1 << bit)) === 0).map((stage) => {
      const why = stage === 'onboarding' ? ' (a promotion without stages is for all but this one)' : '';
      return file.faultAtKey(
        ['stages', stage],
        `no action is for the stage "${stage}"${why}: its customers are never told anything; add it to the stages of an action that should reach them`,
      );
    });
  },
};
