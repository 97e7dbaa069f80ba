import type { NodeWires } from '../../port/node-wires.ts';
import { NodeWire, type NodeWireParts, tellNothing } from './node-wire.ts';

/** How often old and idle streams are looked for, as a part of the shorter of their two bounds. */
const LOOKS = 10;

/** Speaks with other nodes over gRPC: one connection and one stream a node, opened when it is first asked. */
export class GrpcNodeWires implements NodeWires {
  readonly #parts: NodeWireParts;
  readonly #wires = new Map<string, NodeWire>();
  readonly #looking: NodeJS.Timeout;
  #isClosed = false;

  constructor(parts: NodeWireParts) {
    this.#parts = parts;
    const { streamAgeMs, idleMs } = parts.bounds;
    this.#looking = setInterval(() => this.#look(), Math.min(streamAgeMs, idleMs) / LOOKS).unref();
  }

  ask(
    address: string,
    question: Uint8Array,
    timeoutMs: number,
    done: (answer: Uint8Array | undefined) => void,
  ): void {
    const { bounds, observer } = this.#parts;
    const threw = (error: unknown): void => observer.fault('what came of a question to a node', error);
    const asker = { done, threw };
    if (this.#isClosed) return tellNothing(asker);
    if (question.length > bounds.questionBytesMax) {
      observer.fault(
        `a question of ${question.length} bytes to the node at ${address} was not sent: ${bounds.questionBytesMax} are the most`,
      );
      return tellNothing(asker);
    }
    if (!this.#wireTo(address).ask(question, timeoutMs, asker)) tellNothing(asker);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#looking);
    for (const wire of this.#wires.values()) wire.close();
    this.#wires.clear();
  }

  #wireTo(address: string): NodeWire {
    let wire = this.#wires.get(address);
    if (wire === undefined) {
      wire = new NodeWire(address, this.#parts);
      this.#wires.set(address, wire);
    }
    return wire;
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [address, wire] of this.#wires) if (wire.inspect(nowMs)) this.#wires.delete(address);
  }
}
