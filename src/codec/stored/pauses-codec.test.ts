import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PAUSE_SCOPES, type Pause, PENDING_FATES } from '../../core/pause/pause.ts';
import { arbNumber, arbText, plain } from './arbitrary-facts.fixture.ts';
import { decodePausesEdition, encodePausesEdition, type PausesEdition } from './pauses-codec.ts';
import { StoredBytesError } from './stored-bytes-error.ts';

const pause = {
  scope: fc.constantFrom(...PAUSE_SCOPES),
  name: arbText,
  by: arbText,
  why: arbText,
  since: arbNumber,
  pending: fc.constantFrom(...PENDING_FATES),
};
const arbEdition: fc.Arbitrary<PausesEdition> = plain({
  previous: arbText,
  change: plain({ ...pause, isResumed: fc.boolean() }),
  list: fc.array(plain(pause), { maxLength: 4 }),
});

test('what is paused comes back exactly as it was stored, and cut bytes are an error of their own', () => {
  fc.assert(
    fc.property(arbEdition, fc.nat(), (edition, at) => {
      const bytes = encodePausesEdition(edition);
      expect(decodePausesEdition(bytes)).toEqual(edition);
      const cut = bytes.subarray(0, at % bytes.length);
      expect(() => decodePausesEdition(cut)).toThrow(StoredBytesError);
    }),
    { numRuns: 300 },
  );
});

test('the bytes of the first format are read', () => {
  const email: Pause = {
    ...{ scope: 'channel', name: 'email', by: 'anna', why: 'broken template' },
    ...{ since: 1_790_000_000_000, pending: 'withdraw' },
  };
  const edition = { previous: '2@0123456789ab', change: { ...email, isResumed: false }, list: [email] };
  const bytes = Buffer.from(encodePausesEdition(edition));
  expect(bytes.toString('hex')).toMatchInlineSnapshot(
    `"a701383240303132333435363738396162000114656d61696c10616e6e613c62726f6b656e2074656d706c61746580b083c5986801010114656d61696c10616e6e613c62726f6b656e2074656d706c61746580b083c5986801"`,
  );
});
