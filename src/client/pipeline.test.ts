import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type DecideStreamReplySchema,
  type DecideStreamRequest,
  DecisionService,
} from '../gen/attune/v1/decision_pb.ts';
import { EventService, EventStatus } from '../gen/attune/v1/event_pb.ts';
import { connect } from './attune-client.ts';
import { AttuneError } from './attune-error.ts';
import type { ClientOptions } from './settings.ts';
import { type Arrived, type Outgoing, startStreamServer } from './stream-server.fixture.ts';

type Reply = MessageInitShape<typeof DecideStreamReplySchema>;
type Take = (
  message: Arrived<typeof DecisionService.method.decideStream.input>,
  out: Outgoing<typeof DecisionService.method.decideStream.output>,
) => void;

const QUICK: ClientOptions = { retry: { backoffMs: 2, backoffMsMax: 20 } };
const ids = [{ kind: 'crm', value: 'c1' }];
const closing: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const close of closing.splice(0)) close();
});

async function serve(take: Take, options: ClientOptions = QUICK, deadlineMs?: number) {
  const server = await startStreamServer(DecisionService.method.decideStream, take);
  const client = connect(server.address, options);
  const stream = client.decideStream(deadlineMs);
  closing.push(() => {
    stream.close();
    client.close();
    server.close();
  });
  return {
    server,
    client,
    stream,
    /** Resolves with what the reply calls itself. */
    ask: (requestId: string) =>
      stream.decide({ requestId, identifiers: ids }).then(({ decisionId }) => decisionId),
    /** The ids of each message that came. */
    came: () => server.arrived.map(({ requests }) => requests.map(idOf)),
  };
}

const idOf = ({ request }: DecideStreamRequest): string => request?.requestId ?? '';
const good = (request: DecideStreamRequest): Reply => ({
  tag: request.tag,
  result: { case: 'reply', value: { decisionId: idOf(request) } },
});
const bad = (request: DecideStreamRequest, code: status): Reply => ({
  tag: request.tag,
  result: { case: 'error', value: { code, message: 'no' } },
});
/** Answers the requests of a message in one, as the service does. */
const together: Take = ({ requests }, out) =>
  out.reply(
    requests.length === 1 ? good(requests[0] as DecideStreamRequest) : { entries: requests.map(good) },
  );
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `r${n}`);
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
const failed = (promise: Promise<unknown>): Promise<AttuneError> =>
  promise.then(
    () => Promise.reject(new Error('It succeeded.')),
    (error: AttuneError) => error,
  );

test('of one customer few events are in flight, of many there are many, and each keeps its order', async () => {
  const held: (() => void)[] = [];
  const server = await startStreamServer(EventService.method.streamEvents, ({ requests }, out) => {
    held.push(() => {
      out.reply({ entries: requests.map(({ tag }) => ({ tag, status: EventStatus.ACCEPTED })) });
    });
  });
  const client = connect(server.address, QUICK);
  const stream = client.streamEvents();
  closing.push(() => {
    stream.close();
    client.close();
    server.close();
  });
  const event = (value: string) => ({ name: 'X', source: 's', identifiers: [{ kind: 'crm', value }] });
  const sent = [
    ...Array.from({ length: 300 }, (_, n) => stream.send(event(`c${n}`))),
    ...Array.from({ length: 20 }, () => stream.send(event('one'))),
  ];
  const cameOf = (customer: string) =>
    server.arrived
      .flatMap(({ requests }) => requests)
      .filter((one) => one.event?.identifiers[0]?.value === customer);
  await vi.waitFor(() => expect(cameOf('one')).toHaveLength(16));
  expect(server.arrived.flatMap(({ requests }) => requests)).toHaveLength(316);
  for (const reply of held.splice(0)) reply();
  await vi.waitFor(() => expect(cameOf('one')).toHaveLength(20));
  for (const reply of held) reply();
  await Promise.all(sent);
  const tags = cameOf('one').map(({ tag }) => tag);
  expect(tags).toEqual([...tags].sort((a, b) => Number(a - b)));
});

