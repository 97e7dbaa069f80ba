import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { DecideRequestSchema, DecideStreamRequestSchema } from '../../gen/attune/v1/decision_pb.ts';
import { PublishRequestSchema } from '../../gen/attune/v1/event_pb.ts';
import { decideBodies, uniformDecideBody } from './decide-bodies.ts';
import { publishBodies } from './event-bodies.ts';
import { TAG_LOW } from './patched-bodies.ts';
import { shopEvents } from './shop-setup.ts';

test('every request has an id of its own, and every customer has a turn', () => {
  const bodies = decideBodies(1, 50, 'home_hero');
  const requests = Array.from({ length: 200 }, (_, i) => fromBinary(DecideRequestSchema, bodies.unary(i)));
  expect(new Set(requests.map((request) => request.requestId)).size).toBe(200);
  expect(new Set(requests.map((request) => request.identifiers[0]?.value)).size).toBe(50);
});

test('a stream message carries its number as tag', () => {
  const bodies = decideBodies(1, 50, 'home_hero');
  for (const i of [0, 1, 127, 128, 70_000, 2 ** 21 - 1, 2 ** 21 + 5]) {
    const message = fromBinary(DecideStreamRequestSchema, bodies.stream(i));
    expect(Number(message.tag)).toBe(TAG_LOW + (i % 2 ** 21));
    expect(message.request?.placements).toEqual(['home_hero']);
  }
});

test('one patched body speaks for every customer', () => {
  const body = uniformDecideBody(1000, 'home_hero');
  const customers = Array.from(
    { length: 1000 },
    (_, i) => fromBinary(DecideRequestSchema, body(i)).identifiers[0]?.value,
  );
  expect(new Set(customers).size).toBe(1000);
  expect(customers.every((value) => /^b\d{7}$/.test(value ?? ''))).toBe(true);
});

test('a batch renames all its events in each call', () => {
  const events = [...shopEvents(1, 20, 1_772_452_800_000)].slice(0, 30);
  const bodies = publishBodies(events, 10);
  const ids = new Set<string>();
  for (let i = 0; i < 6; i++) {
    for (const event of fromBinary(PublishRequestSchema, bodies.body(i)).events) ids.add(event.id);
  }
  expect(ids.size).toBe(60);
});
