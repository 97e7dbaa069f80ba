import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ShardState } from '../../core/ledger/shard-state.ts';
import {
  arbChoice,
  arbChoiceRef,
  arbCustomerId,
  arbNumber,
  arbReservation,
  arbText,
  plain,
} from './arbitrary-facts.fixture.ts';
import { decodeShardState, encodeShardState } from './shard-state-codec.ts';
import { StoredBytesError } from './stored-bytes-error.ts';

const arbShardState: fc.Arbitrary<ShardState> = plain<ShardState>({
  pauses: arbText,
  enrolment: plain({ wanted: arbText, after: arbText, isDone: fc.boolean() }),
  audienceWalk: plain({
    wanted: arbText,
    known: fc.array(arbText, { maxLength: 3 }),
    left: fc.array(arbText, { maxLength: 3 }),
    after: arbText,
  }),
  epoch: arbNumber,
  policy: arbText,
  model: arbText,
  revisions: fc.array(plain({ revision: arbNumber, from: arbNumber }), { maxLength: 3 }),
  generations: fc.array(plain({ generation: arbNumber, from: arbNumber }), { maxLength: 3 }),
  outbox: fc.array(
    plain({
      customer: arbCustomerId,
      ref: arbChoiceRef,
      choice: arbChoice,
      attempt: arbNumber,
      nextAt: arbNumber,
      handedAt: arbNumber,
    }),
    { maxLength: 4 },
  ),
  budgets: plain({
    loans: fc.array(
      plain({
        side: fc.constantFrom('lent', 'borrowed'),
        budget: arbText,
        day: arbNumber,
        shard: arbNumber,
        total: arbNumber,
      }),
      { maxLength: 3 },
    ),
    days: fc.array(plain({ budget: arbText, day: arbNumber, drawn: arbNumber }), { maxLength: 3 }),
    open: fc.array(
      plain({
        customer: arbCustomerId,
        ref: arbChoiceRef,
        reserved: arbReservation,
        decidedAt: arbNumber,
        until: arbNumber,
        ordered: fc.boolean(),
        back: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
  }),
});

test('a shard state comes back exactly as it was stored', () => {
  fc.assert(
    fc.property(arbShardState, (state) =>
      isDeepStrictEqual(decodeShardState(encodeShardState(state)), state),
    ),
    {
      numRuns: 300,
    },
  );
});

test('a damaged shard state gives an error of its own or another value', () => {
  fc.assert(
    fc.property(
      arbShardState,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      (state, place, flip, cut) => {
        const bytes = encodeShardState(state);
        const at = place % bytes.length;
        if (!cut) bytes[at] = (bytes[at] as number) ^ flip;
        try {
          decodeShardState(cut ? bytes.subarray(0, at) : bytes);
          expect(cut).toBe(false);
        } catch (fault) {
          expect(fault).toBeInstanceOf(StoredBytesError);
        }
      },
    ),
    { numRuns: 500 },
  );
});
