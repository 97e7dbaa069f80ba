import { actionEntries, type Lint } from './lint.ts';

export const offerWithoutBudget: Lint = {
  id: 'offer-without-budget',
  doc: 'An action carries an offer that costs money, and no budget bounds a day.',
  find: (sound) =>
    actionEntries(sound).flatMap((entry, at) => {
      const action = sound.policy.actions[at];
      if (action?.offer === undefined || action.offer.depth === 0 || action.budget >= 0) return [];
      const { budgets } = sound.policy;
      const what =
        budgets.length === 0
          ? 'declare one in offers.yaml (budgets: { incentives: { per_day: 500 } }) and write budget: incentives'
          : `write budget: ${budgets.map(({ id }) => id).join(' or ')}`;
      return [
        entry.source.faultAt(
          [...entry.path, 'offer'],
          `${entry.path.join('.')}.offer ${JSON.stringify(action.offer.id)} costs money, and the action has no budget: nothing bounds what a day gives away; ${what}`,
        ),
      ];
    }),
};