describe('what leaves together', () => {
  test('the calls of one turn of the event loop are one message, and one that is alone goes as it is', async () => {
    const { server, ask, came } = await serve(together);
    expect(await Promise.all(numbered(3).map(ask))).toEqual(['r0', 'r1', 'r2']);
    expect(await ask('alone')).toBe('alone');
    expect(came()).toEqual([['r0', 'r1', 'r2'], ['alone']]);
    expect(server.arrived.map(({ requests }) => requests.map(({ tag }) => tag))).toEqual([
      [1n, 2n, 3n],
      [4n],
    ]);
    expect(server.arrived[1]?.requests[0]?.timeout?.seconds).toBe(2n);
  });

  test('what callers ask on the replies of one message leaves in one', async () => {
    const { ask, came } = await serve(together);
    await Promise.all(numbered(5).map(async (id) => ask(`${await ask(id)}+`)));
    expect(came().map((requests) => requests.length)).toEqual([5, 5]);
  });

  test.each([
    [0, [['warm'], ['a'], ['b']]],
    [3, [['warm'], ['a', 'b']]],
  ])('with batchWaitMs %d two turns of the event loop are %j', async (batchWaitMs, expected) => {
    const { ask, came } = await serve(together, { ...QUICK, batchWaitMs });
    await ask('warm');
    if (batchWaitMs > 0) vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const a = ask('a');
    await nextTurn();
    await nextTurn();
    const b = ask('b');
    if (batchWaitMs > 0) vi.advanceTimersByTime(batchWaitMs);
    vi.useRealTimers();
    expect(await Promise.all([a, b])).toEqual(['a', 'b']);
    expect(came()).toEqual(expected);
  });

  test('a message that is full waits for no time', async () => {
    const { ask, came } = await serve(together, { ...QUICK, batchWaitMs: 5 });
    await ask('warm');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await Promise.all(numbered(100).map(ask));
    expect(came().map((requests) => requests.length)).toEqual([1, 100]);
  });

  test('the end of a stream waits for what it gathers, and for its replies', async () => {
    const { stream, ask, came } = await serve(together, { ...QUICK, batchWaitMs: 5 });
    await ask('warm');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const two = [ask('a'), ask('b')];
    await stream.end();
    expect(stream.unanswered).toBe(0);
    expect([await Promise.all(two), came()]).toEqual([
      ['a', 'b'],
      [['warm'], ['a', 'b']],
    ]);
  });

  test('a message holds at most 100 requests and a mebibyte; a larger one goes alone', async () => {
    const { server, stream, ask } = await serve(together);
    await Promise.all(numbered(250).map(ask));
    expect(server.arrived.map(({ requests }) => requests.length)).toEqual([100, 100, 50]);
    const large = (size: number) =>
      stream.decide({ identifiers: ids, placements: ['x'.repeat(size)] }).then(() => size);
    const sizes = [400_000, 400_000, 400_000, 1_500_000, 100];
    expect(await Promise.all(sizes.map(large))).toEqual(sizes);
    const later = server.arrived.slice(3);
    expect(later.map(({ requests }) => requests.length)).toEqual([2, 1, 1, 1]);
    expect(later.filter(({ bytes }) => bytes > 1 << 20)).toHaveLength(1);
  });

  test('events gather as decisions do', async () => {
    const server = await startStreamServer(EventService.method.streamEvents, ({ requests }, out) =>
      out.reply({
        entries: requests.map(({ tag, event }) => ({
          ...{ tag, eventId: event?.id ?? '', status: EventStatus.ACCEPTED },
        })),
      }),
    );
    const client = connect(server.address);
    closing.push(client.close.bind(client), server.close);
    const stream = client.streamEvents();
    const results = await Promise.all(numbered(4).map((id) => stream.send({ id, name: 'Seen' })));
    await stream.end();
    expect(results.map(({ eventId }) => eventId)).toEqual(numbered(4));
    expect(server.arrived.map(({ requests }) => requests.length)).toEqual([4]);
  });
});

