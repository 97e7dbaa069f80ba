/** Bugs in how people are forgotten, and left alone. */
import { TIMER_KINDS } from '../../../core/profile/profile.ts';
import { ChannelRegistry } from '../../../runtime/delivery/channel-registry.ts';
import type { Mutant } from '../mutant.ts';
import { bendTurns } from './turn-bug.ts';

const PLAN = TIMER_KINDS.indexOf('plan');
const MORE_ERASURES = { erase: 3, reimport: 3 } as const;

/** What was planned for somebody is due, although they are forgotten. */
const planKept: Mutant = {
  name: 'erasure that keeps a plan',
  shape: MORE_ERASURES,
  patch: () =>
    bendTurns((apply, { profile }, fact) => {
      const plans = fact.kind === 'erased' ? profile.timers.filter(({ kind }) => kind === PLAN) : [];
      const place = apply(fact);
      for (const { key, due } of plans)
        apply({ kind: 'timer', customer: fact.customer, op: 'set', timer: PLAN, key, due });
      return place;
    }),
};

/** Whoever became one with the person is not forgotten with them, though the receipt says so. */
const estateKept: Mutant = {
  name: 'erasure that leaves what an absorbed key stood for',
  shape: MORE_ERASURES,
  peer: (shard) => ({
    submit: (request) => {
      if (request.kind !== 'forget' || request.forget.isOwn) return shard.submit(request);
      const { shard: id, generation } = shard.decisionRef(1, 0);
      request.done({ kind: 'forgotten', shard: id, generation, seq: 1, channels: 0 });
    },
    decisionRef: (seq, index) => shard.decisionRef(seq, index),
    saveNow: () => shard.saveNow(),
    membersIn: (...page) => shard.membersIn(...page),
  }),
};

/** A yes on an old list is as good as one of the customer's own. */
const listBelieved: Mutant = {
  name: 'silence that ends with an old list',
  shape: MORE_ERASURES,
  patch: () =>
    bendTurns((apply, { profile }, fact) => {
      const place = apply(fact);
      if (fact.kind === 'event' && fact.historical && fact.consent?.granted === true) profile.silencedAt = 0;
      return place;
    }),
};

/** Whoever comes by a key of somebody who was forgotten is a customer like any other. */
const neverSilent: Mutant = {
  name: 'silence that is never noted',
  shape: MORE_ERASURES,
  patch: () => bendTurns((apply, _actor, fact) => (fact.kind === 'silenced' ? 0 : apply(fact))),
};

/** No channel system hears whom it is to forget. */
class ForgettingNobodyRegistry extends ChannelRegistry {
  override forget(): void {}
}

export const ERASURE_MUTANTS: readonly Mutant[] = [
  planKept,
  estateKept,
  listBelieved,
  neverSilent,
  { name: 'channels that are told to forget nobody', channels: () => new ForgettingNobodyRegistry() },
];
