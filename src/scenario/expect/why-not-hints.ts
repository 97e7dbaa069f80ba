import { AttuneError } from '../../client/attune-error.ts';
import type { ScenarioRun } from '../step/scenario-run.ts';
import { wireIdentifiers } from '../step/wire-identifiers.ts';

const ASKED_MAX = 5;
const BACK_MS = 3_600_000;

/** What the service answers when it is asked why a customer did not get these actions in the last hour. */
export async function whyNotNow(
  run: ScenarioRun,
  customer: string,
  actions: readonly string[],
): Promise<string[]> {
  const identifiers = wireIdentifiers(run.customer(customer).customer.identifiers);
  const time = { from: new Date(run.now - BACK_MS), to: new Date(run.now) };
  const sentences: string[] = [];
  for (const action of [...new Set(actions)].slice(0, ASKED_MAX)) {
    try {
      sentences.push((await run.client.whyNot({ identifiers }, action, time)).answer);
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      sentences.push(`why not ${action}? ${error.code}: ${error.message}`);
    }
  }
  return sentences;
}
