import { connect } from 'node:tls';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type Certificates, type KeyPair, makeCertificates } from '../../proof/bench/certificates.ts';
import type { TlsFiles } from './listener.ts';
import { ECHO, gone, HEALTH, type ScratchServer, startGrpc } from './scratch-grpc-server.fixture.ts';

let ours: Certificates;
let others: Certificates;
beforeAll(async () => {
  [ours, others] = await Promise.all([makeCertificates(), makeCertificates()]);
});

let scratch: ScratchServer;
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
  scratch.close();
});

const same = (bytes: Buffer) => bytes;
const filesOf = (pair: KeyPair, clientCa?: string): TlsFiles => ({ ...pair, clientCa });
const start = async (tls: TlsFiles, certificates = false, tokens = false) => {
  scratch = await startGrpc({ tls, ...(tokens ? {} : { rules: { tokens: undefined, certificates } }) });
  return scratch;
};

/** The status of one call; -1 where no connection came about. */
function ask(path: string, ca: KeyPair, own?: KeyPair, metadata = new Metadata()): Promise<number> {
  const own2 = own === undefined ? [] : [Buffer.from(own.key), Buffer.from(own.cert)];
  const secure = credentials.createSsl(Buffer.from(ca.cert), ...own2);
  const client = new Client(`localhost:${scratch.port}`, secure);
  closers.push(() => client.close());
  return new Promise((resolve) => {
    const answered = (error: ServiceError | null) => resolve(error === null ? status.OK : error.code);
    const deadline = Date.now() + 5_000;
    client.makeUnaryRequest(path, same, same, Buffer.from('x'), metadata, { deadline }, answered);
  });
}

test('calls come in over TLS, and a client that trusts another CA gets none', async () => {
  await start(filesOf(ours.server));
  expect(await ask(ECHO, ours.ca)).toBe(status.OK);
  expect(await ask(ECHO, others.ca)).toBe(status.UNAVAILABLE);
});

test('with a client CA every call but health needs a certificate that it signed', async () => {
  await start(filesOf(ours.server, ours.ca.cert), true);
  expect(await ask(ECHO, ours.ca, ours.client)).toBe(status.OK);
  expect(await ask(ECHO, ours.ca)).toBe(status.UNAUTHENTICATED);
  expect(await ask(ECHO, ours.ca, others.client)).toBe(status.UNAUTHENTICATED);
  expect(await ask(HEALTH, ours.ca)).toBe(status.OK);
});

test('with tokens over TLS a token is needed', async () => {
  await start(filesOf(ours.server), false, true);
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer first');
  expect(await ask(ECHO, ours.ca, undefined, metadata)).toBe(status.OK);
  expect(await ask(ECHO, ours.ca)).toBe(status.UNAUTHENTICATED);
});

test('renewed certificates are used for new connections; a pair that does not load leaves the old one', async () => {
  const { server } = await start(filesOf(ours.server));
  expect(() => server.renewTls(filesOf({ cert: others.server.cert, key: ours.server.key }))).toThrow();
  expect(await ask(ECHO, ours.ca)).toBe(status.OK);
  server.renewTls(filesOf(others.server));
  expect(await ask(ECHO, others.ca)).toBe(status.OK);
});

test('who speaks no TLS, another protocol or breaks off harms nobody', async () => {
  const { tcp, port } = await start(filesOf(ours.server));
  const plain = await tcp();
  const closed = gone(plain);
  plain.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  await closed;
  const http1 = connect({ port, host: '127.0.0.1', ca: ours.ca.cert, ALPNProtocols: ['http/1.1'] });
  await new Promise((resolve) => http1.on('error', resolve).on('close', resolve));
  (await tcp()).destroy();
  expect(await ask(ECHO, ours.ca)).toBe(status.OK);
});
