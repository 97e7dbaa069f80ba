/** What a profile holds of keys of devices. Changed by the fold (devices.ts). */
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import type { Sighting } from '../identity/sighting.ts';

/** A key of a device that the customer holds or claims, and when an event last named it with them. */
export interface DeviceRow extends Sighting {
  readonly key: IdentifierKey;
  /** Somebody was known by this key alone, and they are this customer now: what is in the log under the key is theirs. */
  readonly isLife: boolean;
  /** The key is somebody else's by now; the row stays for `isLife`. */
  readonly isGone: boolean;
}

/** Of the actor of a device's key: whose the device is. */
export interface DeviceOwner extends Sighting {
  /** By id, which shows nothing of a person. */
  readonly to: CustomerId;
  /** The claim by which it moved there (`Claimed.claim`). */
  readonly claim: number;
}
