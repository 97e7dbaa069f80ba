/**
 * A network between two processes of this machine: bytes go through as they come, late, in one direction only, or not at all. Owned by a proof.
 *
 * I1  Held bytes are not lost: they go through when the way is open again, as TCP would send them again. Nor does the end of a connection pass a direction that is held.
 * I2  A connection that is asked for while anything is held is made when the way is open again, if whoever asked still waits.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** `there`: from who connects to who listens. */
export type Direction = 'there' | 'back';

interface Lane {
  readonly direction: Direction;
  readonly from: Socket;
  readonly to: Socket;
  readonly waiting: { readonly bytes: Buffer; readonly dueAt: number }[];
  isOver: boolean;
}

export class NetworkWay {
  readonly #server: Server;
  #target: number;
  readonly #lanes = new Set<Lane>();
  /** I2 */
  readonly #asking = new Set<Socket>();
  readonly #held = new Set<Direction>();
  #isCut = false;
  #delayMs = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => this.#accept(near));
  }

  /** Listens on a free port of this machine, and leads to `target`, another one. */
  static async start(target: number): Promise<NetworkWay> {
    const way = new NetworkWay(target);
    await new Promise<void>((resolve) => way.#server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  /** Where it leads from now on: who listens there may have been told this address first. */
  lead(target: number): void {
    this.#target = target;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the way does not listen');
    return `127.0.0.1:${address.port}`;
  }

  /** Ends every connection, and each new one, until `open`. */
  cut(): void {
    this.#isCut = true;
    for (const near of this.#asking) near.destroy();
    for (const { from, to } of this.#lanes) {
      from.destroy();
      to.destroy();
    }
  }

  /** Nothing comes through in these directions until `open`, and no connection ends. */
  hold(...directions: readonly Direction[]): void {
    for (const direction of directions) this.#held.add(direction);
    for (const lane of this.#lanes) if (this.#held.has(lane.direction)) lane.from.pause();
  }

  /** What is sent from now on arrives so much later, in both directions. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** As it was at first. */
  open(): void {
    this.#isCut = false;
    this.#delayMs = 0;
    this.#held.clear();
    for (const lane of this.#lanes) {
      lane.from.resume();
      this.#pass(lane);
    }
    for (const near of this.#asking) this.#dial(near);
    this.#asking.clear();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #accept(near: Socket): void {
    near.on('error', () => {});
    if (this.#isCut) return void near.destroy();
    if (this.#held.size === 0) return this.#dial(near);
    near.pause();
    this.#asking.add(near);
    near.once('close', () => this.#asking.delete(near));
  }

  #dial(near: Socket): void {
    if (near.destroyed) return;
    const far = connect(this.#target, '127.0.0.1');
    this.#join({ direction: 'there', from: near, to: far });
    this.#join({ direction: 'back', from: far, to: near });
    near.resume();
  }

  #join(ends: Pick<Lane, 'direction' | 'from' | 'to'>): void {
    const lane: Lane = { ...ends, waiting: [], isOver: false };
    const { from } = lane;
    from.setNoDelay(true);
    this.#lanes.add(lane);
    from.on('data', (bytes: Buffer) => {
      lane.waiting.push({ bytes, dueAt: performance.now() + this.#delayMs });
      this.#pass(lane);
    });
    from.on('error', () => {});
    from.on('close', () => {
      lane.isOver = true;
      this.#pass(lane);
    });
  }

  /** I1 */
  #pass(lane: Lane): void {
    const { direction, from, to, waiting } = lane;
    if (this.#held.has(direction)) return void from.pause();
    const now = performance.now();
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (next.dueAt > now) return void setTimeout(() => this.#pass(lane), next.dueAt - now);
      waiting.shift();
      if (to.destroyed || to.write(next.bytes)) continue;
      from.pause();
      to.once('drain', () => from.resume());
    }
    if (!lane.isOver) return;
    this.#lanes.delete(lane);
    to.destroy();
  }
}
