import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorOfCall } from '../client/attune-error.ts';
import { Connection } from '../client/connection.ts';
import { settingsOf } from '../client/settings.ts';
import { INTERVALS, LIMITS } from '../config/limits.ts';
import { AdminService } from '../gen/attune/v1/admin_pb.ts';
import { CatalogService } from '../gen/attune/v1/catalog_pb.ts';
import { ChannelService, FeedbackKind } from '../gen/attune/v1/channel_pb.ts';
import { CustomerService } from '../gen/attune/v1/customer_pb.ts';
import { DecisionService } from '../gen/attune/v1/decision_pb.ts';
import { EventService, EventStatus } from '../gen/attune/v1/event_pb.ts';
import type { Shard } from '../runtime/shard/shard.ts';
import { methodPath } from './method.ts';
import { ada, failure, view } from './service/scratch-calls.fixture.ts';
import { type Service, startService } from './service/scratch-server.fixture.ts';

let service: Service;
let raw: Connection;
beforeAll(async () => {
  service = await startService();
  raw = new Connection([service.address], settingsOf({ deadlineMs: 30_000, retry: { attemptsMax: 1 } }));
});
afterAll(async () => {
  raw.close();
  await service.close();
});

const many = <T>(count: number, each: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => each(n));
const event = (n: number) => ({ ...view('p1'), id: `b${n}`, occurredAt: { seconds: BigInt(n + 1) } });

test('a request beyond a bound of its fields is refused with the bound, one at the bound is not', async () => {
  const decide = (change: object) =>
    raw.unary(DecisionService.method.decide, {
      requestId: 'r',
      identifiers: ada,
      placements: ['home_hero'],
      ...change,
    });
  const feedback = (n: number) => ({
    id: `f${n}`,
    dispatchId: 'd',
    kind: FeedbackKind.OPENED,
    occurredAt: { seconds: 1n },
  });
  const calls: [string, string, () => Promise<unknown>][] = [
    [
      'events',
      'repeated.max_items',
      () => raw.unary(EventService.method.publish, { events: many(LIMITS.eventsPerPublishMax + 1, event) }),
    ],
    ['events', 'repeated.max_items', () => decide({ events: many(LIMITS.eventsPerDecideMax + 1, event) })],
    [
      'placements',
      'repeated.max_items',
      () => decide({ placements: many(LIMITS.placementsMax + 1, (n) => `p${n}`) }),
    ],
    ['alternatives_max', 'uint32.lte', () => decide({ alternativesMax: LIMITS.alternativesMax + 1 })],
    [
      'feedback',
      'repeated.max_items',
      () =>
        raw.unary(ChannelService.method.report, {
          channel: 'email',
          feedback: many(LIMITS.feedbackPerReportMax + 1, feedback),
        }),
    ],
    [
      'products',
      'repeated.max_items',
      () =>
        raw.unary(CatalogService.method.upsert, {
          products: many(LIMITS.productsPerUpsertMax + 1, (n) => ({ productId: `p${n}` })),
        }),
    ],
    [
      'files',
      'map.max_pairs',
      () =>
        raw.unary(AdminService.method.checkPolicy, {
          files: Object.fromEntries(many(LIMITS.policyFilesMax + 1, (n) => [`f${n}`, new Uint8Array()])),
        }),
    ],
  ];
  for (const [field, rule, call] of calls) {
    const error = await failure(call());
    expect([error.code, error.violations[0]?.field, error.violations[0]?.rule]).toEqual([
      'INVALID_ARGUMENT',
      field,
      rule,
    ]);
  }
  const full = many(LIMITS.eventsPerPublishMax, (n) => ({ ...event(n), historical: true }));
  const { results } = await raw.unary(EventService.method.publish, { events: full });
  expect(results.filter(({ status: s }) => s === EventStatus.ACCEPTED)).toHaveLength(full.length);
});

