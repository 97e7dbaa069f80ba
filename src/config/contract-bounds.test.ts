/** The contract states bounds of its own, which some methods enforce by reading them: they are those of limits.ts. */
import { type DescMessage, getOption } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ApplyPolicyRequestSchema, CheckPolicyRequestSchema } from '../gen/attune/v1/admin_pb.ts';
import { UpsertRequestSchema } from '../gen/attune/v1/catalog_pb.ts';
import { HelloSchema, ReportRequestSchema } from '../gen/attune/v1/channel_pb.ts';
import { DecideRequestSchema, DecideStreamRequestSchema } from '../gen/attune/v1/decision_pb.ts';
import { PublishRequestSchema, StreamEventsRequestSchema } from '../gen/attune/v1/event_pb.ts';
import { CustomerRefSchema } from '../gen/attune/v1/identifier_pb.ts';
import { field as fieldRules } from '../gen/buf/validate/validate_pb.ts';
import { LIMITS } from './limits.ts';

const { identifiersPerRequestMax, policyFilesMax } = LIMITS;

test.each<[DescMessage, string, number]>([
  [CustomerRefSchema, 'identifiers', identifiersPerRequestMax],
  [PublishRequestSchema, 'events', LIMITS.eventsPerPublishMax],
  [DecideRequestSchema, 'events', LIMITS.eventsPerDecideMax],
  [DecideRequestSchema, 'placements', LIMITS.placementsMax],
  [DecideRequestSchema, 'alternatives_max', LIMITS.alternativesMax],
  [ReportRequestSchema, 'feedback', LIMITS.feedbackPerReportMax],
  [DecideStreamRequestSchema, 'entries', LIMITS.entriesPerMessageMax],
  [StreamEventsRequestSchema, 'entries', LIMITS.entriesPerMessageMax],
  [HelloSchema, 'credits', LIMITS.creditsMax],
  [UpsertRequestSchema, 'products', LIMITS.productsPerUpsertMax],
  [CheckPolicyRequestSchema, 'files', policyFilesMax],
  [ApplyPolicyRequestSchema, 'files', policyFilesMax],
])('the contract bounds %s.%s by %i', (schema, name, bound) => {
  const field = schema.fields.find((each) => each.name === name);
  if (field === undefined) throw new Error(`${schema.typeName} has no field ${name}`);
  const { type } = getOption(field, fieldRules);
  expect(type.case).toMatch(/^(repeated|map|uint32)$/);
  if (type.case === 'repeated') expect(Number(type.value.maxItems)).toBe(bound);
  if (type.case === 'map') expect(Number(type.value.maxPairs)).toBe(bound);
  if (type.case === 'uint32') expect(type.value.lessThan).toEqual({ case: 'lte', value: bound });
});
