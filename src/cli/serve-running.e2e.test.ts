/** A started `attune serve` as an operator has it: its policy's files, its health and metrics, its directory, its end. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { credentials, Client as GrpcClient } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyDirectory } from '../audit/verify.ts';
import { type AttuneClient, connect } from '../client/attune-client.ts';
import { AttuneError } from '../client/attune-error.ts';
import { decodeRecord } from '../codec/stored/record-codec.ts';
import { decisionId } from '../core/decide/decision-id.ts';
import { EventStatus } from '../gen/attune/v1/event_pb.ts';
import { openDirectory, recordsOf } from '../node/open-directory.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from './scratch-command.fixture.ts';

const ROOT = join(import.meta.dirname, '../..');

let scratch: ScratchDirectory;
let data: string;
let policy: string;
let service: ChildProcess;
let exit: ReturnType<typeof ended>;
let address: string;
let metrics: string;
let client: AttuneClient;

beforeEach(async () => {
  scratch = scratchDirectory();
  data = join(scratch.path, 'data');
  policy = join(scratch.path, 'policy');
  cpSync(join(ROOT, 'policies/starter'), policy, { recursive: true });
  service = startCommand([
    'serve',
    ...['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0'],
    ...['--dir', data, '--policy-dir', policy, '--shards', '4'],
  ]);
  exit = ended(service);
  const [[, port], [, url = '']] = await Promise.all([
    saying(service, /attune listens on 127\.0\.0\.1:(\d+)/),
    saying(service, /metrics on (http:\S+)\/metrics/),
  ]);
  address = `127.0.0.1:${port}`;
  metrics = url;
  client = connect(address);
});

afterEach(async () => {
  client.close();
  service.kill('SIGKILL');
  await exit;
  scratch.remove();
});

function edit(from: string, to: string, save: (path: string, text: string) => void = writeFileSync): void {
  const path = join(policy, 'policy.yaml');
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`policy.yaml does not hold ${from}`);
  save(path, text.replace(from, to));
}

/** As many editors save: beside, then in place of the old one. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.draft`, text);
  renameSync(`${path}.draft`, path);
}

async function inForce(): Promise<string> {
  const { version } = await client.admin.getPolicy();
  return version;
}

test('an edited policy comes into force; a faulty one is told with file and line and changes nothing', async () => {
  const first = await inForce();
  expect(first).toMatch(/^starter@/);
  const taken = saying(service, /policy (\S+) is in force \(before: (\S+)\)/);
  edit('name: starter', 'name: shop');
  const [, second = '', before] = await taken;
  expect(before).toBe(first);
  expect(second).toMatch(/^shop@/);
  expect(await inForce()).toBe(second);

  const line =
    readFileSync(join(policy, 'policy.yaml'), 'utf8')
      .split('\n')
      .findIndex((text) => text.startsWith('holdout:')) + 1;
  const refused = saying(
    service,
    /(policy\.yaml:(\d+):\d+: holdout[^\n]*)\n[\s\S]* has 1 faults; (\S+) stays in force/,
  );
  edit('holdout: 0.02', 'holdout: 2');
  const [, , where, kept] = await refused;
  expect([Number(where), kept]).toEqual([line, second]);
  expect(await inForce()).toBe(second);
  expect(
    (await client.decide({ identifiers: [{ kind: 'crm', value: 'c1' }], placements: ['home_hero'] }))
      .policyVersion,
  ).toBe(second);

  const mended = saying(service, /policy (shop@\S+) is in force/);
  edit('holdout: 2', 'holdout: 0.03', replace);
  const [, third = ''] = await mended;
  expect(third).not.toBe(second);
  expect(await inForce()).toBe(third);
});

test('health and metrics answer over HTTP, and count what was done', async () => {
  const health = await fetch(`${metrics}/readyz`);
  expect([health.status, await health.json()]).toEqual([200, { status: 'serving', reasons: [] }]);
  const turns = async (): Promise<number> => {
    const page = await (await fetch(`${metrics}/metrics`)).text();
    expect(page).toContain('process_cpu_seconds_total');
    return Number(/^attune_engine_total\{kind="requests"\} (\S+)$/m.exec(page)?.[1]);
  };
  const before = await turns();
  await client.decide({ identifiers: [{ kind: 'crm', value: 'c1' }], placements: ['home_hero'] });
  expect(await turns()).toBe(before + 1);
  expect((await fetch(`${metrics}/other`)).status).toBe(404);
});

test('a second process on the same directory is told which one holds it, and leaves it alone', async () => {
  for (const command of [
    ['serve', '--no-metrics', '--listen', '127.0.0.1:0', '--dir', data, '--shards', '4'],
    ['inspect', data],
  ]) {
    const { code, stdout, stderr } = await runCommand(command);
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^the data directory ${data} is used by process ${service.pid} on `));
  }
  expect(await client.health()).toBe('SERVING');
});

test('of several addresses a command takes one that answers', async () => {
  const nowhere = '127.0.0.1:1';
  const { code, stderr } = await runCommand(['rejected', '--address', `${nowhere},${address}`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const none = await runCommand(['rejected', '--address', `${nowhere},127.0.0.1:2`, '--timeout', '1s']);
  expect(none).toMatchObject({
    code: 69,
    stderr: expect.stringContaining('no answer from 127.0.0.1:1 and 127.0.0.1:2'),
  });
});

test('a connection that is held open without a word does not hold up the end', async () => {
  const silent = [address, metrics.slice('http://'.length)].map((place) => {
    const [host = '', port] = place.split(':');
    return createConnection(Number(port), host);
  });
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  // So that the service has seen them before it is told to end.
  await fetch(`${metrics}/livez`);
  service.kill('SIGTERM');
  const gone = Promise.all(silent.map((socket) => once(socket.on('error', () => {}).resume(), 'close')));
  expect(await exit).toMatchObject({ code: 0, stderr: expect.stringMatching(/stopped\n$/) });
  await gone;
});

test('a SIGTERM under load turns health, and everything that was acknowledged is in a log that verifies', async () => {
  const heard = watchHealth();
  const acknowledged: string[] = [];
  const decided: string[] = [];
  const { promise: loaded, resolve: enough } = Promise.withResolvers<void>();
  const workers = Array.from({ length: 8 }, (_, n) => work(n, acknowledged, decided, enough));
  await loaded;
  service.kill('SIGTERM');
  const { code, stderr } = await exit;
  await Promise.all(workers);
  expect(await heard).toEqual(['SERVING', 'NOT_SERVING']);
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/shutting down[\s\S]*stopped\n$/),
  });
  expect(existsSync(join(data, 'lock'))).toBe(false);

  const { events, decisions } = await logged();
  expect(acknowledged.filter((id) => events.filter((one) => one === id).length !== 1)).toEqual([]);
  expect(decided.filter((id) => !decisions.has(id))).toEqual([]);
  const verified = await verifyDirectory(data);
  expect(verified).toMatchObject({ different: 0, differences: [] });
  // Nothing had to be folded from the log again: the profiles were saved at the end.
  expect(verified.snapshots).toBe(verified.customers);
});

/** One caller who publishes and asks until the service goes away; `enough` is called once there is something to lose. */
async function work(n: number, acknowledged: string[], decided: string[], enough: () => void): Promise<void> {
  const caller = connect(address, { retry: { attemptsMax: 1 } });
  const identifiers = [{ kind: 'crm', value: `c${n}` }];
  try {
    for (let i = 0; ; i++) {
      const ids = Array.from({ length: 5 }, (_, e) => `${n}-${i}-${e}`);
      const events = ids.map((id) => ({
        id,
        source: 'load',
        identifiers,
        name: 'Product Viewed',
        products: [{ productId: 'coat', price: 10 }],
      }));
      const published = caller.publish(events);
      const reply = caller.decide({ identifiers, placements: ['home_hero'] });
      const [results, decision] = await Promise.allSettled([published, reply]);
      if (results.status === 'fulfilled')
        for (const [e, { status }] of results.value.entries())
          if (status === EventStatus.ACCEPTED) acknowledged.push(ids[e] ?? '');
      if (decision.status === 'fulfilled') decided.push(decision.value.decisionId);
      if (acknowledged.length > 400) enough();
      const failed = [results, decision].find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    }
  } catch (fault) {
    // What a caller hears of a service that leaves, and nothing else.
    expect(fault).toBeInstanceOf(AttuneError);
    expect((fault as AttuneError).code).toBe('UNAVAILABLE');
  } finally {
    caller.close();
  }
}

