import { create, createFileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Connection } from '../client/connection.ts';
import { settingsOf } from '../client/settings.ts';
import { AdminService } from '../gen/attune/v1/admin_pb.ts';
import { EventStatus } from '../gen/attune/v1/event_pb.ts';
import { Health } from '../gen/grpc/health/v1/health_pb.ts';
import { methodPath } from './method.ts';
import { routesOf, SERVICES } from './routes.ts';
import { ada, failure, view } from './service/scratch-calls.fixture.ts';
import { reflect } from './service/scratch-reflection.fixture.ts';
import { type Service, startService } from './service/scratch-server.fixture.ts';
import type { ServiceContext } from './service-context.ts';

/** Routes are listed without a service behind them. */
const NOTHING = { observer: {}, inFlight: { count: 0 }, refusals: {} } as unknown as ServiceContext;

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

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
  const long = 'x'.repeat(200);
  const answered = await client.publish([view('p1', { id: long }), view('p1', { id: long, name: '' })]);
  expect(answered.map(({ eventId }) => eventId)).toEqual([long, long]);
  expect(results[1]?.violations.map(({ field, rule, value }) => `${field} ${rule} ${value}`)).toEqual(
    expect.arrayContaining([
      'identifiers[0].kind string.pattern Loyalty',
      'identifiers[0].value string.min_len ',
      'order event.order_required ',
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
    [
      'decide',
      () => client.decide({ identifiers: ada, placements: [] }),
      'placements',
      'decide.placements',
      '',
    ],
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
    ['getCustomer', () => client.getCustomer({}), 'customer.identifiers', 'customer_ref.one', ''],
    ['watchCustomer', () => client.watchCustomer({}).next(), 'customer.identifiers', 'customer_ref.one', ''],
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
  const calls: [string, () => Promise<unknown>][] = [
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
    expect(list).toEqual([...SERVICES, Health].map((one) => one.typeName).sort());
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
  expect(applied.warnings).toEqual([]);
  const placements = Buffer.from(first.files['placements.yaml'] ?? []).toString();
  const odd = {
    ...first.files,
    'placements.yaml': Buffer.from(`${placements}  footer: { channel: web }\n`),
  };
  const warned = { id: 'placement-without-action', file: 'placements.yaml', path: 'placements.footer' };
  expect((await client.admin.checkPolicy(odd)).warnings).toMatchObject([warned]);
  const { warnings, version } = await client.admin.applyPolicy(odd);
  expect(warnings).toMatchObject([{ ...warned, line: placements.split('\n').length, column: 3 }]);
  const { sha256 } = await client.admin.getPolicy();
  expect(service.infos).toEqual(
    expect.arrayContaining([
      `policy ${version} is in force (before: ${first.version}), applied by a call; sha256 ${sha256}`,
      expect.stringMatching(
        /^placements\.yaml:\d+:3: warning: placements\.footer .*\[placement-without-action\]$/,
      ),
    ]),
  );
  await client.admin.rollbackPolicy();
  expect((await failure(client.admin.getPolicy('other@000000000000'))).code).toBe('NOT_FOUND');
});
