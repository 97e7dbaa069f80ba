import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { NatsLink } from './nats-link.ts';

const server = createServer();
afterEach(() => server.close());

test('a server that takes the connection and says nothing is left by a dial that was given up', async () => {
  const taken = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const link = new NatsLink({
    ...{ servers: [`127.0.0.1:${(server.address() as AddressInfo).port}`], name: 'test' },
    ...{ dialMs: 50, redialMs: 1, steadyMs: () => performance.now() },
  });
  await expect(link.connection()).rejects.toMatchObject({ kind: 'unavailable', outcome: 'nothing_written' });
  const socket = await taken;
  // Nothing is heard of an end before something is read.
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  await link.close();
});
