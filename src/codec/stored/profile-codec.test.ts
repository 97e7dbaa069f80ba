import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { arbProfile, withPlainLedgers } from './arbitrary-profile.fixture.ts';
import { decodeProfile, encodeProfile } from './profile-codec.ts';
import { StoredBytesError } from './stored-bytes-error.ts';

const id = branded<CustomerId>('abcdefghijklmnopqrstuv');
const key = branded<IdentifierKey>('email_sha256:00112233445566778899aabbccddeeff');

describe('the laws of stored profiles', () => {
  test('a profile comes back exactly as it was stored', () => {
    fc.assert(
      fc.property(arbProfile, (profile) =>
        isDeepStrictEqual(withPlainLedgers(decodeProfile(encodeProfile(profile))), withPlainLedgers(profile)),
      ),
      { numRuns: 400 },
    );
  });

  test('equal profiles have equal bytes, whatever was stored before', () => {
    fc.assert(
      fc.property(arbProfile, arbProfile, (profile, other) => {
        const bytes = encodeProfile(profile);
        encodeProfile(other);
        decodeProfile(encodeProfile(other));
        expect(Buffer.compare(encodeProfile(decodeProfile(bytes)), bytes)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('damaged bytes give an error of their own or another value', () => {
    fc.assert(
      fc.property(
        arbProfile,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (profile, place, flip, cut) => {
          const bytes = encodeProfile(profile);
          const at = place % bytes.length;
          if (!cut) bytes[at] = (bytes[at] as number) ^ flip;
          try {
            decodeProfile(cut ? bytes.subarray(0, at) : bytes);
            expect(cut).toBe(false);
          } catch (fault) {
            expect(fault).toBeInstanceOf(StoredBytesError);
          }
        },
      ),
      { numRuns: 600 },
    );
  });
});

describe('decodeProfile', () => {
  it('makes profiles of the same shape as emptyProfile, in fewer than 100 bytes when nothing is known', () => {
    const empty = emptyProfile(id, key);
    const bytes = encodeProfile(empty);
    const decoded = decodeProfile(bytes);
    expect(withPlainLedgers(decoded)).toStrictEqual(withPlainLedgers(empty));
    expect(Object.keys(decoded)).toEqual(Object.keys(empty));
    expect(bytes.length).toBeLessThan(100);
  });

  it('gives every profile arrays of its own', () => {
    const bytes = encodeProfile(emptyProfile(id, key));
    const first = decodeProfile(bytes);
    const second = decodeProfile(bytes);
    first.categories.keys.push('boots');
    first.timers.push({ kind: 0, key: 't', due: 1 });
    first.counters[0] = 1;
    first.consent[0] = 1;
    first.channelStats[0] = undefined;
    first.session.count = 1;
    expect(withPlainLedgers(second)).toStrictEqual(withPlainLedgers(emptyProfile(id, key)));
  });
});
