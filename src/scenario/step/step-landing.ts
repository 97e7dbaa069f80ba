import { newestDispatch } from '../expect/expect-explain.ts';
import type { ScenarioEvent } from '../file/shape-event.ts';
import type { ScenarioRun } from './scenario-run.ts';

/** An event that lands by a link in a message carries its token, in the address of its page unless the step says otherwise. */
export function landingEvent(run: ScenarioRun, event: ScenarioEvent): ScenarioEvent {
  const { landing } = event;
  if (landing === undefined) return event;
  const whole =
    landing.decision === undefined
      ? newestDispatch(run, landing.dispatch ?? {}).treatment.tracking
      : tokenOfDecision(run, landing.decision, landing.choice ?? 0);
  const token = landing.forged ? forged(whole) : whole;
  const properties = {
    ...event.properties,
    ...(landing.machine && { attune_machine: true }),
    ...(landing.in === 'property' && { attune_token: token }),
  };
  const page = event.page ?? 'https://shop.example/';
  const address = `${page}${page.includes('?') ? '&' : '?'}attune=${token}`;
  return { ...event, properties, ...(landing.in !== 'property' && { page: address }) };
}

function tokenOfDecision(run: ScenarioRun, name: string, at: number): string {
  const choice = run.decisions.get(name)?.reply.choices[at];
  if (choice?.outcome.case !== 'treatment')
    throw new Error(`the decision "${name}" has no treatment whose link could be followed`);
  return choice.outcome.value.tracking;
}

/** With another last letter. */
function forged(token: string): string {
  return `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
}
