import { create, type DescMessage, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../../core/channel.ts';
import { NOTHING, ROW_SCORED } from '../../core/decide/candidate-columns.ts';
import { decisionId, trackingToken } from '../../core/decide/decision-id.ts';
import type { Choice, DecisionFact } from '../../core/fact/fact.ts';
import { REASONS } from '../../core/reason.ts';
import { ConnectReplySchema, ReportReplySchema } from '../../gen/attune/v1/channel_pb.ts';
import { DecideReplySchema, DecideStreamReplySchema } from '../../gen/attune/v1/decision_pb.ts';
import { EventResultSchema, PublishReplySchema } from '../../gen/attune/v1/event_pb.ts';
import type { TreatmentSchema } from '../../gen/attune/v1/treatment_pb.ts';
import { StatusSchema } from '../../gen/google/rpc/status_pb.ts';
import { arbDecisionFact, arbText } from '../stored/arbitrary-facts.fixture.ts';
import {
  encodeDeliver,
  encodeEraseCustomer,
  encodeFeedbackResult,
  encodeReportReply,
  encodeWithdraw,
  FEEDBACK_STATUS,
  type FeedbackResultOutput,
} from './encode-channel.ts';
import { encodeDecideReply, encodeDecideStreamError, encodeDecideStreamReply } from './encode-decide.ts';
import {
  EVENT_STATUS,
  type EventResultOutput,
  encodeEventResult,
  encodePublishReply,
} from './encode-event-result.ts';
import type { Violation } from './violation.ts';
import { WireWriter } from './wire-writer.ts';

type DecideReplyInit = Exclude<MessageInitShape<typeof DecideReplySchema>, { $typeName: string }>;

const names = {
  actions: Array.from({ length: 101 }, (_, i) => ({
    id: `action-${i}`,
    variants: [{ id: 'a' }, { id: `variant-${i}` }],
  })),
};

const arbMs = fc.oneof(fc.integer({ min: 0, max: 4_102_444_800_000 }), fc.constantFrom(0, 1, 999, 1_000));
const arbLong = fc.oneof(
  arbText,
  fc.integer({ min: 100, max: 40_000 }).map((n) => 'é'.repeat(n)),
);
const arbAmount = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1.5, Number.NaN, Infinity));
const arbPlace = fc.record({
  generation: fc.nat(),
  shard: fc.integer({ min: 0, max: 63 }),
  seq: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 40 })),
  index: fc.nat({ max: 1000 }),
});

/** A decision as finish makes it: times are times, every choice has a row. */
const arbDecided = fc
  .tuple(
    arbPlace,
    arbDecisionFact,
    fc.boolean(),
    fc.array(arbMs, { minLength: 9, maxLength: 9 }),
    arbLong,
    arbAmount,
  )
  .filter(([, fact]) => fact.record.columns.count > 0 || fact.choices.length === 0)
  .map(([place, fact, repeated, times, long, amount]) => ({
    place,
    repeated,
    fact: {
      ...fact,
      alternativesMax: fact.choices.length === 0 ? 0 : Math.abs(Math.trunc(fact.seedA)) % 21 || 0,
      choices: fact.choices.map((choice, i) => sane(choice, i, fact, times, long, amount)),
    },
  }));

function sane(
  choice: Choice,
  i: number,
  fact: DecisionFact,
  times: number[],
  long: string,
  expectedValue: number,
): Choice {
  const { content, offer } = choice;
  const { count: rows, ev } = fact.record.columns;
  // An expected value is a number: NaN has no rank.
  for (let row = 0; row < rows; row++) if (Number.isNaN(ev[row])) ev[row] = -1;
  return {
    ...choice,
    row: i % rows,
    channel: Math.abs(choice.placement.length) % CHANNELS.length,
    reason: choice.action.length % REASONS.length,
    expectedValue,
    notAfter: times[i * 3] ?? 0,
    at: times[i * 3 + 1] ?? 0,
    offer: offer && { ...offer, until: times[i * 3 + 2] ?? 0 },
    content: content && {
      ...content,
      rendered: i === 0 ? long : content.rendered,
      slotNames: content.slotNames.slice(0, content.slotValues.length),
    },
  };
}

