/**
 * Keys of devices: at the customer when each was seen with them, at the actor of the key whose it is. Changed by the fold.
 *
 * I1  A customer has a row for each key of a device that they hold or claim, but for keys that an earlier version gave them.
 * I2  The actor of a key says whose it is, and changes that only after the one whose it was has let go of it (`key-released`).
 */
import type { IdentifierKey } from '../../base/brand.ts';
import { BOUNDS } from '../bounds.ts';
import type { DeviceMovedFact, DeviceSeenFact } from '../fact/fact.ts';
import { holdsKey, keyOf } from '../identity/customer.ts';
import { isLater, type Sighting, UNSEEN } from '../identity/sighting.ts';
import type { DeviceRow } from './device.ts';
import { NO_DEVICES } from './empty-profile.ts';
import { foldErased } from './fold-erasure.ts';
import type { Profile } from './profile.ts';

/** When the key was last seen with the customer; long ago where that is not known. */
export function lastSeen({ devices }: Profile, key: IdentifierKey): Sighting {
  return devices.find((row) => row.key === key && !row.isGone) ?? UNSEEN;
}

/** Whether the claimed key is a device's. */
export function isDeviceClaimed({ devices, claims }: Profile, key: IdentifierKey): boolean {
  return (
    devices.some((row) => row.key === key && !row.isGone) && claims.some((claimed) => claimed.key === key)
  );
}

/** A key that the customer neither holds nor claims was let go of meanwhile. */
export function foldDeviceSeen(profile: Profile, fact: DeviceSeenFact): void {
  const { device: key, seenAt: at, by } = fact;
  const isTheirs =
    profile.claims.some((claimed) => claimed.key === key) ||
    profile.identifiers.some((one) => keyOf(one) === key && holdsKey(profile, one));
  if (!isTheirs || !isLater({ at, by }, lastSeen(profile, key))) return;
  const isLife = profile.devices.some((row) => row.key === key && row.isLife);
  setRow(profile, { key, at, by, isLife, isGone: false });
}

export function foldDeviceMoved(profile: Profile, fact: DeviceMovedFact): void {
  const { customer, to, claim, seenAt: at, by } = fact;
  if (fact.forgets) {
    const { version } = profile;
    foldErased(profile);
    profile.version = version;
  }
  profile.deviceOf = to === customer ? undefined : { to, claim, at, by };
}

/** Keys of devices by each of which alone the customer had been known, be it theirs still or not. */
export function lifeKeys({ devices }: Pick<Profile, 'devices'>): readonly IdentifierKey[] {
  return devices.filter(({ isLife }) => isLife).map(({ key }) => key);
}

/** The customer who was known by the key alone is this one now. */
export function noteLife(profile: Profile, key: IdentifierKey): void {
  const row = profile.devices.find((one) => one.key === key);
  if (row !== undefined) setRow(profile, { ...row, isLife: true });
}

/** The key is not this customer's, or not any more. */
export function dropDevice(profile: Profile, key: IdentifierKey): void {
  const row = profile.devices.find((one) => one.key === key);
  if (row?.isLife) return setRow(profile, { ...row, isGone: true });
  if (row !== undefined) setRows(profile, without(profile, key));
}

/** Of a key that either had seen the later sighting. */
export function uniteDevices(into: Profile, from: Profile): void {
  for (const row of from.devices) {
    const own = into.devices.find(({ key }) => key === row.key);
    if (own === undefined) {
      setRow(into, row);
      continue;
    }
    const isGone = own.isGone && row.isGone;
    const later = own.isGone || (!row.isGone && isLater(row, own)) ? row : own;
    setRow(into, { ...later, isLife: own.isLife || row.isLife, isGone });
  }
}

function setRow(profile: Profile, row: DeviceRow): void {
  setRows(profile, [...without(profile, row.key), row]);
}

function without({ devices }: Profile, key: IdentifierKey): readonly DeviceRow[] {
  return devices.filter((row) => row.key !== key);
}

/** Rows of keys that are somebody else's are bounded, the oldest go first; the others are as many as there are keys and claims. */
function setRows(profile: Profile, rows: readonly DeviceRow[]): void {
  let room: number = BOUNDS.goneDevices;
  const kept = rows.toReversed().filter(({ isGone }) => !isGone || room-- > 0);
  profile.devices = kept.length === 0 ? NO_DEVICES : kept.reverse();
}
