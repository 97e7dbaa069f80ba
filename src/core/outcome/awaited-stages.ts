import { type DecisionFact, OUTCOME_STAGES } from '../fact/fact.ts';

const CLICK = 1 << OUTCOME_STAGES.indexOf('click');
const PURCHASE = 1 << OUTCOME_STAGES.indexOf('purchase');
const UNSUBSCRIBE = 1 << OUTCOME_STAGES.indexOf('unsubscribe');

/**
 * The stages in which a choice's outcome is awaited, a bit each by OUTCOME_STAGES; 0: it is not. What was not said can not be clicked,
 * and only what was sent is unsubscribed from.
 */
export function awaitedStages(fact: DecisionFact, choice: number): number {
  if (!((fact.outcomeDue[choice] ?? 0) > 0)) return 0;
  if (fact.choices[choice]?.kind !== 'treatment') return PURCHASE;
  return fact.dispatch ? CLICK | PURCHASE | UNSUBSCRIBE : CLICK | PURCHASE;
}

/** When the first of the stages that are awaited of a choice matures, NaN: none is awaited. */
export function firstStageDue(fact: DecisionFact, choice: number): number {
  const awaits = awaitedStages(fact, choice);
  let due = Number.NaN;
  for (let stage = 0; stage < OUTCOME_STAGES.length; stage++) {
    const end = stageEnd(fact, choice, stage);
    if ((awaits & (1 << stage)) !== 0 && (end < due || Number.isNaN(due))) due = end;
  }
  return due;
}

/** Until when what a stage counts still counts for a choice. */
export function stageEnd(fact: DecisionFact, choice: number, stage: number): number {
  if (stage === 0) return fact.at + fact.clickMs;
  return stage === 1 ? fact.at + fact.purchaseMs : (fact.outcomeDue[choice] ?? 0);
}
