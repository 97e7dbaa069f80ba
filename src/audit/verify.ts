/**
 * `attune verify`: folds the whole log again and compares with the snapshots and the images; derives every decision, outcome and late content again from
 * the profile before it and compares bytes; runs the models that are kept again on the recorded features. Needs the log from its first record; what retention dropped is said, not guessed.
 * What a core revision decided or folded that this code does not carry is skipped, and counted.
 */

import { IntlZones } from '../adapter/intl/zones.ts';
import { CARRIED } from '../core/core-revision.ts';
import { DecisionDraft } from '../core/decide/decision-draft.ts';
import type { ClusterSettings } from '../node/cluster-settings.ts';
import { EditionPolicies } from '../node/edition-policies.ts';
import { futureSentence } from '../node/log-clock.ts';
import { openDirectory } from '../node/open-directory.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import { readClusterStores } from '../node/read-cluster-stores.ts';
import { scrubImages } from '../node/scrub.ts';
import { StoredModels } from '../node/stored-models.ts';
import type { Stores } from '../node/stores.ts';
import { PortError } from '../port/port-error.ts';
import { newVerified, takeIn, type Verified } from './verified.ts';
import type { VerifyContext } from './verify-context.ts';
import { verifyShard } from './verify-shard.ts';

/** What others write meanwhile may look like a fault once, seldom twice. */
const LIVE_TRIES = 3;

/** Verifies a data directory that no service holds. Throws PortError and CommandError. */
export async function verifyDirectory(
  directory: string,
  progress: (done: number, of: number) => void = () => {},
): Promise<Verified> {
  const { stores, shards } = await openDirectory(directory, quietObserver);
  try {
    return await verifyStores(stores, { shards, progress });
  } finally {
    await stores.close();
  }
}

/** Verifies what NATS and Redis have of a deployment, while its nodes serve or not. Throws PortError. */
export async function verifyDeployment(
  settings: ClusterSettings,
  progress: (done: number, of: number) => void = () => {},
): Promise<Verified> {
  const { stores, format } = await readClusterStores(settings, quietObserver, Date.now, {
    withProfiles: true,
  });
  try {
    return await verifyStores(stores, { shards: format.shards, isLive: true, progress });
  } finally {
    await stores.close();
  }
}

export interface VerifyOptions {
  readonly shards: number;
  /** Core revisions to derive again; default: those of this code. */
  readonly carried?: ReadonlySet<number>;
  /** What is later than this lies in the future; default: this machine's clock. */
  readonly now?: number;
  /** Others write to them meanwhile: a shard in which something is wrong is looked at again, and what is still wrong then is told. Default: nobody does. */
  readonly isLive?: boolean;
  readonly progress?: (done: number, of: number) => void;
}

/** Verifies what stores hold, one shard after the other: in memory are the customers of one. Throws PortError. */
export async function verifyStores(
  stores: Stores,
  { shards, carried = CARRIED, now = Date.now(), isLive = false, progress }: VerifyOptions,
): Promise<Verified> {
  const verified = newVerified(stores.findings.map(({ sentence }) => sentence));
  const models = new StoredModels(stores.editions);
  try {
    const context: Omit<VerifyContext, 'verified'> = {
      stores,
      policies: new EditionPolicies(stores.editions, () => {}),
      zones: new IntlZones(),
      draft: new DecisionDraft(),
      models,
      carried,
      clock: { now, ahead: undefined },
      isLive,
    };
    const part = async (look: (into: Verified) => Promise<void>): Promise<void> => {
      for (let left = isLive ? LIVE_TRIES : 1; ; left--) {
        const found = newVerified([]);
        await look(found);
        if (left > 1 && found.different + found.findings.length > 0) continue;
        takeIn(verified, found);
        return;
      }
    };
    await part((found) => scrubImages(stores, shards, (sentence) => void found.findings.push(sentence)));
    for (let shard = 0; shard < shards; shard++) {
      await part(async (found) => {
        try {
          await verifyShard({ ...context, verified: found }, shard);
        } catch (fault) {
          if (!isDamage(fault)) throw fault;
          if (![...verified.findings, ...found.findings].some((told) => told.startsWith(fault.message)))
            found.findings.push(`${fault.message}; shard ${shard} is not verified from there on`);
        }
      });
      progress?.(shard + 1, shards);
    }
    if (context.clock.ahead !== undefined) verified.future = futureSentence(context.clock.ahead, now);
  } finally {
    await models.close();
  }
  return verified;
}

function isDamage(fault: unknown): fault is Error {
  if (fault instanceof PortError) return fault.kind === 'corrupt';
  return fault instanceof Error && fault.name === 'StoredBytesError';
}
