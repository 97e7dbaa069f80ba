import { enrolment } from '../../core/consideration/consider-timer.ts';
import type { Actor } from '../shard/actor.ts';
import type { TurnScope } from './turn-scope.ts';

/** Whoever can be reached from now on is considered at the hours of the policy. */
export function enrol(turn: TurnScope, actor: Actor): void {
  const { policy, zones } = turn.runtime;
  if (policy === undefined || policy.consider.length === 0) return;
  const fact = enrolment(policy, actor.profile, zones, turn.now);
  if (fact !== undefined) turn.apply(actor, fact);
}
