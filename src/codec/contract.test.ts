import { execFileSync } from 'node:child_process';
import { create, fromBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { FEEDBACK_KINDS } from '../core/fact/fact.ts';
import { FeedbackKind, FeedbackSchema } from '../gen/attune/v1/channel_pb.ts';
import { DecideRequestSchema, DecideStreamRequestSchema, Delivery } from '../gen/attune/v1/decision_pb.ts';
import { EventSchema, PublishRequestSchema } from '../gen/attune/v1/event_pb.ts';
import { contractViolations } from './contract-rules.fixture.ts';

/** The calls that the design promises, and WatchDecisions for `attune tail`. */
const CALLS = {
  EventService: ['Publish', 'StreamEvents'],
  DecisionService: ['Decide', 'DecideStream', 'Explain', 'WhyNot'],
  ChannelService: ['Connect', 'Report', 'ListAudience'],
  CustomerService: ['Get', 'Watch', 'Link', 'Unlink', 'Export', 'Erase'],
  CatalogService: ['Upsert'],
  AdminService: [
    'CheckPolicy',
    'ApplyPolicy',
    'RollbackPolicy',
    'GetPolicy',
    'PublishModel',
    'RollbackModel',
    'ListModels',
    'ListExperiments',
    'WriteImages',
    'Pause',
    'Resume',
    'ListPauses',
    'ListNodes',
    'DrainNode',
    'FinaliseRevision',
    'GetShardMap',
    'WatchShards',
    'WatchDecisions',
    'ListRefusals',
  ],
};

/** client, server: which side streams. */
const STREAMS: Record<string, string> = {
  StreamEvents: 'both',
  DecideStream: 'both',
  Connect: 'both',
  Watch: 'server',
  Export: 'server',
  WatchShards: 'server',
  WatchDecisions: 'server',
};

const files = contractFiles();

describe('the contract', () => {
  test('has every call of the design, streaming on the side that it says', () => {
    const found: Record<string, string[]> = {};
    const streams: Record<string, string> = {};
    for (const service of files.flatMap((file) => file.service)) {
      found[service.name] = service.method.map((method) => method.name);
      for (const { name, clientStreaming, serverStreaming } of service.method) {
        if (clientStreaming) streams[name] = serverStreaming ? 'both' : 'client';
        else if (serverStreaming) streams[name] = 'server';
      }
    }
    expect(found).toEqual(CALLS);
    expect(streams).toEqual(STREAMS);
  });

  test('kinds of feedback stand in core in the order of their numbers', () => {
    const numbers: Readonly<Record<string, number>> = FeedbackKind;
    expect(FEEDBACK_KINDS.map((kind) => numbers[kind.toUpperCase()])).toEqual(
      FEEDBACK_KINDS.map((_, at) => at + 1),
    );
    expect(Object.keys(numbers)).toHaveLength(FEEDBACK_KINDS.length + 1);
  });

  test('comments every service, call, message, field, oneof, enum and enum value', () => {
    const places = files.flatMap(placesOf);
    expect(places.length).toBeGreaterThan(500);
    expect(places.filter((place) => !place.commented).map((place) => place.name)).toEqual([]);
  });
});

describe('the validation rules', () => {
  const identifiers = [{ kind: 'crm', value: '17850' }];
  const event = {
    id: 'e1',
    source: 'web-shop',
    identifiers,
    name: 'Product Viewed',
    occurredAt: { seconds: 1_764_000_000n },
    products: [{ productId: 'coat', price: 129.5 }],
    properties: { referrer: { kind: { case: 'stringValue' as const, value: 'mail' } } },
  };
  const request = { requestId: 'r1', identifiers, placements: ['home_hero'] };
  const consent = (purpose: string) => ({
    channel: { kind: { case: 'stringValue' as const, value: 'email' } },
    purpose: { kind: { case: 'stringValue' as const, value: purpose } },
    granted: { kind: { case: 'boolValue' as const, value: false } },
  });
  const feedback = {
    id: 'f1',
    dispatchId: '1-2-3-0-0',
    kind: FeedbackKind.OPENED,
    occurredAt: event.occurredAt,
  };

  test.each([
    ['an event', EventSchema, create(EventSchema, event)],
    [
      'a refused consent',
      EventSchema,
      create(EventSchema, { ...event, name: 'Consent Updated', properties: consent('marketing') }),
    ],
    ['a batch', PublishRequestSchema, create(PublishRequestSchema, { events: [event, event] })],
    ['a request', DecideRequestSchema, create(DecideRequestSchema, { ...request, events: [event] })],
    [
      'an outbound request',
      DecideRequestSchema,
      create(DecideRequestSchema, { ...request, placements: [], delivery: Delivery.DISPATCH }),
    ],
    [
      'a request of a stream',
      DecideStreamRequestSchema,
      create(DecideStreamRequestSchema, { tag: 1n, timeout: { seconds: 1n }, request }),
    ],
    ['feedback', FeedbackSchema, create(FeedbackSchema, feedback)],
  ])('let %s pass', (_, schema, message) => {
    expect(contractViolations(schema, message)).toEqual([]);
  });

  test.each([
    ['id string.min_len', EventSchema, create(EventSchema, { ...event, id: '' })],
    ['identifiers repeated.min_items', EventSchema, create(EventSchema, { ...event, identifiers: [] })],
    ['occurred_at required', EventSchema, create(EventSchema, { ...event, occurredAt: undefined })],
    [
      'occurred_at timestamp.gte_lt',
      EventSchema,
      create(EventSchema, { ...event, occurredAt: { seconds: -1n } }),
    ],
    [
      'products[0].price double.gte_lte',
      EventSchema,
      create(EventSchema, { ...event, products: [{ productId: 'coat', price: Number.NaN }] }),
    ],
    [
      'placements repeated.max_items',
      DecideRequestSchema,
      create(DecideRequestSchema, { ...request, placements: Array<string>(9).fill('p') }),
    ],
    [
      'placements decide.placements',
      DecideRequestSchema,
      create(DecideRequestSchema, { ...request, placements: [] }),
    ],
    [
      'placements decide.placements',
      DecideRequestSchema,
      create(DecideRequestSchema, { ...request, delivery: Delivery.DISPATCH }),
    ],
    [
      'delivery enum.defined_only',
      DecideRequestSchema,
      create(DecideRequestSchema, { ...request, delivery: 3 as Delivery }),
    ],
    [
      'alternatives_max uint32.lte',
      DecideRequestSchema,
      create(DecideRequestSchema, { ...request, alternativesMax: 21 }),
    ],
    [
      'timeout duration.gt_lte',
      DecideStreamRequestSchema,
      create(DecideStreamRequestSchema, { timeout: { seconds: 61n }, request }),
    ],
    ['dispatch_id feedback.about', FeedbackSchema, create(FeedbackSchema, { ...feedback, dispatchId: '' })],
    [
      'dispatch_id feedback.about',
      FeedbackSchema,
      create(FeedbackSchema, { ...feedback, identifiers: [{ kind: 'crm', value: '1' }] }),
    ],
    ['kind required', FeedbackSchema, create(FeedbackSchema, { ...feedback, kind: 0 })],
    ['scope string.in', FeedbackSchema, create(FeedbackSchema, { ...feedback, scope: 'all' })],
  ])('refuse a message by naming %s', (fault, schema, message) => {
    expect(contractViolations(schema, message)).toEqual([fault]);
  });
});

interface Place {
  readonly name: string;
  readonly commented: boolean;
}

function contractFiles(): FileDescriptorProto[] {
  const image = execFileSync('node_modules/.bin/buf', ['build', '-o', '-#format=binpb'], {
    maxBuffer: 1 << 24,
  });
  return fromBinary(FileDescriptorSetSchema, image).file.filter((file) => file.package === 'attune.v1');
}

/** Everything in a file that can carry a comment, by the paths of descriptor.proto's SourceCodeInfo. */
function placesOf(file: FileDescriptorProto): Place[] {
  const commented = new Set(
    file.sourceCodeInfo?.location
      .filter(({ leadingComments }) => leadingComments.trim() !== '')
      .map(({ path }) => path.join('.')),
  );
  const places: Place[] = [];
  const add = (name: string, path: string) => places.push({ name, commented: commented.has(path) });
  const addEnum = (desc: EnumDescriptorProto, path: string) => {
    add(desc.name, path);
    desc.value.forEach((value, i) => {
      add(value.name, `${path}.2.${i}`);
    });
  };
  const addMessage = (desc: DescriptorProto, path: string) => {
    if (desc.options?.mapEntry) return;
    add(desc.name, path);
    desc.field.forEach((field, i) => {
      add(`${desc.name}.${field.name}`, `${path}.2.${i}`);
    });
    desc.oneofDecl.forEach((oneof, i) => {
      if (!oneof.name.startsWith('_')) add(`${desc.name}.${oneof.name}`, `${path}.8.${i}`);
    });
    desc.nestedType.forEach((nested, i) => {
      addMessage(nested, `${path}.3.${i}`);
    });
    desc.enumType.forEach((nested, i) => {
      addEnum(nested, `${path}.4.${i}`);
    });
  };
  file.messageType.forEach((desc, i) => {
    addMessage(desc, `4.${i}`);
  });
  file.enumType.forEach((desc, i) => {
    addEnum(desc, `5.${i}`);
  });
  file.service.forEach((service, i) => {
    add(service.name, `6.${i}`);
    service.method.forEach((method, j) => {
      add(`${service.name}.${method.name}`, `6.${i}.2.${j}`);
    });
  });
  return places;
}
