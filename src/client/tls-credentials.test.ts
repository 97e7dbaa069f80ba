import { generateKeyPairSync } from 'node:crypto';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DecisionService } from '../gen/attune/v1/decision_pb.ts';
import { type Certificates, makeCertificates } from '../proof/bench/certificates.ts';
import { connect } from './attune-client.ts';
import { type StreamServer, startStreamServer } from './stream-server.fixture.ts';
import { type TlsOptions, tlsFaults } from './tls-credentials.ts';

const METHOD = DecisionService.method.decideStream;
let made: Certificates;
let server: StreamServer<typeof METHOD.input>;

beforeAll(async () => {
  made = await makeCertificates();
  const { key, cert } = made.server;
  server = await startStreamServer(
    METHOD,
    ({ requests: [request] }, out) =>
      out.reply({
        tag: request?.tag ?? 0n,
        result: { case: 'reply', value: { decisionId: 'answered' } },
      }),
    ServerCredentials.createSsl(
      Buffer.from(made.ca.cert),
      [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }],
      true,
    ),
  );
});
afterAll(() => server.close());

test('a client with an authority and a certificate of its own calls a service that asks for both', async () => {
  const { cert, key } = made.client;
  const client = connect(server.address, { tls: { ca: made.ca.cert, cert, key: Buffer.from(key) } });
  const stream = client.decideStream();
  expect((await stream.decide({ identifiers: [] })).decisionId).toBe('answered');
  stream.close();
  client.close();
});

test('every fault is told with the part that carries it', () => {
  const encrypted = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
  }).privateKey;
  const { ca, client, server: other } = made;
  const told = (tls: TlsOptions) => tlsFaults(tls, (part) => part);
  expect(told({})).toEqual([]);
  expect(told({ ca: ca.cert + other.cert, ...client })).toEqual([]);
  expect(told({ ca: 'a', cert: 'b', key: 'c' })).toEqual([
    'ca holds no certificate as PEM.',
    'cert holds no certificate as PEM.',
    'key holds no private key as PEM.',
  ]);
  expect(told({ ca: ca.cert.replace(/\n.{9}/, '\nAAAAAAAAA') })).toEqual(['ca holds no certificate as PEM.']);
  expect(told({ cert: client.cert })).toEqual(['cert needs key.']);
  expect(told({ key: client.key })).toEqual(['key needs cert.']);
  expect(told({ cert: client.cert, key: other.key })).toEqual(['key is not the key of cert.']);
  expect(told({ cert: client.cert, key: encrypted })).toEqual([
    'key is encrypted, and a key without a passphrase is wanted.',
  ]);
});

test('a client is not made of what cannot be used', () => {
  expect(() => connect(server.address, { tls: { key: made.client.key } })).toThrow('tls.key needs tls.cert.');
  const credentials = ServerCredentials.createInsecure() as never;
  expect(() => connect(server.address, { tls: {}, credentials })).toThrow(
    'Give tls or credentials, not both.',
  );
});
