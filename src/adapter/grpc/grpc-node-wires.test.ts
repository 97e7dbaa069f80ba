import { createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { decodeFrames, encodeFrames } from '../../port/node-frames.ts';
import type { CallRoute } from '../../rpc/call.ts';
import { startGrpc } from '../../rpc/grpc/scratch-grpc-server.fixture.ts';
import {
  CALLER_TOKEN,
  type ScratchExchange,
  type ScratchExchangeParts,
  startExchange,
} from '../../rpc/service/scratch-exchange.fixture.ts';
import {
  openWires,
  type ScratchWires,
  type ScratchWiresParts,
  startHurdle,
} from './scratch-wires.fixture.ts';

/** A busy machine takes its time. */
const soon = <T>(check: () => T) => vi.waitFor(check, 10_000);
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

function open(parts: ScratchWiresParts = {}): ScratchWires {
  const scratch = openWires(parts);
  closers.push(() => scratch.wires.close());
  return scratch;
}

async function serve(parts: ScratchExchangeParts = {}): Promise<ScratchExchange> {
  const scratch = await startExchange(parts);
  closers.push(() => scratch.close());
  return scratch;
}

async function hurdleBefore(port: number) {
  const hurdle = await startHurdle(port);
  closers.push(() => hurdle.close());
  return hurdle;
}

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}

/** Keeps what is asked until it is answered by the test. */
function keeper() {
  const kept = new Map<string, (answer: Uint8Array) => void>();
  return {
    kept,
    answers: (question: Uint8Array, answer: (bytes: Uint8Array) => void) =>
      void kept.set(Buffer.from(question).toString(), answer),
    answer: (question: string, text = question) => kept.get(question)?.(Buffer.from(text)),
  };
}

test('answers come to their questions in whatever order they are given', async () => {
  const { answers, answer, kept } = keeper();
  const { address } = await serve({ answers });
  const { ask } = open();
  const asked = ['a', 'b', 'c', 'd'].map((question) => ask(address, question));
  await soon(() => expect(kept.size).toBe(4));
  for (const question of ['c', 'a', 'd', 'b']) {
    answer(question, `of ${question}`);
    await new Promise(setImmediate);
  }
  expect(await Promise.all(asked)).toEqual(['of a', 'of b', 'of c', 'of d']);
});

test('no bytes are an answer, and the largest question and answer arrive whole among small ones', async () => {
  const large = Buffer.alloc(8_388_608, 'y');
  const { address } = await serve({
    answers: (question, answer) => answer(question.length > 1_000 ? large : question),
  });
  const { ask } = open();
  const asked = [ask(address, ''), ask(address, new Uint8Array(4_195_328)), ask(address, 'small')];
  expect(await asked[0]).toBe('');
  expect(await asked[2]).toBe('small');
  expect(Buffer.from((await asked[1]) ?? '').equals(large)).toBe(true);
});

test('what is asked and answered may be overwritten at once', async () => {
  const scratch = Buffer.alloc(1);
  const { address } = await serve({
    answers: (question, answer) => {
      scratch[0] = question[0] as number;
      answer(scratch);
      scratch[0] = 0;
    },
  });
  const { ask } = open();
  const question = Buffer.from('q');
  const asked = ask(address, question);
  question[0] = 0;
  expect(await asked).toBe('q');
});

test('questions of one turn travel in one message over one connection, opened when the first is asked', async () => {
  const messages: number[] = [];
  const echo = echoOf((frames) => {
    messages.push(frames.length);
    return frames;
  });
  const { port } = await startGrpcWith(echo);
  const hurdle = await hurdleBefore(port);
  const { ask } = open();
  expect(hurdle.connections).toBe(0);
  await ask(hurdle.address, 'first');
  await Promise.all(Array.from({ length: 50 }, (_, at) => ask(hurdle.address, String(at))));
  expect(messages).toEqual([1, 50]);
  expect(hurdle.connections).toBe(1);
});

