import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../client/attune-client.ts';
import { errorOfCall } from '../client/attune-error.ts';
import { Connection } from '../client/connection.ts';
import { settingsOf } from '../client/settings.ts';
import {
  ChannelService,
  type ConnectRequestSchema,
  type Deliver,
  FeedbackKind,
  FeedbackStatus,
} from '../gen/attune/v1/channel_pb.ts';
import { CustomerService, WatchRequestSchema } from '../gen/attune/v1/customer_pb.ts';
import { Delivery } from '../gen/attune/v1/decision_pb.ts';
import { EventStatus } from '../gen/attune/v1/event_pb.ts';
import { methodPath } from './method.ts';
import { ada, failure, view } from './service/scratch-calls.fixture.ts';
import { type Service, ShiftedClock, startProxy, startService } from './service/scratch-server.fixture.ts';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

test('a watcher sees the present state, then every change with its causes', async () => {
  const client = service.client();
  const changes = client.watchCustomer({ identifiers: ada });
  const present = await changes.next();
  expect(present.value?.causes).toEqual(['present']);
  expect(Object.keys(present.value?.traits ?? {}).length).toBeGreaterThan(50);
  await client.publish([view('p1')]);
  const change = await changes.next();
  expect(change.value?.causes).toContain('event');
  expect(change.value?.traits.viewed_product?.kind.value).toBe('p1');
  expect(change.value?.traits.refund_share).toBeUndefined();
  await changes.return();
});

test('shards and decisions can be watched', async () => {
  const client = service.client();
  const shards = client.admin.watchShards();
  const first = [];
  for (let n = 0; n < 4; n++) first.push((await shards.next()).value);
  expect(first.map((state) => [state?.shard, state?.state])).toEqual([0, 1, 2, 3].map((n) => [n, 'serving']));
  expect(first.map((state) => state?.owner)).toEqual([0, 1, 2, 3].map(() => service.address));
  expect(first.map((state) => state?.shardCount)).toEqual([4, 4, 4, 4]);
  await shards.return();
  const decisions = client.admin.watchDecisions();
  const next = decisions.next();
  await expect.poll(() => service.node.engine.runtime.watchers.tailing, { interval: 5 }).toBe(true);
  const decision = await client.decide({ identifiers: ada, placements: ['home_hero'] });
  const seen = (await next).value;
  expect(seen?.decision).toEqual(decision);
  expect(seen?.cause).toBe('request');
  await decisions.return();
  await expect.poll(() => service.node.engine.runtime.watchers.tailing, { interval: 5 }).toBe(false);
});

test('a stream of events loses and doubles nothing when its connection breaks', async () => {
  const proxy = await startProxy(service.port);
  const client = connect(proxy.address, { retry: { backoffMs: 5, backoffMsMax: 50 } });
  try {
    const stream = client.streamEvents();
    const sent = Array.from({ length: 400 }, (_, n) => stream.send(view('p1', { id: `s${n}` })));
    let settled = 0;
    for (const result of sent) void result.then(() => settled++);
    await expect.poll(() => settled, { interval: 1 }).toBeGreaterThan(0);
    proxy.cut();
    const results = await Promise.all(sent);
    expect(results.map(({ eventId }) => eventId)).toEqual(sent.map((_, n) => `s${n}`));
    const statuses = new Set(results.map(({ status }) => status));
    expect([...statuses].every((s) => s === EventStatus.ACCEPTED || s === EventStatus.DUPLICATE)).toBe(true);
    await stream.end();
    expect(proxy.connections).toBeGreaterThan(1);
    const profile = await client.getCustomer({ identifiers: ada });
    expect(profile.counters.find(({ name }) => name === 'events')?.halfLife14d).toBeCloseTo(400, 0);
  } finally {
    client.close();
    proxy.close();
  }
});

