/**
 * The library leaves a socket open whose dial it gave up before the server had spoken: it would stay for as long as that server stands still, one more with each dial, and
 * keep a process alive that has ended.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

const CHANNEL = 'net.client.socket';

const dialling = new AsyncLocalStorage<Socket[]>();

/** What `dial` resolves with. When it rejects, every socket that it opened is closed. */
export async function withoutLeftSockets<T>(dial: () => Promise<T>): Promise<T> {
  const sockets: Socket[] = [];
  const opened = (message: unknown): void => {
    if (dialling.getStore() === sockets) sockets.push((message as { readonly socket: Socket }).socket);
  };
  subscribe(CHANNEL, opened);
  try {
    return await dialling.run(sockets, dial);
  } catch (fault) {
    for (const socket of sockets) socket.destroy();
    throw fault;
  } finally {
    unsubscribe(CHANNEL, opened);
  }
}
