import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { afterEach, expect, test, vi } from 'vitest';
import { LIMITS } from '../../config/limits.ts';
import {
  decodeFrames,
  encodeFrames,
  FRAME_EXTRA_BYTES,
  FRAMES_MAX,
  type Frame,
  NODE_EXCHANGE,
} from '../../port/node-frames.ts';
import {
  CALLER_TOKEN,
  ECHO,
  NODE_TOKEN,
  type ScratchExchange,
  type ScratchExchangeParts,
  startExchange,
} from './scratch-exchange.fixture.ts';

/** A busy machine takes its time. */
const soon = <T>(check: () => T) => vi.waitFor(check, 10_000);
const closers: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const close of closers.splice(0).reverse()) close();
});

async function serve(parts: ScratchExchangeParts = {}): Promise<ScratchExchange> {
  const scratch = await startExchange(parts);
  closers.push(() => scratch.close());
  return scratch;
}

const same = (bytes: Buffer) => bytes;
const metadataOf = (token: string): Metadata => {
  const metadata = new Metadata();
  if (token !== '') metadata.set('authorization', `Bearer ${token}`);
  return metadata;
};

interface Caller {
  readonly stream: ClientDuplexStream<Buffer, Buffer>;
  /** Answers so far. */
  readonly frames: Frame[];
  readonly ended: Promise<number>;
  send(...frames: (Partial<Frame> & Pick<Frame, 'tag'>)[]): void;
}

function exchange(address: string, token = NODE_TOKEN): Caller {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
  });
  closers.push(() => client.close());
  const stream = client.makeBidiStreamRequest(NODE_EXCHANGE, same, same, metadataOf(token));
  const frames: Frame[] = [];
  stream.on('data', (message: Buffer) => frames.push(...(decodeFrames(message) ?? [])));
  stream.on('error', () => {});
  return {
    stream,
    frames,
    ended: new Promise((resolve) => stream.on('status', ({ code }: StatusObject) => resolve(code))),
    send: (...some) => {
      const whole = some.map((one) => ({ body: new Uint8Array(0), timeoutMs: 0, refused: false, ...one }));
      stream.write(Buffer.from(encodeFrames(whole)));
    },
  };
}

function echo(address: string, token: string): Promise<number> {
  const client = new Client(address, credentials.createInsecure());
  closers.push(() => client.close());
  return new Promise((resolve) =>
    client.makeUnaryRequest(ECHO, same, same, Buffer.from('x'), metadataOf(token), (error) =>
      resolve(error === null ? status.OK : error.code),
    ),
  );
}

test('the nodes’ token opens the nodes’ method alone, and no other token opens it', async () => {
  for (const callers of [[CALLER_TOKEN], []]) {
    const { address } = await serve({ callers, tokens: ['first', 'second'] });
    for (const token of ['', CALLER_TOKEN, 'firs', 'third'])
      expect(await exchange(address, token).ended, token).toBe(status.UNAUTHENTICATED);
    for (const token of ['first', 'second']) {
      const { send, frames } = exchange(address, token);
      send({ tag: 1, body: Buffer.from('x') });
      await soon(() => expect(frames).toHaveLength(1));
    }
    if (callers.length > 0) {
      expect(await echo(address, 'first')).toBe(status.UNAUTHENTICATED);
      expect(await echo(address, CALLER_TOKEN)).toBe(status.OK);
    }
  }
});

test('each question has its answer, also under a tag that comes twice, and the stream ends behind the last', async () => {
  const waiting: (() => void)[] = [];
  const { address, inFlight } = await serve({
    answers: (question, answer) => void waiting.push(() => answer(question)),
  });
  const { send, frames, stream, ended } = exchange(address);
  send({ tag: 7, body: Buffer.from('a') }, { tag: 7, body: Buffer.from('b') }, { tag: 0 });
  stream.end();
  await soon(() => expect(waiting).toHaveLength(3));
  const [first, second, third] = waiting;
  third?.();
  second?.();
  // A second time is none.
  second?.();
  first?.();
  expect(await ended).toBe(status.OK);
  expect(frames.map(({ tag, body }) => [tag, Buffer.from(body).toString()])).toEqual([
    [0, ''],
    [7, 'b'],
    [7, 'a'],
  ]);
  expect(inFlight.count).toBe(0);
});

test('what cannot be read ends its stream, and nothing else', async () => {
  const { address, faults } = await serve();
  const frame = encodeFrames([{ tag: 1, body: Buffer.from('x'), timeoutMs: 0, refused: false }]);
  for (const garbage of [
    Buffer.from([0xff]),
    Buffer.from('GET / HTTP/1.1'),
    Buffer.from(frame.subarray(0, -1)),
    Buffer.alloc(4_000_000, 0x0a),
    // Thousands of empty questions.
    Buffer.alloc(4_000_000, Buffer.from([0x0a, 0x00])),
  ]) {
    const { stream, ended } = exchange(address);
    stream.write(garbage);
    expect(await ended).toBe(status.INVALID_ARGUMENT);
  }
  const large = exchange(address);
  large.stream.write(Buffer.alloc(LIMITS.nodeQuestionBytesMax + 100));
  expect(await large.ended).toBe(status.RESOURCE_EXHAUSTED);
  const good = exchange(address);
  good.stream.write(Buffer.alloc(0));
  good.send({ tag: 1, body: Buffer.from('x') });
  await soon(() => expect(good.frames).toHaveLength(1));
  expect(faults).toEqual([]);
});

