import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { HmacKeys } from '../adapter/system/hmac-keys.ts';
import { LIMITS } from '../config/limits.ts';
import { type Certificates, makeCertificates } from '../proof/bench/certificates.ts';
import { type ScratchExchangeParts, startExchange } from '../rpc/service/scratch-exchange.fixture.ts';
import { nodeToken, nodeTokens } from './node-tokens.ts';
import { type NodeWiresSettings, openNodeWires } from './open-node-wires.ts';

const secret = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const KEYS = new HmacKeys([secret(1)]);
const PLAIN: NodeWiresSettings = { tlsCert: '', tlsKey: '', tlsClientCa: '', nodeCa: '' };

let dir: string;
let ours: Certificates;
let others: Certificates;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'attune-'));
  [ours, others] = await Promise.all([makeCertificates(), makeCertificates()]);
});
afterAll(() => rmSync(dir, { recursive: true }));

/** A busy machine takes its time. */
const soon = <T>(check: () => T) => vi.waitFor(check, 10_000);
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

function file(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

async function serve(parts: ScratchExchangeParts = {}): Promise<string> {
  const scratch = await startExchange({ tokens: nodeTokens(KEYS), ...parts });
  closers.push(() => scratch.close());
  return `localhost:${scratch.port}`;
}

function open(settings: Partial<NodeWiresSettings> = {}, keys = KEYS) {
  const infos: string[] = [];
  const faults: string[] = [];
  const wires = openNodeWires({ ...PLAIN, ...settings }, keys, {
    ...{ count: () => {}, gauge: () => {}, time: () => {} },
    info: (sentence) => void infos.push(sentence),
    fault: (sentence) => void faults.push(sentence),
  });
  closers.push(() => wires.close());
  const ask = (address: string, bytes: Uint8Array = Buffer.from('x'), timeoutMs = 5_000) =>
    new Promise<string | undefined>((resolve) =>
      wires.ask(address, bytes, timeoutMs, (answer) =>
        resolve(answer === undefined ? undefined : Buffer.from(answer).toString()),
      ),
    );
  return { ask, infos, faults };
}

test('nodes know each other by their secret keys, also while those are changed', async () => {
  const old = new HmacKeys([secret(1)]);
  const both = new HmacKeys([secret(1), secret(2)]);
  const next = new HmacKeys([secret(2), secret(1)]);
  const stranger = new HmacKeys([secret(3)]);
  expect(nodeToken(both)).toBe(nodeTokens(old)[0]);
  for (const [own, theirs, isKnown] of [
    [old, old, true],
    [both, old, true],
    [next, both, true],
    [both, next, true],
    [next, old, false],
    [stranger, next, false],
  ] as const) {
    const address = await serve({ tokens: nodeTokens(theirs) });
    expect(await open({}, own).ask(address)).toBe(isKnown ? 'x' : undefined);
  }
});

test('over TLS a node believes the CA that is named for nodes, else the one for callers', async () => {
  const tls = { ...ours.node, clientCa: undefined };
  const address = await serve({ tls });
  const own = { tlsCert: file('cert', ours.node.cert), tlsKey: file('key', ours.node.key) };
  expect(await open({ ...own, nodeCa: file('ca', ours.ca.cert) }).ask(address)).toBe('x');
  expect(await open({ ...own, tlsClientCa: file('ca', ours.ca.cert) }).ask(address)).toBe('x');
  const wrong = open({
    ...own,
    nodeCa: file('other', others.ca.cert),
    tlsClientCa: file('ca', ours.ca.cert),
  });
  expect(await wrong.ask(address)).toBeUndefined();
  expect(wrong.infos).toEqual([expect.stringMatching(/certificate/)]);
  // The authorities that Node trusts did not sign it.
  expect(await open(own).ask(address)).toBeUndefined();
  expect(await open().ask(address)).toBeUndefined();
  // A certificate is of the host that is asked for.
  const elsewhere = await serve({ tls: { ...ours.elsewhere, clientCa: undefined } });
  expect(await open({ ...own, nodeCa: file('ca', ours.ca.cert) }).ask(elsewhere)).toBeUndefined();
});

test('where callers show certificates, a node needs certificate and token', async () => {
  const address = await serve({ tls: { ...ours.node, clientCa: ours.ca.cert } });
  const ca = { nodeCa: file('ca', ours.ca.cert) };
  const own = { tlsCert: file('cert', ours.node.cert), tlsKey: file('key', ours.node.key) };
  expect(await open({ ...own, ...ca }).ask(address)).toBe('x');
  expect(await open({ ...own, ...ca }, new HmacKeys([secret(9)])).ask(address)).toBeUndefined();
  const foreign = { tlsCert: file('cert-2', others.node.cert), tlsKey: file('key-2', others.node.key) };
  const unknown = open({ ...foreign, ...ca });
  expect(await unknown.ask(address)).toBeUndefined();
  expect(unknown.infos).toEqual([expect.stringContaining('client certificate')]);
  // One that may not call, only serve.
  const serving = { tlsCert: file('cert-3', ours.server.cert), tlsKey: file('key-3', ours.server.key) };
  expect(await open({ ...serving, ...ca }).ask(address)).toBeUndefined();
});

test('certificates that were renewed are used by the next connection; with such as do not load there is none', async () => {
  const address = await serve({ tls: { ...ours.node, clientCa: ours.ca.cert } });
  const own = { tlsCert: file('cert-4', others.node.cert), tlsKey: file('key-4', others.node.key) };
  const { ask, infos } = open({ ...own, nodeCa: file('ca-4', ours.ca.cert) });
  expect(await ask(address)).toBeUndefined();
  file('cert-4', 'half');
  expect(await ask(address)).toBeUndefined();
  file('cert-4', ours.node.cert);
  file('key-4', ours.node.key);
  await soon(async () => expect(await ask(address)).toBe('x'));
  expect(infos).toHaveLength(2);
});

test('files that are missing or do not load are refused at the start, with their flag', () => {
  const own = { tlsCert: file('cert', ours.node.cert), tlsKey: file('key', ours.node.key) };
  expect(() => open({ nodeCa: 'x' })).toThrow('--node-ca needs --tls-cert and --tls-key as well');
  expect(() => open({ ...own, nodeCa: join(dir, 'none') })).toThrow(
    /^--node-ca .*none cannot be read: ENOENT/,
  );
  expect(() => open({ ...own, nodeCa: file('bad', 'x') })).toThrow(
    /^--node-ca .*bad holds no certificate as PEM$/,
  );
  expect(() => open({ ...own, tlsClientCa: file('bad', ours.ca.key) })).toThrow(
    /^--tls-client-ca .*bad holds no certificate as PEM$/,
  );
  expect(() => open({ tlsCert: own.tlsCert })).toThrow('--tls-cert needs --tls-key as well');
});

test('a node’s wires have the bounds of the table', async () => {
  const address = await serve({ answers: () => {} });
  const count = open();
  const endings: number[] = [];
  for (let at = 0; at <= LIMITS.nodeQuestionsMax; at++)
    void count.ask(address, new Uint8Array(0)).then(() => endings.push(at));
  await soon(() => expect(endings).toEqual([LIMITS.nodeQuestionsMax]));

  const size = open();
  const largest = new Uint8Array(LIMITS.nodeQuestionBytesMax);
  expect(await size.ask(address, new Uint8Array(largest.length + 1))).toBeUndefined();
  expect(size.faults).toHaveLength(1);
  const fits = Math.floor(LIMITS.nodeQuestionsBytesMax / largest.length);
  const ended: number[] = [];
  for (let at = 0; at <= fits; at++) void size.ask(address, largest).then(() => ended.push(at));
  await soon(() => expect(ended).toEqual([fits]));
  expect(size.faults).toHaveLength(1);

  const silent = createServer((socket) => void socket.on('error', () => {}));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  closers.push(() => silent.close());
  const bound = silent.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  const beganAt = performance.now();
  const away = open();
  expect(await away.ask(`127.0.0.1:${port}`, largest, 60_000)).toBeUndefined();
  expect(performance.now() - beganAt).toBeGreaterThan(LIMITS.nodeUnsentMsMax - 10);
  expect(away.infos).toEqual([]);
  await soon(() => expect(away.infos).toEqual([expect.stringContaining('no answer within')]));
  expect(performance.now() - beganAt).toBeGreaterThan(LIMITS.nodeOpenMsMax - 10);
  expect(performance.now() - beganAt).toBeLessThan(10_000);
});
