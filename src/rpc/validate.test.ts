import { create, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { LIMITS } from '../config/limits.ts';
import { ApplyPolicyRequestSchema, WatchDecisionsRequestSchema } from '../gen/attune/v1/admin_pb.ts';
import { UpsertRequestSchema } from '../gen/attune/v1/catalog_pb.ts';
import { DecideRequestSchema } from '../gen/attune/v1/decision_pb.ts';
import { WhyNotRequestSchema } from '../gen/attune/v1/explain_pb.ts';
import { isFailure } from './failure.ts';
import { checkMessage, parseRequest } from './validate.ts';

const brief = (schema: Parameters<typeof checkMessage>[0], message: never) =>
  checkMessage(schema, message).map(({ field, rule, value }) => [field, rule, value]);

test('a fault names the field by its path, the rule and the value found', () => {
  const request = create(DecideRequestSchema, {
    requestId: 'x'.repeat(80),
    identifiers: [{ kind: 'loyalty', value: 'v' }],
    placements: ['home', ''],
    alternativesMax: 21,
    events: [{ id: 'e', source: 's', name: 'n', products: [{ price: Number.NaN }] }],
  });
  expect(brief(DecideRequestSchema, request as never)).toEqual(
    expect.arrayContaining([
      ['request_id', 'string.max_bytes', `${'x'.repeat(61)}…`],
      ['placements[1]', 'string.min_len', ''],
      ['alternatives_max', 'uint32.lte', '21'],
      ['events[0].occurred_at', 'required', ''],
      ['events[0].products[0].price', 'double.gte_lte', 'NaN'],
    ]),
  );
  const files = create(ApplyPolicyRequestSchema, { files: { ['k'.repeat(300)]: new Uint8Array() } });
  expect(brief(ApplyPolicyRequestSchema, files as never)).toEqual([
    [`files["${'k'.repeat(300)}"]`, 'string.max_bytes', `${'k'.repeat(61)}…`],
  ]);
});

test('of a list or map it shows the size, a rule over the whole message names the field that would mend it', () => {
  expect(brief(ApplyPolicyRequestSchema, create(ApplyPolicyRequestSchema) as never)).toEqual([
    ['files', 'map.min_pairs', '0'],
  ]);
  expect(brief(UpsertRequestSchema, create(UpsertRequestSchema) as never)).toEqual([
    ['products', 'repeated.min_items', '0'],
  ]);
  const why = create(WhyNotRequestSchema, { actionId: 'a', customer: {}, at: {}, to: {} });
  expect(brief(WhyNotRequestSchema, why as never)).toEqual(
    expect.arrayContaining([
      ['at', 'why_not.time', ''],
      ['customer.identifiers', 'customer_ref.one', ''],
    ]),
  );
});

test('a rule over the whole message says what to do', () => {
  const why = create(WhyNotRequestSchema, { actionId: 'a', customer: {}, at: {}, to: {} });
  expect(checkMessage(WhyNotRequestSchema, why).map(({ message }) => message)).toEqual([
    '`customer`: give either customer_id or identifiers.',
    'Give at, or from and to in this order.',
  ]);
});

test('bytes that are no message are refused without what the parser says of them', () => {
  const failed = parseRequest(WatchDecisionsRequestSchema, Uint8Array.of(0x09, 1, 2));
  expect(failed).toMatchObject({
    code: 'invalid',
    message: 'The bytes are not a valid attune.v1.WatchDecisionsRequest.',
  });
});

test('a valid message comes through as it is', () => {
  const request = create(WatchDecisionsRequestSchema, { sample: 0.5, perSecondMax: 7 });
  const parsed = parseRequest(WatchDecisionsRequestSchema, toBinary(WatchDecisionsRequestSchema, request));
  expect(isFailure(parsed)).toBe(false);
  expect(parsed).toEqual(request);
});

test('of the faults of a request so many are found', () => {
  const bad = (count: number) =>
    create(UpsertRequestSchema, { products: Array.from({ length: count }, () => ({ productId: '' })) });
  const found = (count: number) => checkMessage(UpsertRequestSchema, bad(count)).length;
  expect([found(LIMITS.requestFaultsMax), found(LIMITS.requestFaultsMax + 1)]).toEqual([
    LIMITS.requestFaultsMax,
    LIMITS.requestFaultsMax,
  ]);
});