test('a broken stream ends at once what was sent over it, and the next question has another one', async () => {
  const { answers, kept, answer } = keeper();
  const { port } = await serve({ answers });
  const hurdle = await hurdleBefore(port);
  const { ask, infos } = open();
  const asked = [ask(hurdle.address, 'a'), ask(hurdle.address, 'b')];
  await soon(() => expect(kept.size).toBe(2));
  const cutAt = performance.now();
  hurdle.cut();
  // Not sent yet: it waits for the next stream.
  const later = ask(hurdle.address, 'later');
  expect(await Promise.all(asked)).toEqual([undefined, undefined]);
  expect(performance.now() - cutAt).toBeLessThan(5_000);
  await soon(() => expect(kept.has('later')).toBe(true));
  answer('later');
  expect(await later).toBe('later');
  expect(hurdle.connections).toBe(2);
  expect(infos).toEqual([
    expect.stringContaining(`the node at ${hurdle.address} is out of reach: `),
    `the node at ${hurdle.address} is reached again`,
  ]);
});

test('a peer that stands still is noticed in about three seconds while a question waits', async () => {
  const { answers, kept } = keeper();
  const { port } = await serve({ answers });
  const hurdle = await hurdleBefore(port);
  const { ask } = open();
  const asked = ask(hurdle.address, 'a', 60_000);
  await soon(() => expect(kept.size).toBe(1));
  hurdle.stop();
  const stoppedAt = performance.now();
  expect(await asked).toBeUndefined();
  expect(performance.now() - stoppedAt).toBeLessThan(8_000);
  // Whoever takes connections and says nothing is given up as well.
  const again = performance.now();
  expect(await ask(hurdle.address, 'b', 60_000)).toBeUndefined();
  expect(performance.now() - again).toBeLessThan(8_000);
  await soon(() => expect(hurdle.open).toBe(0));
});

test('where nobody listens a question ends at once, and is told once; who comes back is reached', async () => {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const { ask, infos } = open();
  const began = performance.now();
  for (let at = 0; at < 5; at++) expect(await ask(address, 'nobody')).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(infos).toEqual([expect.stringContaining('ECONNREFUSED')]);
  await serve({ port });
  await soon(async () => expect(await ask(address, 'somebody')).toBe('somebody'));
});

test('what cannot be sent in time is ended, and is not sent later; where nobody listens it is at once', async () => {
  const heard: string[] = [];
  const { port } = await serve({
    answers: (question, answer) => {
      heard.push(Buffer.from(question).toString());
      answer(question);
    },
  });
  const hurdle = await hurdleBefore(port);
  hurdle.stop();
  const { ask } = open({
    bounds: { unsentMsMax: 50, openMsMax: 1_000, reopenMs: 60_000, reopenMsMax: 60_000 },
  });
  const beganAt = performance.now();
  const first = ask(hurdle.address, 'first');
  await new Promise((resolve) => setTimeout(resolve, 30));
  const second = ask(hurdle.address, 'second');
  expect(await first).toBeUndefined();
  expect(performance.now() - beganAt).toBeGreaterThan(45);
  expect(await second).toBeUndefined();
  expect(performance.now() - beganAt).toBeGreaterThan(75);
  // Before the try itself is over.
  expect(performance.now() - beganAt).toBeLessThan(900);
  expect(await ask(hurdle.address, 'third', 60_000)).toBeUndefined();
  await soon(() => expect(hurdle.open).toBe(0));
  const deserted = performance.now();
  for (let at = 0; at < 20; at++) expect(await ask(hurdle.address, 'nobody')).toBeUndefined();
  expect(performance.now() - deserted).toBeLessThan(900);
  expect(heard).toEqual([]);
});

test('an address that is none ends its questions', async () => {
  const { ask } = open();
  for (const address of ['', 'nowhere', 'no host:x', '127.0.0.1:99999', 'unix:x'])
    expect(await ask(address, 'x', 1_000), address).toBeUndefined();
});

