/** A decide that comes again, and leads to another customer by now than the one who decided it first. */
import { INTERVALS } from '../../config/limits.ts';
import { hash48 } from '../../core/event/derive-event.ts';
import { movedSeq } from '../../core/identity/home-seq.ts';
import { kindsByStrength } from '../../core/identity/sighting.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { findDecide, isSeenBody, seenPlace } from '../../core/profile/seen.ts';
import { weakerElsewhere } from '../identity/recalls.ts';
import type { Actor } from '../shard/actor.ts';
import { type DecideRequest, type RecallRequest, refusal } from './request.ts';
import type { TurnScope } from './turn-scope.ts';

export const ON_ITS_WAY = refusal(
  'unavailable',
  'what is known of this key is on its way to the customer to whom it leads now; retry with the same id',
  INTERVALS.retryDelayMs,
);

/** What was decided for the key by which it comes is not here yet: where it is a retry, it would be decided twice. */
export function comesByClaimed(
  { via = [] }: DecideRequest | RecallRequest,
  { claims }: Pick<Profile, 'claims'>,
): boolean {
  return claims.length > 0 && claims.some(({ key }) => via.includes(key));
}

/** True: the request is not to be decided now. It waits for the customers of its other keys, or one of them has decided it before. */
export function isRecalled(turn: TurnScope, request: DecideRequest, { profile }: Actor): boolean {
  const { input, recalled } = request;
  if (input.dryRun) return false;
  if (recalled?.kind === 'recalled') {
    turn.decisions.repeat(request, movedSeq(recalled.seq, recalled.shard, turn.shard), recalled.index);
    return true;
  }
  if (recalled !== undefined) return false;
  const keys = weakerElsewhere(request, profile, kindsByStrength(turn.identifierRules));
  if (keys.length === 0) return false;
  const { bodyHash, olderBodyHash } = input;
  turn.recalls.ask(request, keys, {
    requestHash: hash48('decide', input.requestId),
    bodyHash,
    olderBodyHash,
  });
  return true;
}

/** Whether this customer has decided a request that names them by a weaker key. */
export function handleRecall(turn: TurnScope, request: RecallRequest, { profile }: Actor): void {
  const { asked, hasWaited } = request;
  // The same request may be among those that wait here.
  if (profile.claims.length > 0 && hasWaited === undefined) return turn.waitForLinks(request, profile.id);
  const { seenDecides } = profile;
  const seen = findDecide(seenDecides, asked.requestHash, turn.now);
  if (seen < 0 && comesByClaimed(request, profile)) return turn.reply(request, ON_ITS_WAY);
  if (seen < 0 || !isSeenBody(seenDecides, seen, asked)) return turn.reply(request, { kind: 'new' });
  turn.reply(request, { kind: 'recalled', shard: turn.shard, ...seenPlace(seenDecides, seen) });
}
