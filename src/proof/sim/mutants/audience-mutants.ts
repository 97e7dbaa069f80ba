/** Bugs in who is in an audience, and what the ad platform is told of it. */
import { reasonCode } from '../../../core/reason.ts';
import type { Mutant } from '../mutant.ts';
import { stores } from './snapshot-mutants.ts';
import { bendLeaving } from './turn-bug.ts';

/** Who bought what their ad shows goes on seeing it. */
const purchaseUnseen: Mutant = {
  name: 'purchase that leaves the audience as it was',
  patch: () => {
    const bought: readonly number[] = [reasonCode('PURCHASED_PRODUCT'), reasonCode('ORDERED')];
    return bendLeaving((leave, _actor, fact) => {
      if (!bought.includes(fact.level.left.reason)) leave(fact);
    });
  },
};

/** That somebody leaves has the version with which they entered. */
const versionTwice: Mutant = {
  name: 'version used twice',
  patch: () =>
    bendLeaving((leave, { profile }, fact) => {
      const { name, left } = fact.level;
      const row = profile.audiences.find(
        ({ audience, member }) => audience === name && member === left.member,
      );
      leave({ ...fact, level: { ...fact.level, version: row?.version ?? fact.level.version } });
    }),
};

/** The last one on each page of the index is passed over. */
const lastPassedOver: Mutant = {
  name: 'last of a page passed over',
  shape: { list: 4 },
  farSnapshots: (store) => ({
    ...stores(store),
    members: async (...args) => (await store.members(...args)).slice(0, -1),
  }),
};

export const AUDIENCE_MUTANTS: readonly Mutant[] = [purchaseUnseen, versionTwice, lastPassedOver];
