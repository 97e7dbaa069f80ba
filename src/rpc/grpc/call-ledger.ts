import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { CallStatus } from '../call.ts';
import { Debt } from './debt.ts';
import type { Peer } from './peer.ts';

/** A call that was let in, as the server's bookkeeping knows it. */
export interface OpenCall {
  /** Reply bytes that have not left. */
  readonly bufferedBytes: number;
  fail(why: CallStatus): void;
  /** Ends the call when its message is overdue; `nowMs` by the ledger's clock. */
  endIfOverdue(nowMs: number): void;
}

/**
 * What all calls of a server use together: the calls themselves, request bytes that are no whole message yet, compressed
 * messages that are being unpacked, and reply bytes that have not left.
 *
 * I1  Every counter falls by what it rose by: each `opened` has its `closed`, each `reading` its `readingDone`.
 * I2  At most `unpackingMax` compressed calls are read at once, and none while `unpackedBytesMax` are owed; unary ones beyond it
 *     wait unread, in their order.
 */
export class CallLedger {
  /** Milliseconds of a clock that never runs backwards. */
  readonly now: () => number;
  readonly #open = new Set<OpenCall>();
  readonly #waiting: (() => boolean)[] = [];
  #readingBytes = 0;
  #unreadBytes = 0;
  #unpacking = 0;
  readonly #unpacked = new Debt(LIMITS.unpackedBytesMax, INTERVALS.unpackedBytesPerSecond);

  constructor(now: () => number) {
    this.now = now;
  }

  /** The calls that were let in and whose streams are not over. */
  get open(): ReadonlySet<OpenCall> {
    return this.#open;
  }

  /** Request bytes that are no whole message yet, of all calls. */
  get readingBytes(): number {
    return this.#readingBytes;
  }

  /** Reply bytes that have not left, of all calls. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  opened(call: OpenCall): void {
    this.#open.add(call);
  }

  closed(call: OpenCall, peer: Peer, unreadBytes: number): void {
    this.#open.delete(call);
    this.sent(peer, unreadBytes);
  }

  sending(peer: Peer, bytes: number): void {
    this.#unreadBytes += bytes;
    peer.unreadBytes += bytes;
  }

  sent(peer: Peer, bytes: number): void {
    this.#unreadBytes -= bytes;
    peer.unreadBytes -= bytes;
  }

  /** Counts bytes of a message that is not whole; false: there is no room for them, the call must end. */
  reading(bytes: number): boolean {
    this.#readingBytes += bytes;
    return this.#readingBytes <= LIMITS.unfinishedBytesMax;
  }

  readingDone(bytes: number): void {
    this.#readingBytes -= bytes;
  }

  /** Starts to unpack one more call; false: too many are unpacked now. `unpackingDone` ends it. */
  unpack(): boolean {
    if (this.#unpacking >= LIMITS.unpackingMax || this.#unpacked.exceeded(this.now())) return false;
    this.#unpacking++;
    return true;
  }

  /** Calls `start` once there is a place (I2); one that answers false did not want it any more. */
  unpackLater(start: () => boolean): void {
    this.#waiting.push(start);
  }

  /** A message of a compressed call was unpacked to so many bytes. */
  unpacked(bytes: number): void {
    this.#unpacked.charge(bytes, this.now());
  }

  unpackingDone(): void {
    this.#unpacking--;
    this.unpackWaiting();
  }

  /** Starts the waiting calls as far as there is room; also called every `sweepMs`, because debts drain. */
  unpackWaiting(): void {
    while (this.#waiting.length > 0 && this.unpack()) {
      const start = this.#waiting.shift();
      if (start?.() !== true) this.#unpacking--;
    }
  }
}