/** What grpc.health.v1.Health.Watch says from now on, until the service ends. Resolves then. */
function watchHealth(): Promise<string[]> {
  const grpc = new GrpcClient(address, credentials.createInsecure());
  const heard: string[] = [];
  const watch = grpc.makeServerStreamRequest(
    '/grpc.health.v1.Health/Watch',
    () => Buffer.alloc(0),
    (bytes: Buffer) => {
      const reply = new BinaryReader(bytes);
      reply.tag();
      return ['UNKNOWN', 'SERVING', 'NOT_SERVING'][reply.int32()] ?? '';
    },
    {},
  );
  watch.on('data', (status: string) => heard.push(status));
  return new Promise((resolve) => {
    watch.on('error', () => {
      grpc.close();
      resolve(heard);
    });
  });
}

async function logged(): Promise<{ events: string[]; decisions: Set<string> }> {
  const { stores, shards, generation } = await openDirectory(data, quietObserver);
  const events: string[] = [];
  const decisions = new Set<string>();
  try {
    for (let shard = 0; shard < shards; shard++) {
      for await (const { sequence, bytes } of recordsOf(stores, shard)) {
        for (const [index, fact] of decodeRecord(bytes).facts.entries()) {
          if (fact.kind === 'event') events.push(fact.id);
          if (fact.kind === 'decision')
            decisions.add(decisionId({ generation, shard, seq: sequence, index }));
        }
      }
    }
  } finally {
    await stores.close();
  }
  return { events, decisions };
}