describe('I1: each call settles once, by itself', () => {
  test('replies come split, in any order, alone or together, twice, and for nobody', async () => {
    const { ask, stream } = await serve(({ requests }, out) => {
      const replies = requests.map(good).reverse();
      out.reply({ entries: [] });
      out.reply({
        entries: [{ tag: 999_999n, result: { case: 'reply', value: {} } }, ...replies.slice(0, 2)],
      });
      for (const reply of replies.slice(0, 5)) out.reply(reply);
      out.reply({ entries: replies.slice(5) });
    });
    expect(await Promise.all(numbered(12).map(ask))).toEqual(numbered(12));
    expect(stream.unanswered).toBe(0);
  });

  test('of one message one is refused, one is tried again with its tag, and one is answered', async () => {
    let tries = 0;
    const { server, ask, came } = await serve(({ requests }, out) => {
      const replies = requests.map((request) => {
        if (idOf(request) === 'r0') return bad(request, status.INVALID_ARGUMENT);
        if (idOf(request) === 'r1' && tries++ === 0) return bad(request, status.RESOURCE_EXHAUSTED);
        return good(request);
      });
      out.reply({ entries: replies });
    });
    const [refused, ...rest] = numbered(3).map(ask);
    expect((await failed(refused as Promise<string>)).code).toBe('INVALID_ARGUMENT');
    expect(await Promise.all(rest)).toEqual(['r1', 'r2']);
    expect(came()).toEqual([numbered(3), ['r1']]);
    expect(server.arrived[1]?.requests[0]?.tag).toBe(2n);
  });

  test('one that is never answered fails when its time is over, and no other does', async () => {
    const { ask, stream } = await serve(
      ({ requests }, out) => out.reply({ entries: requests.filter((one) => idOf(one) !== 'r1').map(good) }),
      QUICK,
      200,
    );
    const [first, second, third] = numbered(3).map(ask) as [
      Promise<string>,
      Promise<string>,
      Promise<string>,
    ];
    expect([await first, await third]).toEqual(['r0', 'r2']);
    expect((await failed(second)).code).toBe('DEADLINE_EXCEEDED');
    expect(stream.unanswered).toBe(0);
  });

  test('a stream that is refused for good fails all that is on it, and the next call opens another', async () => {
    const { ask, stream } = await serve((message, out) => {
      if (message.stream === 1) out.fail(status.INVALID_ARGUMENT, 'too many entries');
      else together(message, out);
    });
    const errors = await Promise.all(numbered(3).map((id) => failed(ask(id))));
    expect(errors.map(({ code, message }) => [code, message])).toEqual(
      errors.map(() => ['INVALID_ARGUMENT', 'too many entries']),
    );
    expect(stream.unanswered).toBe(0);
    expect(await ask('again')).toBe('again');
  });

  test('a request that cannot be sent fails alone', async () => {
    const { ask, stream, came } = await serve(together);
    const [first, huge, odd, last] = [
      ask('a'),
      stream.decide({ requestId: 'huge', placements: ['x'.repeat(4 << 20)] }),
      stream.decide({ requestId: 'odd', events: [{ occurredAt: { seconds: 0.5 as never } }] }),
      ask('b'),
    ];
    const errors = await Promise.all([failed(huge), failed(odd)]);
    expect(errors.map((error) => error instanceof AttuneError && error.code)).toEqual([
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
    ]);
    expect(errors[0]?.message).toContain('more than 4 MiB');
    expect([await first, await last, came()]).toEqual(['a', 'b', [['a', 'b']]]);
  });

  test('a closed client or stream fails what is sent', async () => {
    const { client, stream, ask } = await serve(together);
    client.close();
    expect((await failed(ask('a'))).message).toBe('The client is closed.');
    const gathered = ask('b');
    stream.close();
    expect((await failed(gathered)).code).toBe('CANCELLED');
    expect((await failed(ask('c'))).code).toBe('CANCELLED');
  });
});

