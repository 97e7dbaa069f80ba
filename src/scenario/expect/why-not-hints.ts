import { AttuneError } from '../../client/attune-error.ts';
import { identifiersOf } from '../step/wire-event.ts';
import type { World } from '../step/world.ts';

const ASKED_MAX = 5;
const BACK_MS = 3_600_000;

/** What the service answers when it is asked why a customer did not get these actions in the last hour. */
export async function whyNotNow(
  world: World,
  customer: string,
  actions: readonly string[],
): Promise<string[]> {
  const identifiers = identifiersOf(world.customer(customer).customer.identifiers);
  const time = { from: new Date(world.now - BACK_MS), to: new Date(world.now) };
  const sentences: string[] = [];
  for (const action of [...new Set(actions)].slice(0, ASKED_MAX)) {
    try {
      sentences.push((await world.client.whyNot({ identifiers }, action, time)).answer);
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      sentences.push(`why not ${action}? ${error.code}: ${error.message}`);
    }
  }
  return sentences;
}
