/** Commands against a started service that speaks TLS and asks its callers for a certificate. */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { makeCertificates } from '../../proof/bench/certificates.ts';
import { ended, runCommand, saying, startCommand } from '../scratch-command.fixture.ts';

let scratch: ScratchDirectory;
let service: ChildProcess;
let address = '';
const file = (name: string) => join(scratch.path, `${name}.pem`);

beforeAll(async () => {
  scratch = scratchDirectory();
  const { ca, server, client } = await makeCertificates();
  const pems = { ca: ca.cert, cert: server.cert, key: server.key, myCert: client.cert, myKey: client.key };
  for (const [name, pem] of Object.entries(pems)) writeFileSync(file(name), pem);
  service = startCommand([
    ...['serve', '--listen', '127.0.0.1:0', '--no-metrics', '--store', 'memory', '--shards', '2'],
    ...['--tls-cert', file('cert'), '--tls-key', file('key'), '--tls-client-ca', file('ca')],
  ]);
  const [, port = ''] = await saying(service, /listens on 127\.0\.0\.1:(\d+)/);
  address = `127.0.0.1:${port}`;
});

afterAll(async () => {
  if (service.exitCode === null) {
    const gone = ended(service);
    service.kill('SIGTERM');
    await gone;
  }
  scratch.remove();
});

test('a caller with a certificate sends, decides and asks why', async () => {
  const mine = ['--tls-ca', file('ca'), '--tls-cert', file('myCert'), '--tls-key', file('myKey')];
  const call = (args: readonly string[], input = '') =>
    runCommand([...args, '--address', address, ...mine], { input });
  const event = {
    ...{ type: 'track', event: 'Product Viewed', userId: 'anna', messageId: 'm1' },
    properties: { product_id: 'coat-1', category: 'coats', price: 180 },
  };
  const sent = await call(['send', '--json'], JSON.stringify(event));
  expect([JSON.parse(sent.stdout).accepted, sent.stderr]).toEqual([1, '']);
  const decided = await call(['decide', '--id', 'crm=anna', '--placement', 'home_hero', '--json']);
  const { decisionId } = JSON.parse(decided.stdout);
  expect((await call(['explain', decisionId])).stdout).toContain(decisionId);
});

test('a caller without one is refused, and told which flags send it', async () => {
  const { code, stderr } = await runCommand([
    'get',
    '--id',
    'crm=anna',
    '--address',
    address,
    '--tls-ca',
    file('ca'),
  ]);
  expect(code).toBe(69);
  expect(stderr).toContain('certificate');
  expect(stderr).toContain('--tls-cert and --tls-key.');
});