test('questions beyond a count wait unread, those beyond their bytes are refused', async () => {
  const waiting: (() => void)[] = [];
  const { address, inFlight } = await serve({
    answers: (question, answer) => void waiting.push(() => answer(question.subarray(0, 1))),
  });
  const many = exchange(address);
  for (let tag = 0; tag < LIMITS.nodeQuestionsMax; tag += FRAMES_MAX)
    many.send(...Array.from({ length: FRAMES_MAX }, (_, at) => ({ tag: tag + at })));
  many.send({ tag: LIMITS.nodeQuestionsMax });
  await soon(() => expect(waiting.length).toBe(LIMITS.nodeQuestionsMax));
  waiting.shift()?.();
  await soon(() => expect(waiting.length).toBe(LIMITS.nodeQuestionsMax));
  expect(many.frames).toHaveLength(1);
  many.stream.cancel();
  await soon(() => expect(inFlight.count).toBe(0));

  waiting.length = 0;
  const large = exchange(address);
  const body = Buffer.alloc(LIMITS.nodeQuestionBytesMax, 'x');
  const fits = Math.floor(LIMITS.nodeAskedBytesMax / body.length);
  for (let at = 0; at <= fits; at++) large.send({ tag: at, body });
  await soon(() => expect(large.frames).toHaveLength(1));
  expect(large.frames[0]).toMatchObject({ tag: fits, refused: true });
  expect(waiting).toHaveLength(fits);
  waiting[0]?.();
  await soon(() => expect(large.frames).toHaveLength(2));
  large.send({ tag: 100, body });
  await soon(() => expect(waiting).toHaveLength(fits + 1));
});

test('an answer that is too large is refused and told, and so is one that nobody reads', async () => {
  let size = LIMITS.nodeAnswerBytesMax + 1;
  const waiting: (() => void)[] = [];
  const { address, faults, failures } = await serve({
    answers: (_question, answer) => void waiting.push(() => answer(new Uint8Array(size))),
  });
  const { send, frames, stream } = exchange(address);
  send({ tag: 1 });
  await soon(() => expect(waiting).toHaveLength(1));
  waiting.pop()?.();
  await soon(() => expect(frames).toHaveLength(1));
  expect(frames[0]).toMatchObject({ tag: 1, refused: true });
  expect(faults).toEqual([expect.stringContaining(`${size} bytes`)]);

  size = LIMITS.nodeAnswerBytesMax;
  stream.pause();
  send(...Array.from({ length: 6 }, (_, at) => ({ tag: 10 + at })));
  await soon(() => expect(waiting).toHaveLength(6));
  for (const answer of waiting) answer();
  const fits = Math.floor(LIMITS.nodeUnreadBytesMax / (size + FRAME_EXTRA_BYTES));
  expect(failures.get('RESOURCE_EXHAUSTED')).toBe(1 + 6 - fits);
});

test('a question whose asker has given up gives its place back, and its late answer is not sent', async () => {
  const waiting: (() => void)[] = [];
  const { address, inFlight, failures } = await serve({
    answers: (question, answer) => void waiting.push(() => answer(question)),
  });
  const { send, frames } = exchange(address);
  send({ tag: 1, timeoutMs: 20 }, { tag: 2, timeoutMs: 60_000 });
  await soon(() => expect(inFlight.count).toBe(2));
  await soon(() => expect(inFlight.count).toBe(1));
  expect(failures.get('DEADLINE_EXCEEDED')).toBe(1);
  for (const answer of waiting) answer();
  await soon(() => expect(frames).toHaveLength(1));
  expect(frames[0]).toMatchObject({ tag: 2 });
});

test('no question keeps its place for longer than the bound, whatever its asker says', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const { address, inFlight } = await serve({ answers: () => {} });
  const { send } = exchange(address);
  send({ tag: 1 }, { tag: 2, timeoutMs: 0xffff_ffff });
  await soon(() => expect(inFlight.count).toBe(2));
  vi.advanceTimersByTime(LIMITS.nodeQuestionMsMax - 1_000);
  expect(inFlight.count).toBe(2);
  vi.advanceTimersByTime(3_000);
  expect(inFlight.count).toBe(0);
});

test('what answering throws is told whole, and the other questions are answered', async () => {
  const { address, faults, inFlight } = await serve({
    answers: (question, answer) => {
      if (question.length === 0) throw new Error('secret');
      answer(question);
    },
  });
  const { send, frames } = exchange(address);
  send({ tag: 1 }, { tag: 2, body: Buffer.from('x') });
  await soon(() => expect(frames).toHaveLength(1));
  expect(frames[0]).toMatchObject({ tag: 2 });
  expect(faults).toEqual([expect.stringContaining('secret')]);
  expect(inFlight.count).toBe(0);
});

test('a node that shuts down answers what it took, and refuses what is new', async () => {
  const waiting: (() => void)[] = [];
  const scratch = await serve({ answers: (question, answer) => void waiting.push(() => answer(question)) });
  const { send, frames } = exchange(scratch.address);
  send({ tag: 1 });
  await soon(() => expect(waiting).toHaveLength(1));
  scratch.draining = true;
  send({ tag: 2 });
  await soon(() => expect(frames).toHaveLength(1));
  expect(frames[0]).toMatchObject({ tag: 2, refused: true });
  expect(waiting).toHaveLength(1);
  waiting[0]?.();
  await soon(() => expect(frames).toHaveLength(2));
  expect(frames[1]).toMatchObject({ tag: 1, refused: false });
});
