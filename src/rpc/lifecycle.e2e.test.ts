import { once } from 'node:events';
import { connect } from 'node:http2';
import { type ClientDuplexStream, type ClientReadableStream, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorOfCall } from '../client/attune-error.ts';
import { Connection } from '../client/connection.ts';
import { settingsOf } from '../client/settings.ts';
import { INTERVALS } from '../config/limits.ts';
import { CustomerService } from '../gen/attune/v1/customer_pb.ts';
import { DecisionService } from '../gen/attune/v1/decision_pb.ts';
import { EventService, EventStatus } from '../gen/attune/v1/event_pb.ts';
import { methodPath } from './method.ts';
import { createServer } from './server.ts';
import { ada, failure, view } from './service/scratch-calls.fixture.ts';
import { type Service, ShiftedClock, startService } from './service/scratch-server.fixture.ts';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
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
    service.node.gateway.read({ identifiers: ada }, (profile) => resolve(profile.version)),
  );
  // What was told is in the profile; what was not told may be.
  expect(seen).toBeGreaterThanOrEqual(told + 1);
  const error = await failure(service.client({ retry: { attemptsMax: 1 } }).health());
  expect(error.code).toBe('UNAVAILABLE');
});

test('a drain tells an idle stream when to go elsewhere, and open watchers too', async () => {
  const raw = new Connection([service.address], settingsOf({}));
  const decisions = raw.bidi(DecisionService.method.decideStream);
  const watch = raw.stream(CustomerService.method.watch, { customer: { identifiers: ada } });
  const ending = (stream: ClientDuplexStream<unknown, unknown> | ClientReadableStream<unknown>) =>
    once(
      stream.on('data', () => {}),
      'error',
    ).then(([error]) => [errorOfCall(error).code, errorOfCall(error).retryAfterMs]);
  const endings = [ending(decisions), ending(watch)];
  await once(watch, 'metadata');
  decisions.write({ tag: 1n, request: { requestId: 'r', identifiers: ada, placements: ['home_hero'] } });
  await once(decisions, 'data');
  await service.server.drain();
  expect(await Promise.all(endings)).toEqual([
    ['UNAVAILABLE', INTERVALS.retryDelayMs],
    ['UNAVAILABLE', INTERVALS.retryDelayMs],
  ]);
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
    customers: node.gateway,
    policies: node.policies,
    models: node.models,
    pauses: node.pauses,
    catalog: node.catalog,
    zones: node.engine.runtime.zones,
    health: node.health,
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

test('it refuses to listen to the world without tokens, and says how to', async () => {
  const { node } = service;
  const server = createServer({
    customers: node.gateway,
    policies: node.policies,
    models: node.models,
    pauses: node.pauses,
    catalog: node.catalog,
    zones: node.engine.runtime.zones,
    health: node.health,
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

test('a caller without a token is refused before anything that it sends is kept', async () => {
  await service.close();
  service = await startService({ tokens: ['first'] });
  const session = connect(`http://${service.address}`);
  try {
    for (const method of [EventService.method.publish, EventService.method.streamEvents]) {
      const call = session.request({
        ':method': 'POST',
        ':path': methodPath(method),
        'content-type': 'application/grpc',
      });
      // Not one byte of the request: what is sent would be gathered, and unpacked, before it is looked at.
      const [headers] = await once(call, 'response');
      expect(Number(headers['grpc-status'])).toBe(status.UNAUTHENTICATED);
    }
  } finally {
    session.destroy();
  }
});
