import type { Lint } from './lint.ts';

export const placementWithoutAction: Lint = {
  id: 'placement-without-action',
  doc: 'A placement is declared in which no action may appear: whoever asks for it gets nothing.',
  find: ({ policy, source }) =>
    source.entries('placements', 'placements').flatMap((entry, at) => {
      if (policy.placements[at]?.actions.length !== 0) return [];
      return [
        entry.source.faultAtKey(
          entry.path,
          `${entry.path.join('.')} is named by no action: who asks for it is always answered with nothing; name it in the placements of an action, or delete it`,
        ),
      ];
    }),
};
