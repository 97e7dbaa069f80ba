import { expect, test } from 'vitest';
import type { NatsDoor } from './nats-door.ts';
import { natsDoubts } from './nats-settings.ts';

function doubtsOf(info: { version: string; max_payload: number; jetstream: boolean }, replicas: number) {
  const door = { ask: (_: string, ask: (speaker: unknown) => unknown) => ask({ connection: { info } }) };
  return natsDoubts(door as unknown as NatsDoor, { prefix: 'a', replicas, maxBytes: 1 });
}

test.each([
  ['2.14.3', 3, 1],
  ['2.14.4', 3, 0],
  ['2.15.0', 5, 0],
  ['2.9.25', 3, 1],
  ['3.0.0', 3, 0],
  ['2.15.1-preview.2', 3, 0],
  ['2.14.3', 1, 0],
  ['', 3, 1],
])('a server of version "%s" with %d replicas has %d doubts', async (version, replicas, count) => {
  expect(await doubtsOf({ version, max_payload: 2 ** 23, jetstream: true }, replicas)).toHaveLength(count);
});

test('one without JetStream is named', async () => {
  expect(await doubtsOf({ version: '2.15.1', max_payload: 2 ** 23, jetstream: false }, 1)).toEqual([
    { doubt: undefined, sentence: 'JetStream is off: start it with -js or a jetstream block' },
  ]);
});