describe('bytes written by hand', () => {
  test('a decision decodes with protobuf-es to the equal message', () => {
    fc.assert(
      fc.property(arbDecided, arbViolations, ({ place, fact, repeated }, warnings) => {
        const decided = { place, fact, repeated, warnings };
        const expected = replyInit(place, fact, repeated, warnings);
        expectEqual(DecideReplySchema, encodeDecideReply(decided, names), expected);
        expectEqual(DecideStreamReplySchema, encodeDecideStreamReply(place.seq, decided, names), {
          tag: BigInt(place.seq),
          result: { case: 'reply', value: create(DecideReplySchema, expected) },
        });
      }),
      { numRuns: 400 },
    );
  });

  test('a decision whose policy is no longer known has no alternatives', () => {
    fc.assert(
      fc.property(arbDecided, (decided) => {
        const reply = fromBinary(DecideReplySchema, encodeDecideReply(decided, undefined));
        expect(reply.choices.map(({ alternatives }) => alternatives)).toEqual(reply.choices.map(() => []));
      }),
      { numRuns: 50 },
    );
  });

  test('an error of a stream decodes to its status', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
        fc.integer({ min: 1, max: 16 }),
        arbText,
        fc.array(fc.record({ typeUrl: arbText, value: fc.uint8Array({ maxLength: 300 }) }), { maxLength: 3 }),
        (tag, code, message, details) => {
          expectEqual(
            DecideStreamReplySchema,
            encodeDecideStreamError(Number(tag), { code, message, details }),
            {
              tag,
              result: {
                case: 'error',
                value: {
                  code,
                  message: message.toWellFormed(),
                  details: details.map(({ typeUrl, value }) => ({ typeUrl: typeUrl.toWellFormed(), value })),
                },
              },
            },
          );
        },
      ),
    );
  });

  test('results of events decode to the equal messages', () => {
    const arbResult: fc.Arbitrary<EventResultOutput> = fc.record({
      eventId: arbText,
      source: arbText,
      status: fc.constantFrom('accepted', 'duplicate', 'rejected', 'retry'),
      violations: arbViolations,
      retryAfterMs: arbMs,
      linkPending: fc.boolean(),
      warnings: arbViolations,
    });
    const init = (result: EventResultOutput) => ({
      eventId: result.eventId.toWellFormed(),
      source: result.source.toWellFormed(),
      status: EVENT_STATUS[result.status],
      violations: result.violations.map(wellFormed),
      ...(result.status === 'retry' && { retryAfter: secondsAndNanos(result.retryAfterMs) }),
      linkPending: result.linkPending,
      warnings: result.warnings.map(wellFormed),
    });
    fc.assert(
      fc.property(
        fc.array(arbResult, { maxLength: 4 }),
        fc.maxSafeInteger().map(Math.abs),
        (results, tag) => {
          expectEqual(PublishReplySchema, encodePublishReply(results), { results: results.map(init) });
          for (const result of results) {
            expectEqual(EventResultSchema, encodeEventResult(tag, result), {
              ...init(result),
              tag: BigInt(tag),
            });
          }
        },
      ),
    );
  });

  test('what goes down to a channel system decodes to the equal messages', () => {
    const arbResult: fc.Arbitrary<FeedbackResultOutput> = fc.record({
      id: arbText,
      status: fc.constantFrom('accepted', 'duplicate', 'rejected', 'retry'),
      violations: arbViolations,
      retryAfterMs: arbMs,
    });
    const init = (result: FeedbackResultOutput) => ({
      id: result.id.toWellFormed(),
      status: FEEDBACK_STATUS[result.status],
      violations: result.violations.map(wellFormed),
      ...(result.status === 'retry' && { retryAfter: secondsAndNanos(result.retryAfterMs) }),
    });
    const arbIdentifiers = fc.array(fc.record({ kind: arbText, value: arbText }), { maxLength: 3 });
    fc.assert(
      fc.property(
        arbDecided.filter(({ fact }) => fact.choices.length > 0),
        arbIdentifiers,
        arbText,
        arbMs,
        fc.nat(),
        arbResult,
        ({ fact }, identifiers, id, notAfter, attempt, result) => {
          const choice = fact.choices[0] as Choice;
          const deliver = {
            dispatchId: id,
            customerId: id,
            identifiers,
            choice,
            attempt,
            notAfter,
            tracking: id,
          };
          expectEqual(ConnectReplySchema, encodeDeliver(deliver), {
            message: {
              case: 'deliver',
              value: {
                dispatchId: id.toWellFormed(),
                customerId: id.toWellFormed(),
                identifiers: identifiers.map(({ kind, value }) => ({
                  kind: kind.toWellFormed(),
                  value: value.toWellFormed(),
                })),
                treatment: treatmentInit(choice, id),
                attempt,
                notAfter: secondsAndNanos(notAfter),
              },
            },
          });
          expectEqual(ConnectReplySchema, encodeWithdraw(id, 'ORDERED'), {
            message: { case: 'withdraw', value: { dispatchId: id.toWellFormed(), reason: 'ORDERED' } },
          });
          expectEqual(ConnectReplySchema, encodeEraseCustomer(id), {
            message: { case: 'eraseCustomer', value: { customerId: id.toWellFormed() } },
          });
          expectEqual(ConnectReplySchema, encodeFeedbackResult(result), {
            message: { case: 'feedbackResult', value: init(result) },
          });
          expectEqual(ReportReplySchema, encodeReportReply([result, result]), {
            results: [init(result), init(result)],
          });
        },
      ),
    );
  });

  test('are a view that holds until the next message', () => {
    const first = encodeWithdraw('dispatch-1', 'ORDERED');
    expect(fromBinary(ConnectReplySchema, first).message.value).toMatchObject({ dispatchId: 'dispatch-1' });
    encodeWithdraw('dispatch-2', 'ORDERED');
    expect(fromBinary(ConnectReplySchema, first).message.value).toMatchObject({ dispatchId: 'dispatch-2' });
  });

  test('grow beyond the buffer at any place', () => {
    // A blob and a number need exactly their bytes, so that every edge of the first buffer (16 KiB) is met.
    for (let size = 16_340; size < 16_400; size++) {
      const value = new Uint8Array(size).fill(7);
      const writer = new WireWriter();
      writer.open();
      const body = writer.nest(26, 1);
      writer.blob(18, value);
      writer.close(body, 1);
      writer.whole(8, 16);
      expect(fromBinary(StatusSchema, new Uint8Array(writer.view()))).toEqual(
        create(StatusSchema, { code: 16, details: [{ value }] }),
      );
      writer.open();
      writer.blob(26, value);
      writer.double(9, Math.PI);
      const bytes = writer.view();
      expect(bytes.readDoubleLE(bytes.length - 8)).toBe(Math.PI);
    }
  });
});

