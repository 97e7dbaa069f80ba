/** A way to a service that can be cut, or that swallows everything, as networks do. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class CutOffProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isSwallowing = false;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      const far = connect(target, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (bytes) => {
          // Nothing is read any more: what the other side writes fills its buffers, as with a peer that hangs.
          if (this.#isSwallowing) from.pause();
          else to.write(bytes);
        });
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  /** Listens on a free port of this machine. */
  static async start(target: number): Promise<CutOffProxy> {
    const proxy = new CutOffProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return `127.0.0.1:${address.port}`;
  }

  /** Ends all connections at once, without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on nothing comes through, and no connection ends. */
  swallow(): void {
    this.#isSwallowing = true;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
