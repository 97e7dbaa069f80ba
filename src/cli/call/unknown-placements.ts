import { suggestName } from '../../base/nearest-name.ts';
import type { AttuneClient } from '../../client/attune-client.ts';
import { AttuneError } from '../../client/attune-error.ts';
import type { DecideReply } from '../../gen/attune/v1/decision_pb.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { policyContext } from '../../policy/policy-context.ts';

/**
 * A sentence for every placement of a reply that its policy does not have: nothing is ever proposed for such a one. The
 * service is asked for the policy only when nothing was proposed somewhere; a policy that cannot be had is no fault.
 */
export async function unknownPlacements(client: AttuneClient, reply: DecideReply): Promise<string[]> {
  const empty = reply.choices
    .filter(({ outcome }) => outcome.case === 'noAction' && outcome.value.reason === 'NO_CANDIDATE')
    .map(({ placement }) => placement)
    .filter((placement) => placement !== '');
  if (empty.length === 0) return [];
  const known = await placementsOf(client, reply.policyVersion);
  if (known === undefined) return [];
  return empty
    .filter((placement) => !known.includes(placement))
    .map(
      (placement) =>
        `the policy ${reply.policyVersion} has no placement ${JSON.stringify(placement)}${suggestName(placement, known)}`,
    );
}

async function placementsOf(client: AttuneClient, version: string): Promise<string[] | undefined> {
  try {
    const { files } = await client.admin.getPolicy(version);
    const decoder = new TextDecoder();
    const texts = new Map(Object.entries(files).map(([name, bytes]) => [name, decoder.decode(bytes)]));
    const parsed = parsePolicy(texts, policyContext);
    return parsed.ok ? parsed.policy.placements.map(({ id }) => id) : undefined;
  } catch (fault) {
    if (fault instanceof AttuneError) return undefined;
    throw fault;
  }
}
