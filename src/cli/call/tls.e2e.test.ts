import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStreamServer } from '../../client/stream-server.fixture.ts';
import { EventService, EventStatus } from '../../gen/attune/v1/event_pb.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { type KeyPair, makeCertificates } from '../../proof/bench/certificates.ts';
import { runCommand } from '../scratch-command.fixture.ts';
import { callService, type Flags } from './call-service.ts';

let scratch: ScratchDirectory;
const files: Record<string, string> = {};
const addresses: Record<string, string> = {};
const closing: (() => void)[] = [];

beforeAll(async () => {
  scratch = scratchDirectory();
  const [known, stranger] = await Promise.all([makeCertificates(), makeCertificates()]);
  const pems = {
    ...{ ca: known.ca.cert, cert: known.client.cert, key: known.client.key },
    ...{ otherCa: stranger.ca.cert, otherCert: stranger.client.cert, otherKey: stranger.client.key },
    empty: '',
  };
  for (const [name, pem] of Object.entries(pems)) {
    files[name] = join(scratch.path, `${name}.pem`);
    writeFileSync(files[name], pem);
  }
  const tls = ({ key, cert }: KeyPair, ca?: KeyPair) =>
    ServerCredentials.createSsl(
      ca === undefined ? null : Buffer.from(ca.cert),
      [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }],
      ca !== undefined,
    );
  addresses.plain = await healthy(ServerCredentials.createInsecure());
  addresses.tls = await healthy(tls(known.server));
  addresses.mutual = await healthy(tls(known.server, known.ca));
  addresses.elsewhere = await healthy(tls(known.elsewhere));
  const events = await startStreamServer(
    EventService.method.streamEvents,
    ({ requests }, out) =>
      out.reply({ entries: requests.map(({ tag }) => ({ tag, status: EventStatus.ACCEPTED })) }),
    tls(known.server, known.ca),
  );
  addresses.events = events.address;
  closing.push(events.close);
});
afterAll(() => {
  for (const close of closing) close();
  scratch.remove();
});

/** A server that says it is well, and nothing else. */
async function healthy(credentials: ServerCredentials): Promise<string> {
  const server = new Server();
  const same = (bytes: Buffer) => bytes;
  server.register(
    '/grpc.health.v1.Health/Check',
    (_: unknown, answer: (error: null, reply: Buffer) => void) => answer(null, Buffer.from([8, 1])),
    same,
    same,
    'unary',
  );
  closing.push(() => server.forceShutdown());
  return new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    ),
  );
}

/** What a command says that only asks whether the service is well. */
async function asked(server: string, flags: Readonly<Record<string, string>>): Promise<string> {
  const named: Flags = {
    address: addresses[server],
    ...Object.fromEntries(Object.entries(flags).map(([flag, name]) => [flag, files[name] ?? name])),
  };
  return callService(named, (client) => client.health()).catch((fault: unknown) =>
    String(fault)
      .replaceAll(scratch.path, '.')
      .replaceAll(/\d+\.\d+\.\d+\.\d+:\d+/g, 'it'),
  );
}

const mine = { tlsCert: 'cert', tlsKey: 'key' };
const others = { tlsCert: 'otherCert', tlsKey: 'otherKey' };

describe('calls', () => {
  test.concurrent.each([
    ['tls', { tlsCa: 'ca' }, 'SERVING'],
    ['mutual', { tlsCa: 'ca', ...mine }, 'SERVING'],
    ['plain', {}, 'SERVING'],
    ['plain', { tlsCa: 'ca' }, /no answer from it: it does not speak TLS\nCall it without --tls-ca/],
    ['tls', {}, /no answer from it: it ended the connection\nIf it speaks TLS, .* --tls-ca\.$/],
    ['tls', { tlsCa: 'otherCa' }, /signed by an authority that is not trusted here\n.* --tls-ca\.$/],
    ['tls', { tlsCa: 'default' }, /signed by an authority that is not trusted here\n.* --tls-ca\.$/],
    ['elsewhere', { tlsCa: 'ca' }, /its certificate is for another name\n.* --address/],
    ['mutual', { tlsCa: 'ca' }, /a certificate of the caller.*--tls-cert and --tls-key\.$/s],
    ['mutual', { tlsCa: 'ca', ...others }, /this caller's certificate.*--tls-cert/s],
  ])('of a service that is %s with %o', async (server, flags, expected) => {
    const said = await asked(server, flags);
    if (typeof expected === 'string') expect(said).toBe(expected);
    else expect(said).toMatch(expected);
  });

  test.each([
    [
      { tlsCa: './none.pem', tlsCert: '.' },
      [
        'CommandError: --tls-ca: ./none.pem cannot be read: it is not there',
        '--tls-cert: . cannot be read: it is a directory, and a file is wanted',
      ],
    ],
    [
      { tlsCa: 'empty', tlsKey: 'empty' },
      [
        'CommandError: --tls-ca ./empty.pem holds no certificate as PEM.',
        '--tls-key ./empty.pem needs --tls-cert.',
        '--tls-key ./empty.pem holds no private key as PEM.',
      ],
    ],
    [{ tlsCert: 'cert' }, ['CommandError: --tls-cert ./cert.pem needs --tls-key.']],
    [
      { tlsCert: 'cert', tlsKey: 'otherKey' },
      ['CommandError: --tls-key ./otherKey.pem is not the key of --tls-cert ./cert.pem.'],
    ],
  ])('with %o are not made, and every fault is told', async (flags, lines) => {
    expect((await asked('tls', flags)).split('\n')).toEqual(lines);
  });
});

test('a command takes the files from flags and environment, and says nothing of its own to TLS', async () => {
  const file = join(scratch.path, 'events.jsonl');
  const event = { type: 'track', event: 'Product Viewed', userId: 'u', properties: { product_id: 'p' } };
  writeFileSync(file, `${JSON.stringify(event)}\n`.repeat(2));
  const { code, stdout, stderr } = await runCommand(
    ['send', file, '--tls-cert', files.cert ?? '', '--tls-key', files.key ?? ''],
    { env: { ATTUNE_ADDRESS: addresses.events ?? '', ATTUNE_TLS_CA: files.ca ?? '' } },
  );
  expect([stderr, code]).toEqual(['', 0]);
  expect(stdout).toMatch(/^2 lines: 2 accepted/);
});