const arbViolations = fc.array(
  fc.record({ field: arbText, rule: arbText, value: arbText, message: arbText }),
  { maxLength: 3 },
);

function expectEqual<D extends DescMessage>(schema: D, bytes: Uint8Array, init: MessageInitShape<D>): void {
  // Not equals(): for it NaN is another number than NaN.
  // Bytes fields of a Buffer would be Buffers.
  expect(fromBinary(schema, new Uint8Array(bytes))).toEqual(create(schema, init));
}

function replyInit(
  place: Parameters<typeof decisionId>[0],
  fact: DecisionFact,
  repeated: boolean,
  warnings: readonly Violation[],
): DecideReplyInit {
  const dry = place.seq === 0;
  return {
    decisionId: dry ? '' : decisionId(place),
    customerId: fact.customer,
    choices: fact.choices.map((choice, i) => ({
      placement: choice.placement.toWellFormed(),
      outcome: outcomeInit(choice, dry ? '' : trackingToken(fact.customer, place, i)),
      propensity: choice.propensity,
      alternatives: alternativesInit(fact, choice),
    })),
    policyVersion: fact.policy.toWellFormed(),
    repeated,
    warnings: warnings.map(wellFormed),
  };
}

function outcomeInit(choice: Choice, tracking: string) {
  if (choice.kind === 'treatment')
    return { case: 'treatment' as const, value: treatmentInit(choice, tracking) };
  if (choice.kind === 'nothing') {
    return { case: 'noAction' as const, value: { reason: REASONS[choice.reason] ?? '' } };
  }
  return {
    case: 'later' as const,
    value: {
      at: secondsAndNanos(choice.at),
      actionId: choice.action.toWellFormed(),
      variantId: choice.variant.toWellFormed(),
      channel: CHANNELS[choice.channel] ?? '',
    },
  };
}