test('a question without an answer in time ends, and an answer after it is nobody’s', async () => {
  const { answers, answer } = keeper();
  const { address, inFlight } = await serve({ answers });
  const { ask } = open();
  expect(await ask(address, 'slow', 50)).toBeUndefined();
  const other = ask(address, 'other');
  await soon(() => expect(inFlight.count).toBe(2));
  answer('slow');
  answer('other');
  expect(await other).toBe('other');
});

test('of another token nothing is heard, whether callers need one or not; who has it is told why', async () => {
  for (const callers of [[CALLER_TOKEN], []]) {
    const { address, faults } = await serve({ callers, answers: () => expect.fail('it was heard') });
    for (const token of ['wrong', CALLER_TOKEN, 'x'.repeat(43)]) {
      const { ask, infos } = open({ token });
      expect(await ask(address, 'x')).toBeUndefined();
      expect(infos).toEqual([expect.stringContaining('Only nodes of this deployment may call this')]);
    }
    expect(faults).toEqual([]);
  }
});

test('beyond its bounds nothing is asked, and the asker is told in a turn of its own', async () => {
  const { answers, answer, kept } = keeper();
  const { address } = await serve({ answers });
  const count = open({ bounds: { questionsMax: 2 } });
  const two = [count.ask(address, 'a'), count.ask(address, 'b')];
  let isTold = false;
  const third = count.ask(address, 'c').then((answered) => {
    isTold = true;
    return answered;
  });
  await Promise.resolve();
  expect(isTold).toBe(false);
  expect(await third).toBeUndefined();
  await soon(() => expect(kept.size).toBe(2));
  answer('a');
  expect(await two[0]).toBe('a');
  const fourth = count.ask(address, 'd');
  await soon(() => expect(kept.has('d')).toBe(true));
  answer('b');
  answer('d');
  expect([await two[1], await fourth]).toEqual(['b', 'd']);

  const bytes = open({ bounds: { questionsBytesMax: 10, questionBytesMax: 8 } });
  const eight = bytes.ask(address, '12345678');
  expect(await bytes.ask(address, '123')).toBeUndefined();
  expect(bytes.faults).toEqual([]);
  expect(await bytes.ask(address, '123456789')).toBeUndefined();
  expect(bytes.faults).toEqual([expect.stringContaining('9 bytes')]);
  await soon(() => expect(kept.has('12345678')).toBe(true));
  answer('12345678');
  expect(await eight).toBe('12345678');
  kept.clear();
  const again = bytes.ask(address, '12345678');
  await soon(() => expect(kept.size).toBe(1));
  answer('12345678');
  expect(await again).toBe('12345678');
});

test('a peer that does not read holds few messages, the rest waits unsent and is given up in its time', async () => {
  const messages: number[] = [];
  let readOn: () => void = () => {};
  const { port } = await startGrpcWith({
    ...echoOf((frames) => frames),
    inFlightMax: 1,
    open: (call) => ({
      message: (bytes) => {
        messages.push(decodeFrames(bytes)?.length ?? 0);
        readOn = () => call.done();
      },
      halfClosed: () => {},
      closed: () => {},
    }),
  });
  const { ask } = open();
  const address = `127.0.0.1:${port}`;
  for (let round = 0; round < 15; round++) {
    const asked = Array.from({ length: 16 }, () => ask(address, new Uint8Array(65_536), 100));
    expect((await Promise.all(asked)).every((answered) => answered === undefined)).toBe(true);
  }
  void ask(address, 'last', 60_000);
  expect(messages).toEqual([4]);
  for (let read = 1; messages.at(-1) !== 1; read++) {
    readOn();
    await soon(() => expect(messages.length).toBe(read + 1));
  }
  // Some are in the buffers of two ends, however many are asked: of 240 questions most never left.
  expect(messages.length).toBeLessThan(8);
});

