/**
 * A customer asks for the key of a device: its actor says whose it is, that one lets go of it unless it was seen with them later, and only then
 * the key moves.
 *
 * I1  Nothing here is remembered: each of the three answers as often as it is asked, so a claim that was broken off is made again from the start.
 * I2  The key moves only if it still leads where it led when its owner let go of it: an owner who claimed it anew meanwhile keeps it.
 */
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { LIMITS } from '../../config/limits.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import type { Sighting } from '../../core/identity/sighting.ts';
import type { Claim, ClaimAnswer, DevicePlace, Peers } from '../../port/peers.ts';

export interface DeviceClaim {
  readonly key: IdentifierKey;
  readonly seen: Sighting;
  /** An Unlink gave the key to this customer: they are asked first, whatever the key says. */
  readonly apart: CustomerId | undefined;
}

/** `done` is called once; with undefined when it is not known what became of the claim. */
export function claimDevice(
  peer: Pick<Peers, 'claim' | 'yieldDevice'>,
  { key, seen, apart }: DeviceClaim,
  claim: Claim,
  done: (answer: ClaimAnswer | undefined) => void,
): void {
  let steps = 0;
  const askKey = (from: DevicePlace | undefined): void =>
    peer.claim(key, { ...claim, device: { ...seen, from } }, (answer) => {
      if (answer?.kind !== 'owned') done(answer);
      else askOwner(answer.place.to, answer.place);
    });
  const askOwner = (to: CustomerId, from: DevicePlace | undefined): void => {
    // Others claim it at the same time: in a moment they are done.
    if (++steps > LIMITS.deviceOwnersMax) return done({ kind: 'busy' });
    peer.yieldDevice(to, { key, seen, by: claim.by }, (answer) => {
      if (answer?.kind === 'yielded') askKey(from);
      else if (answer?.kind === 'elsewhere') askOwner(addresseeOfKey(answer.key).id, from);
      else done(answer);
    });
  };
  if (apart === undefined) askKey(undefined);
  else askOwner(apart, undefined);
}