test('decisions over a stream fail one by one, and survive a broken connection', async () => {
  const proxy = await startProxy(service.port);
  const client = connect(proxy.address, { retry: { backoffMs: 5, backoffMsMax: 50 } });
  try {
    const stream = client.decideStream();
    const good = stream.decide({ identifiers: ada, placements: ['home_hero'] });
    const error = await failure(stream.decide({ identifiers: ada, placements: ['p', ''] }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.violations[0]).toMatchObject({ field: 'request.placements[1]', rule: 'string.min_len' });
    expect((await good).decisionId).not.toBe('');
    const many = Array.from({ length: 60 }, (_, n) =>
      stream.decide({ requestId: `d${n}`, identifiers: ada, placements: ['home_hero'] }),
    );
    await many[0];
    proxy.cut();
    const decisions = await Promise.all(many);
    expect(new Set(decisions.map(({ decisionId }) => decisionId)).size).toBe(60);
    await stream.end();
  } finally {
    client.close();
    proxy.close();
  }
});

test('dispatches go to their channel system once each, and an unsubscribe stops the channel', async () => {
  const tuesday = Date.UTC(2026, 2, 3, 10);
  await service.close();
  service = await startService({}, {}, new ShiftedClock(tuesday));
  const client = service.client();
  const occurredAt = timestampFromMs(tuesday);
  const people = Array.from({ length: 30 }, (_, n) => [
    { kind: 'loyalty', value: `L${n}` },
    { kind: 'email_sha256', value: `aa${n}` },
  ]);
  const { files } = await client.admin.getPolicy();
  const care = new TextDecoder().decode(files['actions/after-purchase.yaml']);
  const keen = care.replaceAll('engagement_value: 0.4', 'engagement_value: 40');
  expect((await client.admin.applyPolicy({ ...files, 'actions/after-purchase.yaml': keen })).applied).toBe(
    true,
  );
  await client.upsertProducts([{ productId: 'p1', title: 'Coat', category: 'coats', price: 90 }]);
  await client.publish(
    people.map((identifiers, n) => ({
      source: 'shop',
      identifiers,
      name: 'Order Completed',
      occurredAt,
      order: { orderId: `o${n}`, revenue: 90 },
      products: [{ productId: 'p1', category: 'coats', price: 90, quantity: 1 }],
      context: { timeZone: 'Europe/London' },
    })),
  );
  const delivered: Deliver[] = [];
  const channel = client.connectChannel({
    channel: 'email',
    credits: 3,
    onDeliver: (delivery) => {
      delivered.push(delivery);
      return undefined;
    },
  });
  const decisions = await Promise.all(
    people.map((identifiers) => client.decide({ identifiers, delivery: Delivery.DISPATCH })),
  );
  const mailed = decisions.filter(
    ({ choices: [choice] }) =>
      choice?.outcome.case === 'treatment' && choice.outcome.value.channel === 'email',
  );
  expect(mailed.length).toBeGreaterThan(3);
  await expect.poll(() => delivered.length, { interval: 5 }).toBe(mailed.length);
  expect(new Set(delivered.map(({ dispatchId }) => dispatchId)).size).toBe(mailed.length);
  const first = delivered[0] as Deliver;
  expect(first.identifiers.map(({ kind }) => kind)).toContain('email_sha256');
  const decisionId = first.dispatchId.slice(0, first.dispatchId.lastIndexOf('-'));
  await expect
    .poll(async () => (await client.explain(decisionId)).choices[0]?.state, { interval: 5 })
    .toBe('accepted');
  const unsubscribed = {
    id: 'f1',
    dispatchId: first.dispatchId,
    kind: FeedbackKind.UNSUBSCRIBED,
    occurredAt,
  };
  expect((await channel.feedback(unsubscribed)).status).toBe(FeedbackStatus.ACCEPTED);
  expect((await client.report('email', [unsubscribed]))[0]?.status).toBe(FeedbackStatus.DUPLICATE);
  const profile = await client.getCustomer({ customerId: first.customerId });
  expect(profile.channels.find(({ channel }) => channel === 'email')?.unsubscribedAt).toEqual(occurredAt);
  const nonsense = await channel.feedback({ dispatchId: 'nonsense', kind: FeedbackKind.OPENED, occurredAt });
  expect(nonsense.status).toBe(FeedbackStatus.REJECTED);
  expect(nonsense.violations[0]).toMatchObject({ field: 'dispatch_id', value: 'nonsense' });
  channel.close();
  expect(service.faults).toEqual([]);
});

test('a channel stream begins with one hello of a channel that there is', async () => {
  const raw = new Connection([service.address], settingsOf({}));
  const ending = async (...messages: MessageInitShape<typeof ConnectRequestSchema>[]) => {
    const stream = raw.bidi(ChannelService.method.connect);
    stream.on('data', () => {});
    for (const message of messages) stream.write(message);
    const [error] = await once(stream, 'error');
    return errorOfCall(error);
  };
  const hello = (channel: string, credits = 10) => ({
    message: { case: 'hello' as const, value: { channel, credits } },
  });
  const accepted = { message: { case: 'accepted' as const, value: { dispatchId: 'd' } } };
  const endings = [
    await ending(accepted),
    await ending(hello('pigeon')),
    await ending(hello('email', 0)),
    await ending(hello('email'), hello('email')),
    await ending({}),
  ];
  expect(endings.map(({ code }) => code)).toEqual(Array(5).fill('INVALID_ARGUMENT'));
  expect(endings.map(({ violations: [fault] }) => [fault?.field, fault?.rule, fault?.value])).toEqual([
    ['message', 'connect.hello_first', ''],
    ['hello.channel', 'channel.unknown', 'pigeon'],
    ['hello.credits', 'uint32.gte_lte', '0'],
    ['hello', 'connect.hello_once', ''],
    ['message', 'required', ''],
  ]);
  raw.close();
});

test('a watcher that does not read is ended, and costs nobody else', async () => {
  const session = connectHttp2(`http://${service.address}`);
  const request = session.request({
    ':method': 'POST',
    ':path': methodPath(CustomerService.method.watch),
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const asked = toBinary(WatchRequestSchema, create(WatchRequestSchema, { customer: { identifiers: ada } }));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(asked.length, 1);
  request.end(Buffer.concat([head, asked]));
  const trailers = once(request, 'trailers');
  const { watchers } = service.node.engine.runtime;
  await expect.poll(() => watchers.size, { interval: 5 }).toBe(1);
  const client = service.client();
  // Each event changes traits; unread changes fill the stream's window, then its buffer, then the watcher's bound.
  let published = 0;
  for (; watchers.size > 0 && published < 5_000; published++) await client.publish([view(`p${published}`)]);
  expect(watchers.size).toBe(0);
  request.resume();
  const [{ 'grpc-status': code }] = await trailers;
  expect(Number(code)).toBe(status.RESOURCE_EXHAUSTED);
  session.destroy();
});
