/**
 * What waits for one shard's next turn, in order of arrival. Owned by its shard.
 *
 * I1  Bounded by count and by bytes; a full one refuses at once, by priority (ADMIT_SHARE).
 * I2  Order per customer is kept: what a turn leaves over goes back to the front.
 */
import { added } from '../../base/added.ts';
import { ADMIT_SHARE, type Request } from '../turn/request.ts';

export class Mailbox {
  readonly #countMax: number;
  readonly #bytesMax: number;
  #queue: Request[] = [];
  #bytes = 0;

  constructor(countMax: number, bytesMax: number) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#queue.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False: no room for its priority, nothing was taken. */
  push(request: Request): boolean {
    const share = ADMIT_SHARE[request.priority];
    if (this.#queue.length >= this.#countMax * share) return false;
    if (this.#bytes + request.bytes > this.#bytesMax * share && this.#queue.length > 0) return false;
    this.#queue = added(this.#queue, request);
    this.#bytes += request.bytes;
    return true;
  }

  /** Puts back what a turn could not take, before all others; never refused, since it had its place already. */
  putBack(requests: readonly Request[]): void {
    if (requests.length === 0) return;
    for (const request of requests) this.#bytes += request.bytes;
    this.#queue = requests.concat(this.#queue);
  }

  /** Takes the first requests up to both bounds; at least one when there is any. */
  dequeue(countMax: number, bytesMax: number): Request[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#queue.length && count < countMax) {
      const size = this.#queue[count]?.bytes ?? 0;
      if (count > 0 && bytes + size > bytesMax) break;
      bytes += size;
      count++;
    }
    this.#bytes -= bytes;
    if (count === this.#queue.length) {
      const taken = this.#queue;
      this.#queue = [];
      return taken;
    }
    return this.#queue.splice(0, count);
  }
}
