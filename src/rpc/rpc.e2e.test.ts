import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { create, createFileRegistry, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type ClientDuplexStream, type ClientReadableStream, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../client/attune-client.ts';
import { AttuneError, errorOfCall } from '../client/attune-error.ts';
import { Connection } from '../client/connection.ts';
import type { EventInit } from '../client/event-init.ts';
import { replyStream } from '../client/reply-stream.ts';
import { settingsOf } from '../client/settings.ts';
import { AdminService } from '../gen/attune/v1/admin_pb.ts';
import {
  ChannelService,
  type ConnectRequestSchema,
  type Deliver,
  FeedbackKind,
  FeedbackStatus,
} from '../gen/attune/v1/channel_pb.ts';
import { CustomerService, WatchRequestSchema } from '../gen/attune/v1/customer_pb.ts';
import { DecisionService, Delivery } from '../gen/attune/v1/decision_pb.ts';
import { EventStatus } from '../gen/attune/v1/event_pb.ts';
import { methodPath } from './method.ts';
import { routesOf, SERVICES } from './routes.ts';
import { reflect } from './scratch-reflection.ts';
import { type Service, ShiftedClock, startProxy, startService } from './scratch-server.ts';
import { createServer } from './server.ts';
import type { Serving } from './serving.ts';

/** Routes are listed without a service behind them. */
const NOTHING = { observer: {}, inFlight: { count: 0 } } as unknown as Serving;

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

const ada = [{ kind: 'loyalty', value: 'ada' }];

function view(productId: string, change: Partial<EventInit> = {}): EventInit {
  return {
    source: 'web-shop',
    identifiers: ada,
    name: 'Product Viewed',
    channel: 'web',
    products: [{ productId, category: 'coats', brand: 'Nord', price: 120, size: 'M' }],
    ...change,
  };
}

async function failure(promise: Promise<unknown>): Promise<AttuneError> {
  return promise.then(
    () => Promise.reject(new Error('The call succeeded.')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(AttuneError);
      return error as AttuneError;
    },
  );
}

test('an event that was acknowledged is in the next decision, and the decision explains itself', async () => {
  const client = service.client();
  const results = await client.publish([view('p1'), view('p2')]);
  expect(results.map(({ status }) => status)).toEqual([EventStatus.ACCEPTED, EventStatus.ACCEPTED]);
  const decision = await client.decide({ identifiers: ada, placements: ['home_hero'], alternativesMax: 5 });
  expect(decision.choices).toHaveLength(1);
  expect(decision.choices[0]?.placement).toBe('home_hero');
  expect(decision.choices[0]?.propensity).toBeGreaterThan(0);
  expect(decision.choices[0]?.alternatives.length).toBeGreaterThan(0);
  expect(decision.policyVersion).toMatch(/^.+@[0-9a-f]{12}$/);
  const why = await client.explain(decision.decisionId);
  expect(why.customerId).toBe(decision.customerId);
  expect(why.candidates.length).toBeGreaterThan(10);
  expect(why.choices[0]?.propensity).toBe(decision.choices[0]?.propensity);
  expect(why.page).toContain(`Decision ${decision.decisionId}`);
  expect(why.scoreRows[0]?.features.find(({ name }) => name === 'views_1h')?.value).toBeGreaterThan(0);
  expect(why.recordBytes).toBeGreaterThan(100);
  expect(service.faults).toEqual([]);
});

test('a retry of a decision gets the stored one, the same id with another body is refused', async () => {
  const client = service.client();
  const request = { requestId: 'r1', identifiers: ada, placements: ['home_hero'] };
  const first = await client.decide(request);
  const again = await client.decide(request);
  expect([first.repeated, again.repeated]).toEqual([false, true]);
  expect({ ...again, repeated: false }).toEqual(first);
  const error = await failure(client.decide({ ...request, placements: ['app_home'] }));
  expect([error.code, error.reason]).toEqual(['ALREADY_EXISTS', 'ID_REUSED']);
});

test('a batch is not atomic: every event has its own result, in order, with all its faults', async () => {
  const client = service.client();
  const results = await client.publish([
    view('p1', { id: 'e1' }),
    { id: 'e2', source: 'web-shop', identifiers: [{ kind: 'Loyalty', value: '' }], name: 'Order Completed' },
    view('p9', { id: 'e1' }),
    view('p2', { id: 'e3' }),
  ]);
  const { ACCEPTED, REJECTED } = EventStatus;
  expect(results.map(({ eventId, status }) => [eventId, status])).toEqual([
    ['e1', ACCEPTED],
    ['e2', REJECTED],
    ['e1', REJECTED],
    ['e3', ACCEPTED],
  ]);
  expect(results[1]?.violations.map(({ field, rule, value }) => `${field} ${rule} ${value}`)).toEqual(
    expect.arrayContaining([
      'identifiers[0].kind string.pattern Loyalty',
      'identifiers[0].value string.min_len ',
      ' event.order_required ',
    ]),
  );
  expect(results[2]?.violations[0]).toMatchObject({ field: 'id', rule: 'event.id_reused', value: 'e1' });
});

test('a repeated event is a duplicate', async () => {
  const client = service.client();
  const event = view('p1', { id: 'e1', occurredAt: { seconds: BigInt(Math.floor(Date.now() / 1000)) } });
  expect((await client.publish([event]))[0]?.status).toBe(EventStatus.ACCEPTED);
  expect((await client.publish([event]))[0]?.status).toBe(EventStatus.DUPLICATE);
});

test('an event that is too old is refused unless it is historical', async () => {
  const client = service.client();
  const old = { occurredAt: { seconds: BigInt(Math.floor(Date.now() / 1000) - 40 * 86_400) } };
  const [late, history] = await client.publish([view('p1', old), view('p1', { ...old, historical: true })]);
  expect(late?.status).toBe(EventStatus.REJECTED);
  expect(late?.violations[0]).toMatchObject({ field: 'occurred_at', rule: 'event.too_old' });
  expect(history?.status).toBe(EventStatus.ACCEPTED);
});

test('every method names field, rule and value of what it refuses', async () => {
  const client = service.client({ retry: { attemptsMax: 1 } });
  const long = 'x'.repeat(300);
  const nobody = { identifiers: [{ kind: 'BAD', value: 'v' }] };
  const calls: [string, () => Promise<unknown>, string, string, string][] = [
    ['decide', () => client.decide({ identifiers: ada, placements: [] }), '', 'decide.placements', ''],
    [
      'decide',
      () => client.decide({ identifiers: [{ kind: 'Bad kind', value: 'v' }], placements: ['home_hero'] }),
      'identifiers[0].kind',
      'string.pattern',
      'Bad kind',
    ],
    ['explain', () => client.explain(long), 'decision_id', 'string.max_bytes', 'x'],
    ['whyNot', () => client.whyNot(nobody, 'a'), 'customer.identifiers[0].kind', 'string.pattern', 'BAD'],
    [
      'report',
      () => client.report('', [{ id: 'f', dispatchId: 'd', kind: 1 }]),
      'channel',
      'string.min_len',
      '',
    ],
    [
      'report',
      () => client.report('pigeon', [{ dispatchId: 'd', kind: 1 }]),
      'channel',
      'channel.unknown',
      'pigeon',
    ],
    [
      'getCustomer',
      () => client.getCustomer(nobody),
      'customer.identifiers[0].kind',
      'string.pattern',
      'BAD',
    ],
    ['getCustomer', () => client.getCustomer({}), 'customer', 'customer_ref.one', ''],
    ['watchCustomer', () => client.watchCustomer({}).next(), 'customer', 'customer_ref.one', ''],
    ['checkPolicy', () => client.admin.checkPolicy({}), 'files', 'map.min_pairs', '0'],
    [
      'applyPolicy',
      () => client.admin.applyPolicy({ a: '' }, long),
      'expected_version',
      'string.max_bytes',
      'x',
    ],
    ['rollbackPolicy', () => client.admin.rollbackPolicy(long), 'version', 'string.max_bytes', 'x'],
    ['getPolicy', () => client.admin.getPolicy(long), 'version', 'string.max_bytes', 'x'],
    ['watchShards', () => client.admin.watchShards([99]).next(), 'shards[0]', 'uint32.lt', '99'],
    [
      'watchDecisions',
      () => client.admin.watchDecisions({ sample: 2 }).next(),
      'sample',
      'double.gte_lte',
      '2',
    ],
  ];
  for (const [name, call, field, rule, value] of calls) {
    const error = await failure(call());
    expect(error.code, name).toBe('INVALID_ARGUMENT');
    expect(error.reason, name).toBe('REQUEST_INVALID');
    expect({ ...error.violations[0] }, name).toMatchObject({ field, rule });
    expect(error.violations[0]?.value.startsWith(value), `${name}: ${error.violations[0]?.value}`).toBe(true);
    expect(error.violations[0]?.message, name).not.toBe('');
  }
  expect(service.faults).toEqual([]);
});

test('a bad row of a catalogue is refused alone, and named', async () => {
  const client = service.client();
  const results = await client.upsertProducts([
    { productId: 'c1', title: 'Coat', category: 'coats', price: 120, variants: [{ size: 'M', stock: 3 }] },
    { productId: 'c2', title: 'Hat', category: 'hats', price: -1 },
    { productId: 'c3', title: 'Scarf' },
  ]);
  expect(results.map(({ accepted }) => accepted)).toEqual([true, false, false]);
  expect(results[1]?.violations[0]).toMatchObject({ field: 'price', rule: 'double.gte_lte', value: '-1' });
  expect(results[2]?.violations[0]).toMatchObject({ field: 'category', rule: 'product.incomplete' });
});

test('what this release does not serve says so, and so does what no release serves', async () => {
  const raw = new Connection([service.address], settingsOf({ retry: { attemptsMax: 1 } }));
  const { link, unlink, export: exported, erase } = CustomerService.method;
  const customer = { identifiers: ada };
  const calls: [string, () => Promise<unknown>][] = [
    ['CustomerService/Link', () => raw.unary(link, { identifiers: [...ada, ...ada] })],
    ['CustomerService/Unlink', () => raw.unary(unlink, { linkId: 'l' })],
    ['CustomerService/Export', () => replyStream(raw, () => raw.stream(exported, { customer })).next()],
    ['CustomerService/Erase', () => raw.unary(erase, { customer })],
    ['ChannelService/ListAudience', () => raw.unary(ChannelService.method.listAudience, { audience: 'a' })],
    ['AdminService/ListExperiments', () => raw.unary(AdminService.method.listExperiments, {})],
  ];
  for (const [name, call] of calls) {
    const error = await failure(call());
    expect([error.code, error.message.startsWith(`${name} is not served yet. `)], name).toEqual([
      'UNIMPLEMENTED',
      true,
    ]);
  }
  const unknown = await failure(raw.unaryBytes('/attune.v1.DecisionService/Guess', Buffer.alloc(0)));
  expect(unknown.code).toBe('UNIMPLEMENTED');
  raw.close();
});

test('bytes that are no message are refused on every unary method', async () => {
  const raw = new Connection([service.address], settingsOf({ retry: { attemptsMax: 1 } }));
  const garbage = Buffer.from([0x0a, 0xff, 0x01, 0x02]);
  for (const [path, route] of routesOf(NOTHING)) {
    if (route.kind !== 'unary') continue;
    const error = await failure(raw.unaryBytes(path, garbage));
    expect(['INVALID_ARGUMENT', 'UNIMPLEMENTED'], path).toContain(error.code);
    expect(error.message, path).not.toMatch(/Error|at \/|undefined|index out of range/);
  }
  expect(service.faults).toEqual([]);
  raw.close();
});

test('every method of the contract is served', () => {
  const declared = SERVICES.flatMap((service) => service.methods.map(methodPath)).sort();
  expect(
    routesOf(NOTHING)
      .map(([path]) => path)
      .sort(),
  ).toEqual(declared);
});

test('reflection gives a client all it needs to call a method it has never seen', async () => {
  for (const version of ['v1', 'v1alpha']) {
    const { list, files } = await reflect(service.address, version, 'attune.v1.DecisionService');
    expect(list).toEqual(SERVICES.map((one) => one.typeName).sort());
    const set = createFileRegistry(create(FileDescriptorSetSchema, { file: files }));
    expect(set.getService('attune.v1.DecisionService')?.method.decide?.input.fields.length).toBeGreaterThan(
      5,
    );
  }
});

test('why-not answers in a sentence, for now and for a time', async () => {
  const client = service.client();
  await client.publish([view('p1')]);
  const now = await client.whyNot({ identifiers: ada }, 'recommend_category_for_you');
  expect(now.answer).toMatch(/^recommend_category_for_you /);
  expect(now.decisions).toEqual([]);
  const decision = await client.decide({ identifiers: ada, placements: ['home_hero'] });
  const then = await client.whyNot({ identifiers: ada }, 'recover_cart', { at: new Date() });
  expect(then.decisions.map(({ decisionId }) => decisionId)).toEqual([decision.decisionId]);
  expect(then.wasChosen).toBe(false);
  const before = await client.whyNot({ identifiers: ada }, 'recover_cart', {
    from: new Date(0),
    to: new Date(1),
  });
  expect(before.answer).toContain('no decision was made');
});

test('a profile shows what is known, also of a stranger and by the id', async () => {
  const client = service.client();
  const stranger = await client.getCustomer({ identifiers: ada });
  expect([stranger.version, stranger.traits.stage?.kind.value]).toEqual([0n, 'prospect']);
  await client.publish([view('p1'), view('p2')]);
  const profile = await client.getCustomer({ identifiers: ada });
  expect(profile.customerId).toBe(stranger.customerId);
  expect(profile.viewed.map(({ productId }) => productId)).toEqual(['p2', 'p1']);
  expect(profile.traits.viewed_product?.kind.value).toBe('p2');
  expect(profile.counters.find(({ name }) => name === 'views')?.halfLife1d).toBeCloseTo(2, 2);
  expect((await client.getCustomer({ customerId: profile.customerId })).version).toBe(profile.version);
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

test('a deadline that passed is answered as such, and nothing is decided', async () => {
  const client = service.client({ deadlineMs: 0 });
  const error = await failure(
    client.decide({ requestId: 'late', identifiers: ada, placements: ['home_hero'] }),
  );
  expect(error.code).toBe('DEADLINE_EXCEEDED');
  const profile = await service.client().getCustomer({ identifiers: ada });
  expect(profile.version).toBe(0n);
});

test('policies are checked, applied by compare-and-set, rolled back and given out', async () => {
  const client = service.client();
  const first = await client.admin.getPolicy();
  expect([first.inForce, Object.keys(first.files).includes('policy.yaml')]).toEqual([true, true]);
  const faulty = { ...first.files, 'policy.yaml': 'name: [' };
  expect((await client.admin.checkPolicy(faulty)).faults[0]).toMatchObject({ file: 'policy.yaml', line: 1 });
  expect((await client.admin.checkPolicy({ 'policy.yaml': Uint8Array.of(0xff) })).faults[0]?.message).toMatch(
    /UTF-8/,
  );
  const refused = await client.admin.applyPolicy(faulty);
  expect([refused.applied, refused.version]).toEqual([false, first.version]);
  const changed = { ...first.files };
  changed['policy.yaml'] = Buffer.concat([
    changed['policy.yaml'] ?? Buffer.alloc(0),
    Buffer.from('\n# changed\n'),
  ]);
  expect((await failure(client.admin.applyPolicy(changed, 'other@000000000000'))).code).toBe('ABORTED');
  const applied = await client.admin.applyPolicy(changed, first.version);
  expect([applied.applied, applied.previousVersion]).toEqual([true, first.version]);
  expect((await client.decide({ identifiers: ada, placements: ['home_hero'] })).policyVersion).toBe(
    applied.version,
  );
  expect((await client.admin.rollbackPolicy()).version).toBe(first.version);
  expect((await failure(client.admin.getPolicy('other@000000000000'))).code).toBe('NOT_FOUND');
});

test('health says serving per service until the server drains, and accepted work is finished', async () => {
  const client = service.client();
  expect(await client.health()).toBe('SERVING');
  expect(await client.health('attune.v1.DecisionService')).toBe('SERVING');
  const stream = client.streamEvents();
  await stream.send(view('p1', { id: 'before' }));
  const sent = Array.from({ length: 100 }, (_, n) => stream.send(view('p1', { id: `d${n}` })));
  const first = await Promise.race(sent);
  const drained = service.server.drain();
  expect(first.status).toBe(EventStatus.ACCEPTED);
  await drained;
  stream.close();
  const results = await Promise.allSettled(sent);
  const told = results.filter((r) => r.status === 'fulfilled').length;
  const seen = await new Promise<number>((resolve) =>
    service.node.door.read({ identifiers: ada }, (profile) => resolve(profile.version)),
  );
  // What was told is in the profile; what was not told may be.
  expect(seen).toBeGreaterThanOrEqual(told + 1);
  const error = await failure(service.client({ retry: { attemptsMax: 1 } }).health());
  expect(error.code).toBe('UNAVAILABLE');
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

test('a drain tells an idle stream to go elsewhere, and open watchers too', async () => {
  const raw = new Connection([service.address], settingsOf({}));
  const decisions = raw.bidi(DecisionService.method.decideStream);
  const watch = raw.stream(CustomerService.method.watch, { customer: { identifiers: ada } });
  const ending = (stream: ClientDuplexStream<unknown, unknown> | ClientReadableStream<unknown>) =>
    once(
      stream.on('data', () => {}),
      'error',
    ).then(([error]) => errorOfCall(error).code);
  const endings = [ending(decisions), ending(watch)];
  await once(watch, 'metadata');
  decisions.write({ tag: 1n, request: { requestId: 'r', identifiers: ada, placements: ['home_hero'] } });
  await once(decisions, 'data');
  await service.server.drain();
  expect(await Promise.all(endings)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
  raw.close();
});

test('a client finds the server again after a restart, and its stream goes on', async () => {
  const client = service.client({ retry: { backoffMs: 5, backoffMsMax: 50 }, deadlineMs: 20_000 });
  const stream = client.streamEvents();
  await stream.send(view('p1', { id: 'first' }));
  await service.server.drain();
  const waiting = stream.send(view('p1', { id: 'second' }));
  const decision = client.decide({ identifiers: ada, placements: ['home_hero'] });
  const { node, faults } = service;
  const server = createServer({
    customers: node.door,
    policies: node.policies,
    catalog: node.catalog,
    observer: {
      count() {},
      gauge() {},
      time() {},
      info() {},
      fault: (sentence) => void faults.push(sentence),
    },
    clock: new ShiftedClock(Date.now()),
    options: { tokens: [], drainTimeoutMs: 100 },
  });
  await server.listen('127.0.0.1', service.port);
  expect((await waiting).status).toBe(EventStatus.ACCEPTED);
  expect((await decision).decisionId).not.toBe('');
  stream.close();
  server.close();
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

test('it refuses to listen to the world without tokens, and says how to', async () => {
  const { node } = service;
  const server = createServer({
    customers: node.door,
    policies: node.policies,
    catalog: node.catalog,
    observer: { count() {}, gauge() {}, time() {}, info() {}, fault() {} },
    clock: new ShiftedClock(Date.now()),
    options: { tokens: [], drainTimeoutMs: 0 },
  });
  await expect(server.listen('0.0.0.0', 0)).rejects.toThrow(/--auth-tokens-file/);
  await expect(server.listen('127.0.0.1', service.port)).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${service.port}`,
  );
  server.close();
});

test('with tokens every call but health needs one', async () => {
  await service.close();
  service = await startService({ tokens: ['first', 'second'] });
  expect(await service.client().health()).toBe('SERVING');
  const without = await failure(service.client().publish([view('p1')]));
  expect([without.code, without.reason]).toEqual(['UNAUTHENTICATED', 'TOKEN_REFUSED']);
  expect((await failure(service.client({ token: 'secon' }).getCustomer({ identifiers: ada }))).code).toBe(
    'UNAUTHENTICATED',
  );
  const stream = service.client({ token: 'wrong' }).streamEvents();
  expect((await failure(stream.send(view('p1')))).code).toBe('UNAUTHENTICATED');
  const results = await service.client({ token: 'second' }).publish([view('p1')]);
  expect(results[0]?.status).toBe(EventStatus.ACCEPTED);
});