test('an event beyond a bound of its own is taken without what is beyond, and says so', async () => {
  const line = { productId: 'p', price: 1, quantity: 1 };
  const entry = (n: number) => [`k${n}`, { kind: { case: 'boolValue' as const, value: true } }] as const;
  const key = (n: number) => ({ kind: 'loyalty', value: `l${n}` });
  const nobody = { kind: 'loyalty', value: 'null' };
  const { identifiersPerRequestMax: kept, identifiersReadMax: read } = LIMITS;
  const { results } = await raw.unary(EventService.method.publish, {
    events: [
      { ...view('p1', { id: 'x1' }), products: many(LIMITS.productsPerEventMax + 1, () => line) },
      view('p1', { id: 'x2', properties: Object.fromEntries(many(LIMITS.propertiesPerEventMax + 1, entry)) }),
      view('p1', { id: 'x3', identifiers: many(kept + 1, key) }),
      view('p1', { id: 'x4', identifiers: [...many(read, () => nobody), key(1)] }),
      view('p1', { id: 'x5', identifiers: [...many(read - 1, () => nobody), key(1)] }),
      {
        ...view('p1', { id: 'x6' }),
        products: many(LIMITS.productsPerEventMax, () => line),
        properties: Object.fromEntries(many(LIMITS.propertiesPerEventMax, entry)),
        identifiers: many(kept, key),
      },
    ].map((each) => ({ occurredAt: { seconds: BigInt(Math.floor(Date.now() / 1000)) }, ...each })),
  });
  const { ACCEPTED, REJECTED } = EventStatus;
  expect(results.map(({ status }) => status)).toEqual([
    ...[ACCEPTED, ACCEPTED, ACCEPTED],
    ...[REJECTED, ACCEPTED, ACCEPTED],
  ]);
  const told = results.map(({ warnings }) => warnings.map(({ field, rule }) => `${field} ${rule}`).at(-1));
  expect(told).toEqual([
    'products repeated.max_items',
    'properties map.max_pairs',
    'identifiers repeated.max_items',
    undefined,
    `identifiers[${read - 2}].value identifier.impossible`,
    undefined,
  ]);
});

test('a request of more bytes than the bound is refused unread', async () => {
  const path = methodPath(EventService.method.publish);
  const error = await failure(raw.unaryBytes(path, Buffer.alloc(LIMITS.requestBytesMax + 1)));
  expect(error.code).toBe('RESOURCE_EXHAUSTED');
});

test('a policy of more bytes than the bound is refused unread, one at the bound is read', async () => {
  const files = (bytes: number) => ({ files: { 'policy.yaml': Buffer.alloc(bytes, '#') } });
  const read = await raw.unary(AdminService.method.checkPolicy, files(LIMITS.policyBytesMax));
  expect(read.faults.length).toBeGreaterThan(0);
  // A quarter of a mebibyte is for the names of the files.
  const beyond = files(LIMITS.policyBytesMax + 256 * 1_024);
  const { checkPolicy, applyPolicy } = AdminService.method;
  for (const call of [raw.unary(checkPolicy, beyond), raw.unary(applyPolicy, beyond)])
    expect((await failure(call)).code).toBe('RESOURCE_EXHAUSTED');
});

test('of the faults of a policy the first are listed, and the rest is counted', async () => {
  const garbage = (count: number) => ({
    files: Object.fromEntries(many(count, (n) => [`actions/f${n}.yaml`, Uint8Array.of(0xff)])),
  });
  const { checkPolicy, applyPolicy } = AdminService.method;
  const exact = await raw.unary(checkPolicy, garbage(LIMITS.policyFaultsMax));
  expect(exact.faults.map(({ message }) => message)).toEqual(
    many(LIMITS.policyFaultsMax, () => 'the file is not valid UTF-8'),
  );
  const more = garbage(LIMITS.policyFaultsMax + 7);
  for (const { faults } of [await raw.unary(checkPolicy, more), await raw.unary(applyPolicy, more)]) {
    expect([faults.length, faults.at(-1)?.message]).toEqual([
      LIMITS.policyFaultsMax + 1,
      '7 more faults are not listed',
    ]);
  }
});

test('a stream has so many requests in flight; the next ones wait unread, and none is lost', async () => {
  const { gateway } = service.node;
  const publish = gateway.publish.bind(gateway);
  const held: (() => void)[] = [];
  gateway.publish = (...args) => void held.push(() => publish(...args));
  const stream = raw.bidi(EventService.method.streamEvents);
  try {
    let answered = 0;
    stream.on('error', () => {}).on('data', () => answered++);
    const occurredAt = { seconds: BigInt(Math.floor(Date.now() / 1000)) };
    const total = 2 * LIMITS.streamInFlightMax + 5;
    for (let n = 0; n < total; n++)
      stream.write({ tag: BigInt(n + 1), event: { ...view('p1', { id: `s${n}` }), occurredAt } });
    for (const waiting of [LIMITS.streamInFlightMax, LIMITS.streamInFlightMax, 5]) {
      await expect.poll(() => held.length, { interval: 5 }).toBe(waiting);
      // Another call of the same connection goes by: what could be read has been.
      await failure(raw.unary(DecisionService.method.decide, {}));
      expect(held).toHaveLength(waiting);
      for (const go of held.splice(0)) go();
    }
    await expect.poll(() => answered, { interval: 5 }).toBe(total);
  } finally {
    gateway.publish = publish;
    stream.cancel();
  }
});

test('with more customers quarantined than the bound the service says that it does not serve', async () => {
  const { health, engine } = service.node;
  const { quarantined } = (engine.shards[0] as Shard).actors;
  const state = health.state.bind(health);
  let looks = 0;
  health.state = () => {
    looks++;
    return state();
  };
  const looked = async (): Promise<string> => {
    const before = looks;
    await expect.poll(() => looks, { interval: 10, timeout: 5_000 }).toBeGreaterThan(before);
    return service.client().health();
  };
  try {
    for (let n = 0; n < LIMITS.quarantinedMax; n++) quarantined.add(`q${n}`);
    expect(await looked()).toBe('SERVING');
    quarantined.add('one more');
    expect(await looked()).toBe('NOT_SERVING');
  } finally {
    quarantined.clear();
    health.state = state;
  }
});