describe('I2: a broken connection loses nothing and doubles nothing', () => {
  test('what a stream that breaks within a message left open comes again, in order, with its tag and id', async () => {
    const { server, ask, came } = await serve((message, out) => {
      if (message.stream > 1) return together(message, out);
      out.reply({ entries: message.requests.slice(0, 60).reverse().map(good) });
      out.fail(status.UNAVAILABLE);
    });
    const all = numbered(150);
    expect(await Promise.all(all.map(ask))).toEqual(all);
    const again = server.arrived.filter(({ stream }) => stream === 2).flatMap(({ requests }) => requests);
    const answered = new Set(all.slice(0, 60));
    expect(again.map(idOf)).toEqual(all.filter((id) => !answered.has(id)));
    expect(again.map(({ tag }) => tag)).toEqual(again.map((request) => BigInt(idOf(request).slice(1)) + 1n));
    expect(came()[0]).toEqual(all.slice(0, 100));
  });

  test('what waits to be tried again when the stream breaks is sent once on the next', async () => {
    let draws = 0;
    // Twenty retries are drawn later than the new connection, which then sends them first.
    const random = () => (draws++ < 20 ? 1 : 0);
    const { server, ask } = await serve(
      (message, out) => {
        if (message.stream > 1) return together(message, out);
        if (message.requests.length === 1) return together(message, out);
        out.reply({ entries: message.requests.map((request) => bad(request, status.RESOURCE_EXHAUSTED)) });
        out.fail(status.UNAVAILABLE);
      },
      { ...QUICK, random },
    );
    await ask('warm');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = Promise.all(numbered(20).map(ask));
    while (draws < 21) await nextTurn();
    vi.advanceTimersByTime(20);
    vi.useRealTimers();
    await asked;
    await ask('last');
    expect(server.arrived.slice(2).map(({ requests }) => requests.map(idOf))).toEqual([
      numbered(20),
      ['last'],
    ]);
  });

  test('a server that goes away, then breaks what it did not answer, is met again', async () => {
    const { server, ask } = await serve((message, out) => {
      if (message.stream > 1) return together(message, out);
      out.reply({ entries: message.requests.slice(0, 5).map(good) });
      server.drain(1);
    });
    expect(await Promise.all(numbered(12).map(ask))).toEqual(numbered(12));
    const again = server.arrived.filter(({ stream }) => stream === 2).flatMap(({ requests }) => requests);
    expect(again.map(idOf)).toEqual(numbered(12).slice(5));
  });
});

test('I3: no more than 256 are on their way, and the others follow in their order', async () => {
  let open = 0;
  let openMax = 0;
  const waiting: DecideStreamRequest[] = [];
  const { server, ask } = await serve(({ requests }, out) => {
    waiting.push(...requests);
    open += requests.length;
    openMax = Math.max(openMax, open);
    if (open < 256 && server.arrived.flatMap((message) => message.requests).length < 600) return;
    const some = waiting.splice(0, 77);
    open -= some.length;
    out.reply({ entries: some.map(good) });
    if (server.arrived.flatMap((message) => message.requests).length === 600) {
      out.reply({ entries: waiting.splice(0).map(good) });
    }
  });
  const all = numbered(600);
  expect(await Promise.all(all.map(ask))).toEqual(all);
  expect(openMax).toBe(256);
  expect(server.arrived.flatMap(({ requests }) => requests.map(idOf))).toEqual(all);
});

test.each([-1, 6, Number.NaN])('batchWaitMs may not be %d', (batchWaitMs) => {
  expect(() => connect('127.0.0.1:1', { batchWaitMs })).toThrow(
    `batchWaitMs must be a number from 0 to 5, not ${batchWaitMs}.`,
  );
});
