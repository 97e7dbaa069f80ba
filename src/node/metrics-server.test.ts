import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PromObserver } from '../adapter/prom/prom-observer.ts';
import { LIMITS } from '../config/limits.ts';
import { readOptions } from '../config/option.ts';
import { SERVE_OPTIONS, type ServeSettings } from '../config/options.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { makeCertificates } from '../proof/bench/certificates.ts';
import { type MetricsServer, serveMetrics } from './metrics-server.ts';
import { type Node, openNode } from './open-node.ts';

let scratch: ScratchDirectory;
let node: Node;
let observer: PromObserver;
let server: MetricsServer | undefined;

beforeEach(async () => {
  scratch = scratchDirectory();
  observer = new PromObserver({ write: () => {} });
  node = await openNode(settings(), { observer });
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await node.close();
  scratch.remove();
});

function settings(changes: Partial<ServeSettings> = {}): ServeSettings {
  const flags = { store: 'memory', shards: '2', metricsListen: '127.0.0.1:0' };
  const read = readOptions(SERVE_OPTIONS, { flags, env: {} });
  if (!read.ok) throw new Error(read.error.join('\n'));
  return { ...read.value, ...changes };
}

async function serve(changes: Partial<ServeSettings> = {}): Promise<string> {
  server = await serveMetrics(settings(changes), observer, node);
  return server.url;
}

async function asked(url: string): Promise<[number, unknown]> {
  const response = await fetch(url);
  return [response.status, await response.json()];
}

test('probes hear whether it lives and is ready, with reasons, and metrics say the same', async () => {
  const url = await serve();
  expect(await asked(`${url}/livez`)).toEqual([200, { alive: true, reasons: [] }]);
  expect(await asked(`${url}/readyz`)).toEqual([200, { status: 'serving', reasons: [] }]);
  const states = async () =>
    (await (await fetch(`${url}/metrics`)).text()).match(/^attune_health\w*\{kind="\w+"\} 1$/gm);
  expect(await states()).toEqual(['attune_health{kind="serving"} 1']);
  node.engine.shards[0]?.lose('of a test');
  expect(await asked(`${url}/readyz`)).toEqual([
    200,
    {
      status: 'degraded',
      reasons: [{ code: 'shards_recovering', message: '1 of 2 shards are not served' }],
    },
  ]);
  node.health.drain();
  expect(await asked(`${url}/readyz`)).toMatchObject([503, { status: 'not_serving' }]);
  expect(await asked(`${url}/livez`)).toMatchObject([200, { alive: true }]);
  expect(await states()).toEqual([
    'attune_health{kind="not_serving"} 1',
    'attune_health_reasons{kind="draining"} 1',
    'attune_health_reasons{kind="shards_recovering"} 1',
  ]);
  expect((await fetch(`${url}/healthz`)).status).toBe(404);
});

test('beyond loopback it wants TLS, or to be told that something else protects it', async () => {
  const metricsListen = { host: '0.0.0.0', port: 0 };
  await expect(serve({ metricsListen })).rejects.toThrow(
    /^Refusing to serve metrics on 0\.0\.0\.0.*--tls-cert FILE.*--insecure-metrics/,
  );
  expect(await serve({ metricsListen, insecureMetrics: true })).toMatch(/^http:/);
});

test('with the certificate of gRPC it speaks TLS, and asks nobody for one', async () => {
  const { ca, server: pair } = await makeCertificates();
  const [tlsCert, tlsKey] = [join(scratch.path, 'cert.pem'), join(scratch.path, 'key.pem')];
  writeFileSync(tlsCert, pair.cert);
  writeFileSync(tlsKey, pair.key);
  const files = { tlsCert, tlsKey, tlsClientCa: tlsCert };
  const url = await serve({ ...files, metricsListen: { host: '127.0.0.1', port: 0 } });
  expect(url).toMatch(/^https:/);
  const [response] = await once(get(`${url}/readyz`, { ca: ca.cert, agent: false }), 'response');
  expect([response.statusCode, JSON.parse(await text(response))]).toEqual([
    200,
    { status: 'serving', reasons: [] },
  ]);
  await server?.close();
  expect(await serve({ ...files, insecureMetrics: true })).toMatch(/^http:/);
});

test('one connection too many to the metrics is dropped, and the others go on', async () => {
  const { port } = new URL(await serve());
  const open = () => connect(Number(port), '127.0.0.1').on('error', () => {});
  const sockets = Array.from({ length: LIMITS.metricsConnectionsMax }, open);
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const extra = open();
  await once(extra.resume(), 'close');
  const [last] = sockets;
  last?.write('GET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  expect(await text(last as NonNullable<typeof last>)).toContain('{"alive":true');
  for (const socket of sockets) socket.destroy();
});
