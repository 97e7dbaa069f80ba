/** TLS before a server that speaks none: the Redis that tests find is often built without. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createConnection, type Socket } from 'node:net';
import { createServer } from 'node:tls';

export interface TlsFront {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on loopback, on a free port or on `port`, and hands on what it hears to `to`. */
export async function startTlsFront(
  to: number,
  pair: { readonly cert: string; readonly key: string },
  port = 0,
): Promise<TlsFront> {
  const open = new Set<Socket>();
  const files = { cert: readFileSync(pair.cert), key: readFileSync(pair.key) };
  const server = createServer(files, (outside) => {
    const inside = createConnection(to, '127.0.0.1');
    for (const [one, other] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      open.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  // A caller who does not trust the certificate ends the handshake.
  server.on('tlsClientError', () => {});
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