function treatmentInit(choice: Choice, tracking: string): MessageInitShape<typeof TreatmentSchema> {
  const { content, offer } = choice;
  return {
    actionId: choice.action.toWellFormed(),
    variantId: choice.variant.toWellFormed(),
    channel: CHANNELS[choice.channel] ?? '',
    ...(content && {
      content: {
        templateId: content.templateId.toWellFormed(),
        locale: content.locale.toWellFormed(),
        slots: Object.fromEntries(
          content.slotNames.map((name, i) => [
            name.toWellFormed(),
            content.slotValues[i]?.toWellFormed() ?? '',
          ]),
        ),
        productIds: content.productIds.map((id) => id.toWellFormed()),
        rendered: content.rendered.toWellFormed(),
      },
    }),
    ...(offer && {
      offer: {
        offerId: offer.offer.toWellFormed(),
        kind: offer.kind.toWellFormed(),
        depth: offer.depth,
        code: offer.code.toWellFormed(),
        validUntil: secondsAndNanos(offer.until),
      },
    }),
    expectedValue: choice.expectedValue,
    notAfter: secondsAndNanos(choice.notAfter),
    tracking: tracking.toWellFormed(),
  };
}

/** All scored rows of the chosen one's placement but itself, sorted as the contract says, the first few. */
function alternativesInit(fact: DecisionFact, choice: Choice) {
  const columns = fact.record.columns;
  return Array.from({ length: columns.count }, (_, row) => row)
    .filter((row) => columns.stage[row] === ROW_SCORED && row !== choice.row)
    .filter((row) => columns.placement[row] === columns.placement[choice.row])
    .sort((a, b) => (columns.ev[b] ?? 0) - (columns.ev[a] ?? 0))
    .slice(0, fact.alternativesMax)
    .map((row) => {
      const nothing = columns.action[row] === NOTHING;
      const action = nothing ? undefined : names.actions[columns.action[row] ?? 0];
      return {
        actionId: action?.id ?? '',
        variantId: action?.variants[columns.variant[row] ?? 0]?.id ?? '',
        channel: nothing ? '' : (CHANNELS[columns.channel[row] ?? 0] ?? ''),
        propensity: columns.propensity[row] ?? 0,
        expectedValue: columns.ev[row] ?? 0,
      };
    });
}

function wellFormed(violation: { field: string; rule: string; value: string; message: string }) {
  return {
    field: violation.field.toWellFormed(),
    rule: violation.rule.toWellFormed(),
    value: violation.value.toWellFormed(),
    message: violation.message.toWellFormed(),
  };
}

function secondsAndNanos(ms: number) {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.round((ms % 1000) * 1e6) };
}
