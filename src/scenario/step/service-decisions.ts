import { CHANNELS } from '../../core/channel.ts';
import { NOTHING, ROW_REMOVED } from '../../core/decide/candidate-columns.ts';
import type { Choice, CustomerFact, DecisionFact } from '../../core/fact/fact.ts';
import { FRICTIONS, type Policy } from '../../core/policy/policy.ts';
import { REASONS } from '../../core/reason.ts';
import type { ScenarioRun } from './scenario-run.ts';

const ACTIONS_SHOWN_MAX = 3;

/** Adds to the timeline what the log holds of the service's own actions: triggers, plans, decisions, withdrawals. */
export function addServiceDecisions(
  run: ScenarioRun,
  facts: readonly { readonly fact: CustomerFact }[],
): void {
  for (const { fact } of facts) {
    const who = run.nameOf(fact.customer);
    const text = factText(fact, run);
    if (text !== undefined) run.timeline.add('at' in fact ? fact.at : run.now, `  log, ${who}: ${text}`);
  }
}

function factText(fact: CustomerFact, run: ScenarioRun): string | undefined {
  switch (fact.kind) {
    case 'triggered':
      return `the trigger ${fact.trigger} fires, friction ${FRICTIONS[fact.friction] ?? 'none'}`;
    case 'plan-dropped':
      return `the plan ${fact.plan} is dropped, ${REASONS[fact.reason]}`;
    case 'readdressed':
      return 'a new address ends what had bounced';
    case 'withdraw':
      return `a dispatch is withdrawn, ${REASONS[fact.reason]}`;
    case 'decision':
      return fact.cause === '' ? undefined : `${fact.cause} decides: ${decisionText(fact, run)}`;
    default:
      return undefined;
  }
}

function decisionText(fact: DecisionFact, run: ScenarioRun): string {
  const chosen = fact.choices.map((choice) => choiceText(choice, run)).join('; ');
  const removed = removedText(fact, run.policy);
  return removed === '' ? chosen : `${chosen} (removed: ${removed})`;
}

function choiceText(choice: Choice, run: ScenarioRun): string {
  if (choice.kind === 'nothing') return `nothing, ${REASONS[choice.reason]}`;
  const on = `${choice.action}/${choice.variant} on ${CHANNELS[choice.channel] ?? ''}`;
  return choice.kind === 'later' ? `${on}, ${run.moments.show(choice.at)}` : on;
}

/** "QUIET_HOURS 3 (checkout_reminder, …)": each reason with how many rows it removed and some of their actions. */
function removedText(fact: DecisionFact, policy: Policy): string {
  const { columns } = fact.record;
  const groups = new Map<string, Set<string>>();
  for (let row = 0; row < columns.count; row++) {
    if (columns.stage[row] !== ROW_REMOVED || columns.action[row] === NOTHING) continue;
    const reason = REASONS[columns.reason[row] as number] ?? '';
    // Every decision removes these; they explain nothing.
    if (reason === 'CONDITION_FALSE' || reason === 'TRIGGER_MISMATCH') continue;
    const actions = groups.get(reason) ?? new Set();
    actions.add(policy.actions[columns.action[row] as number]?.id ?? '');
    groups.set(reason, actions);
  }
  return [...groups]
    .map(([reason, actions]) => {
      const more = actions.size > ACTIONS_SHOWN_MAX ? ', …' : '';
      return `${reason} ${[...actions].slice(0, ACTIONS_SHOWN_MAX).join(', ')}${more}`;
    })
    .join('; ');
}
