import type { CustomerFact } from '../../../core/fact/fact.ts';
import type { Actor } from '../../../runtime/shard/actor.ts';
import { Turn } from '../../../runtime/turn/turn.ts';

/** Makes something else of a fact that a turn is about to put into its record. `apply` does what is right; returns a fact's place. */
type BentApply = (apply: (fact: CustomerFact) => number, actor: Actor, fact: CustomerFact) => number;

/** Puts a bug into every turn; returns how to take it out. */
export function bendTurns(bend: BentApply): () => void {
  const { apply } = Turn.prototype;
  Turn.prototype.apply = function bent(actor, fact) {
    return bend((one) => apply.call(this, actor, one), actor, fact);
  };
  return () => {
    Turn.prototype.apply = apply;
  };
}

type Leave = Turn['leaveAudience'];

/** The same where somebody leaves an audience; `leave` does what is right. */
export function bendLeaving(
  bend: (leave: (fact: Parameters<Leave>[1]) => void, ...given: Parameters<Leave>) => void,
): () => void {
  const { leaveAudience } = Turn.prototype;
  Turn.prototype.leaveAudience = function bent(actor, fact) {
    bend((one) => leaveAudience.call(this, actor, one), actor, fact);
  };
  return () => {
    Turn.prototype.leaveAudience = leaveAudience;
  };
}
