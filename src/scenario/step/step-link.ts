import { AttuneError } from '../../client/attune-error.ts';
import { type Complaint, complaint, failOn } from '../expect/failure.ts';
import { matchRefusal } from '../expect/match-refusal.ts';
import type { RefusalExpectation } from '../file/shape-event.ts';
import type { LinkStep, UnlinkStep } from '../file/shape-link.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { wireIdentifiers } from './wire-identifiers.ts';

const OPERATOR = 'operator';
const LEFT = 2;

/** Links by the call that somebody at a desk makes. */
export async function runLinkStep(run: ScenarioRun, step: LinkStep): Promise<void> {
  const { name, customer } = run.customer(step.customer);
  const identifiers = wireIdentifiers(step.identifiers ?? customer.identifiers);
  const said = { by: step.by ?? OPERATOR, reason: step.why ?? '' };
  const reply = await orRefused(step.expect?.refused, () => run.client.link(identifiers, said));
  if (reply === undefined) return run.timeline.add(run.now, `${name}: the link is refused`);
  if (step.as !== undefined) run.links.set(step.as, reply.linkId);
  const rules = reply.warnings.map(({ rule }) => rule);
  run.timeline.add(run.now, `${name} is linked${rules.length === 0 ? '' : ` (${rules.join(', ')})`}`);
  const wanted = step.expect?.warnings ?? [];
  if (String(wanted) !== String(rules))
    failOn([complaint(`warnings [${wanted.join(', ')}]`, `[${rules.join(', ')}]`)]);
  await run.untilQuiet();
}

/** Undoes a link that a step named, or the last one that a customer has. */
export async function runUnlinkStep(run: ScenarioRun, step: UnlinkStep): Promise<void> {
  const linkId = step.link === undefined ? await lastLink(run, step.customer) : run.links.get(step.link);
  if (linkId === undefined) throw new Error(`no link is called ${step.link}`);
  const said = { by: step.by ?? OPERATOR, reason: step.why ?? '' };
  const reply = await orRefused(step.expect?.refused, () => run.client.unlink(linkId, said));
  if (reply === undefined) return run.timeline.add(run.now, 'the unlink is refused');
  run.timeline.add(run.now, `${reply.customerIds.length} customers are parted`);
  const wanted = step.expect?.persons ?? LEFT;
  if (reply.customerIds.length !== wanted)
    failOn([complaint(`${wanted} customers`, String(reply.customerIds.length))]);
  await run.untilQuiet();
}

async function lastLink(run: ScenarioRun, name: string | undefined): Promise<string> {
  const { customer } = run.customer(name);
  const { links } = await run.client.getCustomer({ identifiers: wireIdentifiers(customer.identifiers) });
  return links.at(-1)?.linkId ?? '0-0-0-0';
}

/** The reply; undefined where the call is refused as expected. */
async function orRefused<T>(
  expected: RefusalExpectation | undefined,
  call: () => Promise<T>,
): Promise<T | undefined> {
  try {
    const reply = await call();
    if (expected !== undefined) failOn([complaint('a refusal', 'a reply')]);
    return reply;
  } catch (error) {
    if (expected === undefined || !(error instanceof AttuneError)) throw error;
    const complaints: Complaint[] = matchRefusal(expected, error);
    failOn(complaints);
    return undefined;
  }
}