test('streams give way to younger ones, and no question is lost by it', async () => {
  const { port } = await serve({
    answers: (question, answer) => void setTimeout(() => answer(question), 30),
  });
  const hurdle = await hurdleBefore(port);
  const { ask } = open({ bounds: { streamAgeMs: 50 } });
  const until = performance.now() + 600;
  const answered: Promise<string | undefined>[] = [];
  for (let at = 0; performance.now() < until; at++) {
    answered.push(ask(hurdle.address, String(at)));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(await Promise.all(answered)).toEqual(answered.map((_, at) => String(at)));
  expect(hurdle.connections).toBeGreaterThan(3);
  await soon(() => expect(hurdle.open).toBeLessThanOrEqual(1));
});

test('a node that is asked nothing any more costs no connection', async () => {
  const { port } = await serve();
  const hurdle = await hurdleBefore(port);
  const { ask } = open({ bounds: { idleMs: 50 } });
  expect(await ask(hurdle.address, 'a')).toBe('a');
  await soon(() => expect(hurdle.open).toBe(0));
  expect(await ask(hurdle.address, 'b')).toBe('b');
});

test('closing ends what waits and what is asked later', async () => {
  const { answers, kept } = keeper();
  const { address } = await serve({ answers });
  const { ask, wires } = open();
  const sent = ask(address, 'sent');
  await soon(() => expect(kept.size).toBe(1));
  const waiting = ask(address, 'waiting');
  wires.close();
  expect(await Promise.all([sent, waiting, ask(address, 'later')])).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('what an asker throws is told and harms no other question', async () => {
  const { address } = await serve();
  const { ask, wires, faults } = open();
  wires.ask(address, new Uint8Array(1), 5_000, () => {
    throw new Error('asker');
  });
  expect(await ask(address, 'other')).toBe('other');
  expect(faults).toEqual([expect.stringContaining('Error: asker')]);
});

test('a peer that sends garbage, tags that nobody asked with, or one twice does no harm', async () => {
  let reply: (frames: ReturnType<typeof decodeFrames>) => Uint8Array = () => Uint8Array.from([0xff, 0xff]);
  const { port } = await startGrpcWith(
    echoOf(
      (frames) => frames,
      (frames) => reply(frames),
    ),
  );
  const { ask, infos } = open();
  expect(await ask(`127.0.0.1:${port}`, 'x')).toBeUndefined();
  expect(infos).toEqual([expect.stringContaining('it sent what cannot be read')]);
  reply = (frames = []) =>
    encodeFrames([
      { tag: 4_294_967_295, body: Buffer.from('other'), timeoutMs: 0, refused: false },
      ...frames,
      ...frames.map((frame) => ({ ...frame, body: Buffer.from('twice') })),
    ]);
  expect(await ask(`127.0.0.1:${port}`, 'x')).toBe('x');
  reply = (frames = []) => Buffer.concat([encodeFrames(frames), Buffer.alloc(9 << 20)]);
  expect(await ask(`127.0.0.1:${port}`, 'x')).toBeUndefined();
});

/** A peer of the test's own: `answer` makes frames of frames, `encode` the message. */
function echoOf(
  answer: (
    frames: NonNullable<ReturnType<typeof decodeFrames>>,
  ) => NonNullable<ReturnType<typeof decodeFrames>>,
  encode: (frames: NonNullable<ReturnType<typeof decodeFrames>>) => Uint8Array = encodeFrames,
): Extract<CallRoute, { kind: 'bidi' }> {
  return {
    kind: 'bidi',
    messageBytesMax: 1 << 23,
    inFlightMax: 100,
    bufferedBytesMax: 1 << 23,
    failed: () => {},
    open: (call) => ({
      message: (bytes) => {
        call.write(encode(answer(decodeFrames(bytes) ?? [])));
        call.done();
      },
      halfClosed: () => call.end(),
      closed: () => {},
    }),
  };
}

async function startGrpcWith(route: CallRoute) {
  const scratch = await startGrpc({
    routes: new Map([['/attune.cluster.v1.NodeService/Exchange', route]]),
    rules: { tokens: undefined, certificates: false },
  });
  closers.push(() => scratch.close());
  return scratch;
}
