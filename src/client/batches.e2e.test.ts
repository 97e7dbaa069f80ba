/** Streams against a whole service: what is called together goes there in few messages, and comes back in few. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type DecideStreamReply,
  DecideStreamRequestSchema,
  DecisionService,
} from '../gen/attune/v1/decision_pb.ts';
import { EventStatus } from '../gen/attune/v1/event_pb.ts';
import { failure, view } from '../rpc/service/scratch-calls.fixture.ts';
import { type Service, startService } from '../rpc/service/scratch-server.fixture.ts';
import { Connection, toBuffer } from './connection.ts';
import { settingsOf } from './settings.ts';
import { streamMessages } from './stream-message.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const person = (n: number) => [{ kind: 'loyalty', value: `L${n}` }];

test('each decision of a batch has its own answer, and a wrong one fails alone', async () => {
  const stream = service.client().decideStream();
  const wrong = failure(stream.decide({ identifiers: person(0), placements: ['home_hero', ''] }));
  const good = Array.from({ length: 149 }, (_, n) =>
    stream.decide({ requestId: `d${n}`, identifiers: person(n), placements: ['home_hero'] }),
  );
  expect((await wrong).violations[0]).toMatchObject({ field: 'request.placements[1]' });
  const ids = (await Promise.all(good)).map(({ decisionId }) => decisionId);
  expect(new Set(ids).size).toBe(149);
  // The same ids again: the same decisions, so each answer went to its own call.
  const again = await Promise.all(
    ids.map((_, n) =>
      stream.decide({ requestId: `d${n}`, identifiers: person(n), placements: ['home_hero'] }),
    ),
  );
  expect(again.map(({ decisionId, repeated }) => [decisionId, repeated])).toEqual(
    ids.map((id) => [id, true]),
  );
  await stream.end();
});

test('a hundred decisions of one message are answered in fewer messages than there are shards and turns', async () => {
  const connection = new Connection([service.address], settingsOf({}));
  const call = connection.bidiBytes(DecisionService.method.decideStream);
  const requests = Array.from({ length: 100 }, (_, n) =>
    toBuffer(DecideStreamRequestSchema, {
      tag: BigInt(n),
      request: { requestId: `m${n}`, identifiers: person(n), placements: ['home_hero'] },
    }),
  );
  const messages = streamMessages(requests, DecideStreamRequestSchema.field.entries.number);
  expect(messages).toHaveLength(1);
  for (const message of messages) call.write(message);
  call.end();
  const replies: DecideStreamReply[] = [];
  for await (const reply of call) replies.push(reply as DecideStreamReply);
  expect(new Set(replies.flatMap(({ entries }) => entries.map(({ tag }) => tag))).size).toBe(100);
  expect(replies.length).toBeLessThan(20);
  connection.close();
});

test('events of a batch are taken once each, whichever id comes twice', async () => {
  const client = service.client();
  const stream = client.streamEvents();
  const identifiers = [{ kind: 'loyalty', value: 'grace' }];
  // Every sixth has the id of the one before.
  const events = Array.from({ length: 300 }, (_, n) =>
    view('p1', { id: `e${n % 6 === 5 ? n - 1 : n}`, identifiers }),
  );
  const results = await Promise.all(events.map((event) => stream.send(event)));
  const count = (status: EventStatus) => results.filter((result) => result.status === status).length;
  expect([count(EventStatus.ACCEPTED), count(EventStatus.DUPLICATE)]).toEqual([250, 50]);
  await stream.end();
  const profile = await client.getCustomer({ identifiers });
  expect(profile.counters.find(({ name }) => name === 'events')?.halfLife14d).toBeCloseTo(250, 0);
});

test('an event that does not fit the contract is rejected alone, in a call and in a stream', async () => {
  const event = (n: number, more: object = {}) => ({
    ...{ id: `u${n}`, source: 'shop', name: 'Page Viewed', identifiers: person(n) },
    ...more,
  });
  const half = { products: [{ productId: 'cheese', quantity: 0.5 }] };
  const heavy = {
    properties: { a: { kind: { case: 'stringValue' as const, value: 'x'.repeat(4_300_000) } } },
  };
  const events = [event(1), event(2, half), event(3, heavy), event(4)];
  const client = service.client();
  const stream = client.streamEvents();
  for (const results of [
    await client.publish(events),
    await Promise.all(events.map((one) => stream.send({ ...one, source: 'stream' }))),
  ]) {
    const { ACCEPTED, REJECTED } = EventStatus;
    expect(results.map(({ status }) => status)).toEqual([ACCEPTED, REJECTED, REJECTED, ACCEPTED]);
    expect(results[1]).toMatchObject({
      eventId: 'u2',
      violations: [{ field: 'quantity', rule: 'event.unfit' }],
    });
    expect(results[2]?.violations[0]?.message).toContain('4 MiB');
  }
  await stream.end();
});

test('events that together are more than a call may hold go in several', async () => {
  const value = 'x'.repeat(60_000);
  const events = Array.from({ length: 80 }, (_, n) => ({
    ...{ id: `w${n}`, source: 'shop', name: 'Page Viewed', identifiers: person(n) },
    properties: Object.fromEntries(
      ['a', 'b'].map((name) => [name, { kind: { case: 'stringValue' as const, value } }]),
    ),
  }));
  const results = await service.client().publish(events);
  expect(results.map(({ eventId }) => eventId)).toEqual(events.map(({ id }) => id));
});