test('one channel system too many is told to come later, and finds room when another leaves', async () => {
  const hello = { message: { case: 'hello' as const, value: { channel: 'email', credits: 1 } } };
  const connected = () => {
    const stream = raw.bidi(ChannelService.method.connect);
    stream.on('error', () => {}).on('data', () => {});
    stream.write(hello);
    return stream;
  };
  const { channels } = service.node.engine.runtime;
  const streams = many(LIMITS.channelStreamsMax, connected);
  await expect.poll(() => channels.sessions, { interval: 5 }).toBe(LIMITS.channelStreamsMax);
  const [fault] = await once(connected(), 'error');
  const error = errorOfCall(fault);
  expect([error.code, error.reason, error.retryAfterMs]).toEqual([
    'RESOURCE_EXHAUSTED',
    'BOUND_REACHED',
    INTERVALS.retryDelayMs,
  ]);
  streams[0]?.cancel();
  await expect.poll(() => channels.sessions, { interval: 5 }).toBe(LIMITS.channelStreamsMax - 1);
  const late = connected();
  await expect.poll(() => channels.sessions, { interval: 5 }).toBe(LIMITS.channelStreamsMax);
  for (const stream of [...streams, late]) stream.cancel();
  await expect.poll(() => channels.sessions, { interval: 5 }).toBe(0);
});

test('one watcher too many is told to come later', async () => {
  // More than one connection may carry.
  const other = new Connection([`localhost:${service.port}`], settingsOf({}));
  const watch = (n = 0) => {
    const through = n % 2 === 0 ? raw : other;
    const stream = through.stream(CustomerService.method.watch, { customer: { identifiers: ada } });
    return stream.on('error', () => {}).on('data', () => {});
  };
  const { watchers } = service.node.engine.runtime;
  const streams = many(LIMITS.watchersMax, watch);
  await expect.poll(() => watchers.size, { interval: 10, timeout: 20_000 }).toBe(LIMITS.watchersMax);
  const [fault] = await once(watch(), 'error');
  expect(errorOfCall(fault).code).toBe('RESOURCE_EXHAUSTED');
  for (const stream of streams) stream.cancel();
  await expect.poll(() => watchers.size, { interval: 10, timeout: 20_000 }).toBe(0);
  other.close();
});

test('one watcher of shards or decisions too many is told to come later', async () => {
  const watch = (n: number) => {
    const { watchShards, watchDecisions } = AdminService.method;
    const stream = n % 2 === 0 ? raw.stream(watchShards, {}) : raw.stream(watchDecisions, {});
    return stream.on('error', () => {}).on('data', () => {});
  };
  const streams = many(LIMITS.operatorWatchersMax, watch);
  await Promise.all(streams.map((stream) => once(stream, 'metadata')));
  const [fault] = await once(watch(0), 'error');
  expect(errorOfCall(fault).code).toBe('RESOURCE_EXHAUSTED');
  for (const stream of streams) stream.cancel();
  // Room again: the first message is a shard, not the end.
  await expect
    .poll(async () => {
      const late = watch(0);
      const came = await Promise.race([
        once(late, 'error').then(() => 'refused'),
        once(late, 'data').then(() => 'let in'),
      ]);
      late.cancel();
      return came;
    })
    .toBe('let in');
});

test('one stream too many is refused, and the others go on', async () => {
  const sessions: ClientHttp2Session[] = many(5, () =>
    connectHttp2(`http://${service.address}`).on('error', () => {}),
  );
  const opened: ClientHttp2Stream[] = [];
  const open = (n: number): ClientHttp2Stream => {
    const stream = (sessions[n % 5] as ClientHttp2Session).request(
      {
        ':method': 'POST',
        ':path': methodPath(DecisionService.method.decideStream),
        'content-type': 'application/grpc',
        te: 'trailers',
      },
      { endStream: false },
    );
    opened.push(stream.on('error', () => {}));
    return stream;
  };
  const responses = many(LIMITS.streamsMax, (n) => once(open(n), 'response'));
  await Promise.all(responses);
  const refused = open(0);
  const [headers] = await once(refused, 'response');
  expect(Number(headers['grpc-status'])).toBe(status.RESOURCE_EXHAUSTED);
  for (const stream of [refused, opened[0] as ClientHttp2Stream]) {
    stream.close();
    await once(stream, 'close');
  }
  const accepted = await service.client().publish([view('p1')]);
  expect(accepted[0]?.status).toBe(EventStatus.ACCEPTED);
  const [again] = await once(open(1), 'response');
  expect(again['grpc-status']).toBeUndefined();
  for (const session of sessions) session.destroy();
});
