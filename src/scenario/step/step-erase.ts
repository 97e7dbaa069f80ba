import type { EraseStep } from '../file/shape-pause.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { wireIdentifiers } from './wire-identifiers.ts';

/** Has a customer forgotten by the call that an operator makes. What they did before is not expected to be in the log any more. */
export async function runEraseStep(run: ScenarioRun, step: EraseStep): Promise<void> {
  const { name, customer } = run.customer(step.customer);
  const identifiers = wireIdentifiers(customer.identifiers);
  const profile = await run.client.getCustomer({ identifiers });
  const ids = new Set([...identifiers, ...profile.identifiers].map((one) => run.customerId([one])));
  const { receiptId } = await run.client.eraseCustomer({ identifiers });
  const { acknowledgedEvents } = run;
  const others = acknowledgedEvents.filter(({ customerId }) => !ids.has(customerId));
  acknowledgedEvents.splice(0, acknowledgedEvents.length, ...others);
  run.timeline.add(run.now, `${name} is forgotten: receipt ${receiptId}`);
  await run.untilQuiet();
}
