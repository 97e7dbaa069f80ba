import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { Connections } from './connections.ts';
import type { Peer } from './peer.ts';

/** A server's certificate and key, and the CA that signs its callers' certificates, as PEM texts. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Undefined: callers need no certificate. */
  readonly clientCa: string | undefined;
}

/** Where connections come in: bounded by `connections` before a byte of them is read, with or without TLS. */
export class Listener {
  readonly #server: Server;
  readonly #tls: TlsServer | undefined;
  readonly #inject: (socket: Socket, peer: Peer) => void;
  /** Peers whose TLS handshake is under way, by address and port: the secured socket is another object. */
  readonly #handshakes = new Map<string, Peer>();

  /** `inject` is handed every connection that is let in, after its TLS handshake. */
  constructor(
    connections: Connections,
    tls: TlsFiles | undefined,
    inject: (socket: Socket, peer: Peer) => void,
  ) {
    this.#inject = inject;
    this.#tls = tls === undefined ? undefined : this.#secure(tls);
    this.#server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => {});
      const peer = connections.accept(socket);
      if (peer === undefined) return void socket.destroy();
      connections.enter(peer, socket, () => {
        if (this.#tls === undefined) this.#inject(socket, peer);
        else this.#shakeHands(this.#tls, socket, peer);
      });
    });
  }

  /** Binds; resolves with the port. Rejects with the system's error. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        // An error while one connection is accepted is not the server's end.
        this.#server.on('error', () => {});
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Uses these certificates for new connections. Throws when they do not load; the old ones stay in use. */
  renew(tls: TlsFiles): void {
    this.#tls?.setSecureContext(contextOf(tls));
  }

  /** Accepts no new connections. */
  close(): void {
    this.#server.close();
  }

  /** A TLS server that does not listen: it gets accepted connections. */
  #secure(tls: TlsFiles): TlsServer {
    const server = createTlsServer({
      ...contextOf(tls),
      ALPNProtocols: ['h2'],
      requestCert: tls.clientCa !== undefined,
      // Health needs no certificate; any other call without one is refused.
      rejectUnauthorized: false,
    });
    server.on('secureConnection', (socket) => {
      socket.on('error', () => {});
      const peer = this.#handshakes.get(keyOf(socket));
      if (peer === undefined || socket.alpnProtocol !== 'h2') return void socket.destroy();
      peer.secured(socket, socket.authorized);
      this.#inject(socket, peer);
    });
    // A peer that speaks no TLS or breaks off.
    server.on('tlsClientError', (_fault, socket) => void socket.destroy());
    return server;
  }

  #shakeHands(tls: TlsServer, socket: Socket, peer: Peer): void {
    const key = keyOf(socket);
    this.#handshakes.set(key, peer);
    socket.once('close', () => this.#handshakes.delete(key));
    tls.emit('connection', socket);
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** The whole context each time: what is left out would come from the default, not from the context before. */
function contextOf({ cert, key, clientCa }: TlsFiles) {
  return { cert, key, minVersion: 'TLSv1.2' as const, ...(clientCa === undefined ? {} : { ca: clientCa }) };
}
