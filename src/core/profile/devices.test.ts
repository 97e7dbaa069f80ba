import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branded, type IdentifierKey } from '../../base/brand.ts';
import { BOUNDS } from '../bounds.ts';
import { addresseeOfKey } from '../identity/customer.ts';
import { addKey } from './absorb/fold-absorb.ts';
import { dropDevice, foldDeviceSeen, lastSeen, lifeKeys, noteLife, uniteDevices } from './devices.ts';
import { emptyProfile } from './empty-profile.ts';
import type { Profile } from './profile.ts';

const OWN = branded<IdentifierKey>('crm:anna');
const keyOf = (n: number): IdentifierKey => branded<IdentifierKey>(`push_token:d${n}`);

function person(...held: number[]): Profile {
  const profile = emptyProfile(addresseeOfKey(OWN).id, OWN);
  for (const n of held) addKey(profile, keyOf(n));
  return profile;
}

function see(profile: Profile, n: number, seenAt: number, by = 1): void {
  foldDeviceSeen(profile, {
    ...{ kind: 'device-seen', customer: profile.id, device: keyOf(n), seenAt, by, at: seenAt },
  });
}

test('a key is remembered with its latest sighting, and one that is not theirs with none', () => {
  const profile = person(1);
  for (const at of [5, 9, 7]) see(profile, 1, at);
  see(profile, 2, 8);
  expect(profile.devices).toEqual([{ key: keyOf(1), at: 9, by: 1, isLife: false, isGone: false }]);
  expect(lastSeen(profile, keyOf(2))).toEqual({ at: 0, by: 0 });
});

test('of devices that are gone the last ones are remembered', () => {
  const profile = emptyProfile(addresseeOfKey(OWN).id, OWN);
  for (let n = 0; n < BOUNDS.goneDevices + 3; n++) {
    addKey(profile, keyOf(n));
    see(profile, n, n + 1);
    noteLife(profile, keyOf(n));
    dropDevice(profile, keyOf(n));
    profile.identifiers.length = 0;
  }
  expect(lifeKeys(profile)).toEqual(Array.from({ length: BOUNDS.goneDevices }, (_, n) => keyOf(n + 3)));
});

test('uniting two profiles comes to the same sightings either way round', () => {
  const arbRows = fc.uniqueArray(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 5 }), fc.nat(2)), {
    selector: ([n]) => n,
    maxLength: 4,
  });
  const of = (rows: readonly (readonly [number, number, number])[]): Profile => {
    const profile = person(0, 1, 2, 3);
    for (const [n, at, by] of rows) see(profile, n, at, by);
    return profile;
  };
  fc.assert(
    fc.property(arbRows, arbRows, (a, b) => {
      const [one, other] = [of(a), of(b)];
      uniteDevices(one, of(b));
      uniteDevices(other, of(a));
      const sorted = ({ devices }: Profile) => [...devices].sort((x, y) => (x.key < y.key ? -1 : 1));
      expect(sorted(one)).toEqual(sorted(other));
    }),
  );
});
