import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { type Addressee, addresseeOfKey } from '../../core/identity/customer.ts';
import { keysHeld } from '../../core/profile/absorb/kept-apart.ts';
import { lifeKeys } from '../../core/profile/devices.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { EraseOutcome } from '../../port/customers.ts';
import type { Erasure } from '../../port/erasures.ts';
import type { Engine } from '../engine.ts';
import { refusal } from '../turn/request.ts';
import { isForgotten } from './eraser.ts';

const FULL = refusal(
  'exhausted',
  `${LIMITS.erasuresMax} people were forgotten, and no more are remembered as such; raise the bound`,
);
const UNDER_WAY = refusal(
  'unavailable',
  'the erasure is noted and goes on by itself, and not all of the customer is forgotten yet; ask again for the receipt',
  INTERVALS.retryDelayMs,
);

/** Actors of a person: their own first, then those of the keys that lead to them. */
export function actorsOf(profile: Profile): readonly Addressee[] {
  const keys = new Set([profile.key, ...keysHeld(profile), ...lifeKeys(profile)]);
  return [...keys].map(addresseeOfKey);
}

/**
 * Forgets a person, or says when they were forgotten. `known`: their actors; undefined: nothing is known of them. `named`: those that the
 * request names, who are remembered as forgotten also where nothing is known. `isUnread`: something is, and it cannot be read.
 */
export async function erasePerson(
  { runtime, eraser }: Pick<Engine, 'runtime' | 'eraser'>,
  {
    known,
    named,
    isUnread,
  }: {
    readonly known: readonly Addressee[] | undefined;
    readonly named: readonly Addressee[];
    readonly isUnread: boolean;
  },
  caseId: string,
): Promise<EraseOutcome> {
  const { erasures } = runtime;
  try {
    const before = named.map(({ id }) => erasures.of(id).at(-1)?.erasure).find((one) => one !== undefined);
    const isNobody = known === undefined && !isUnread;
    if (before !== undefined && (isNobody || !isForgotten(before)))
      return outcomeOf(
        isForgotten(before)
          ? before
          : await eraser.resume(
              before.receipt,
              known?.map(({ id }) => id),
            ),
      );
    if (erasures.isFull) return FULL;
    const actors = known ?? named;
    const ids = [...new Set(actors.map(({ id }) => id))];
    return outcomeOf(
      await eraser.erase(
        ids,
        named.map(({ id }) => id),
        caseId,
      ),
    );
  } catch (fault) {
    runtime.observer.fault('an erasure could not be written down or gone on with', fault);
    return UNDER_WAY;
  }
}

function outcomeOf(erasure: Erasure): EraseOutcome {
  if (!isForgotten(erasure)) return UNDER_WAY;
  const { receipt, at, completeBy } = erasure;
  return { kind: 'erased', receipt, erasedAt: at, completeBy };
}
