import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { readOptions } from '../config/option.ts';
import { SERVE_OPTIONS } from '../config/options.ts';
import { encodeFrames, NODE_EXCHANGE } from '../port/node-frames.ts';
import type { NodeAnswers } from '../port/node-wires.ts';
import { openNode } from './open-node.ts';
import { openNodeWires } from './open-node-wires.ts';
import { quietObserver } from './quiet-observer.ts';
import { serveGrpc } from './serve-grpc.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A node in memory, with the deployment's keys in a file, behind gRPC. */
async function serve(answers?: NodeAnswers) {
  const dir = mkdtempSync(join(tmpdir(), 'attune-'));
  closers.push(() => rmSync(dir, { recursive: true }));
  const secretKeys = join(dir, 'keys');
  writeFileSync(secretKeys, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  const authTokensFile = join(dir, 'tokens');
  writeFileSync(authTokensFile, 'caller\n');
  const flags = { store: 'memory', shards: '4', listen: '127.0.0.1:0', secretKeys, authTokensFile };
  const read = readOptions(SERVE_OPTIONS, { flags, env: {} });
  if (!read.ok) throw new Error(read.error.join('\n'));
  const node = await openNode(read.value, { observer: quietObserver });
  const grpc = await serveGrpc(answers === undefined ? node : { ...node, answers }, read.value, {
    observer: quietObserver,
  });
  const wires = openNodeWires(read.value, node.engine.runtime.keys, quietObserver);
  closers.push(
    () => node.close(),
    () => grpc.close(),
    () => wires.close(),
  );
  const address = `127.0.0.1:${grpc.port}`;
  const ask = (text: string) =>
    new Promise<string | undefined>((resolve) =>
      wires.ask(address, Buffer.from(text), 5_000, (answer) =>
        resolve(answer === undefined ? undefined : Buffer.from(answer).toString()),
      ),
    );
  return { grpc, address, ask };
}

/** How a call with the token of a caller ends. */
function endOf(address: string): Promise<number> {
  const client = new Client(address, credentials.createInsecure());
  closers.push(() => client.close());
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer caller');
  const same = (bytes: Buffer) => bytes;
  const stream = client.makeBidiStreamRequest(NODE_EXCHANGE, same, same, metadata);
  stream.on('error', () => {}).resume();
  stream.end(Buffer.from(encodeFrames([])));
  return new Promise((resolve) => stream.on('status', ({ code }: { code: number }) => resolve(code)));
}

test('a node that answers others is asked by those with its secret keys; callers may not ask it', async () => {
  const { address, ask } = await serve((question, answer) => answer(question));
  expect(await ask('hello')).toBe('hello');
  expect(await endOf(address)).toBe(status.UNAUTHENTICATED);
});

test('a node that stands alone has no method for nodes', async () => {
  const { address, ask } = await serve();
  expect(await endOf(address)).toBe(status.UNIMPLEMENTED);
  expect(await ask('hello')).toBeUndefined();
});

test('a drain waits for the answers to other nodes that it has taken', async () => {
  let answerLater: () => void = () => {};
  const { grpc, ask } = await serve((question, answer) => {
    answerLater = () => answer(question);
    asked();
  });
  let asked: () => void = () => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const answered = ask('taken');
  await isAsked;
  const drained = grpc.drain();
  setTimeout(() => answerLater(), 50);
  expect(await answered).toBe('taken');
  expect(await ask('new')).toBeUndefined();
  await drained;
});
