import fc from 'fast-check';
import { expect, test } from 'vitest';
import { proofsOf } from '../../core/profile/consent-proof.ts';
import { arbProfile } from '../stored/arbitrary-profile.fixture.ts';
import { encodeEstate } from '../stored/estate-codec.ts';
import { goldenProfile } from '../stored/golden-values.fixture.ts';
import { exportProfile } from './export-profile.ts';

/** Texts of a value, however deep. Keys of objects are names of ours. */
function textsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string' && value !== '') found.add(value);
  else if (value instanceof Uint8Array) return found;
  else if (typeof value === 'object' && value !== null) {
    const inner = 'toArray' in value ? (value as { toArray(): unknown[] }).toArray() : value;
    for (const one of Object.values(inner)) textsIn(one, found);
  }
  return found;
}

test('every text that a profile holds is in its export, in whatever part it stands', () => {
  fc.assert(
    fc.property(arbProfile, (any) => {
      const profile = { ...any, moved: undefined };
      const told = textsIn(exportProfile(profile));
      // A profile keeps the proofs as one text of rows.
      const held = { ...profile, consentProofs: proofsOf(profile.consentProofs) };
      for (const text of textsIn(held)) expect(told).toContain(text);
    }),
  );
});

test('every number that a profile holds by itself, or in a ledger, is told too', () => {
  const profile = goldenProfile();
  const told = JSON.stringify(exportProfile(profile));
  for (const { price, views } of profile.viewed.toArray()) {
    expect(told).toContain(`"price":${price}`);
    expect(told).toContain(`"views":${views}`);
  }
  expect(told).toContain(`"orderCount":${profile.orderCount}`);
});

test('no time is told as a number', () => {
  const numbers = JSON.stringify(exportProfile(goldenProfile()), (name, value) =>
    name.endsWith('Hash') ? undefined : value,
  ).match(/(?<=[:[,])1[5-9]\d{11}(?=[,}\]])/g);
  expect(numbers).toBeNull();
});

test('what a key stood for before it moved is told whole', () => {
  const profile = goldenProfile();
  const estate = encodeEstate({ profile, dispatches: [] });
  const moved = { ...goldenProfile(), moved: { to: profile.key, claim: 1, at: profile.lastAt, estate } };
  const told = exportProfile(moved).moved as { estate: { profile: unknown } };
  expect(told.estate.profile).toEqual(exportProfile(profile));
});
