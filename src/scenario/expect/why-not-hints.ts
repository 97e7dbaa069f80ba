import { timestampMs } from '@bufbuild/protobuf/wkt';
import { AttuneError } from '../../client/attune-error.ts';
import type { ScenarioRun } from '../step/scenario-run.ts';
import { wireIdentifiers } from '../step/wire-identifiers.ts';

const ASKED_MAX = 5;
/** What the service says of a decision that did not propose the action. */
const NOT_PROPOSED = 'NO_CANDIDATE';

/**
 * What the service answers when it is asked why a customer did not get these actions: in the last decision that proposed one,
 * however long ago that was, else in the whole story.
 */
export async function whyNotHints(
  run: ScenarioRun,
  customer: string,
  actions: readonly string[],
): Promise<string[]> {
  const identifiers = wireIdentifiers(run.customer(customer).customer.identifiers);
  const sentences: string[] = [];
  for (const action of [...new Set(actions)].slice(0, ASKED_MAX)) {
    const ask = async (from: number, to: number) =>
      await run.client.whyNot({ identifiers }, action, { from: new Date(from), to: new Date(to) });
    try {
      const story = await ask(run.moments.instant('start'), run.now);
      const last = story.decisions.find(({ reason }) => reason !== NOT_PROPOSED)?.decidedAt;
      const at = last === undefined ? undefined : timestampMs(last);
      sentences.push(at === undefined ? story.answer : (await ask(at, at)).answer);
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      sentences.push(`why not ${action}? ${error.code}: ${error.message}`);
    }
  }
  return sentences;
}
