/**
 * Whether a channel is worth an attempt: a channel system that refuses for now, or stays silent, again and again would use up the
 * attempts of all that wait for it. Owned by the channel registry, one a channel. Not stored: a new process tries again.
 *
 * I1  Closed, everything goes. So many failures in a row, over all dispatches, open it, and so does a long silence.
 * I2  Open, one delivery goes at a time, a probe, after waits that double; what else waits for the channel uses up no attempt.
 * I3  Whatever answer is no failure closes it.
 */
import { INTERVALS, LIMITS } from '../../config/limits.ts';

export class Breaker {
  #failures = 0;
  #openedAt = 0;
  #probes = 0;
  /** When the next probe may go; 0: it is closed. */
  #nextAt = 0;

  get isOpen(): boolean {
    return this.#nextAt > 0;
  }

  /** Since when it is open, ms by the clock; 0: it is closed. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** Whether a delivery may go at `now`. */
  lets(now: number): boolean {
    return now >= this.#nextAt;
  }

  /** A delivery goes out; while it is open that is a probe, and the next one waits twice as long. */
  delivered(now: number): void {
    if (!this.isOpen) return;
    this.#probes++;
    this.#nextAt = now + this.#waitMs();
  }

  /** A refusal for now, or no answer in time. True where it opens by that. */
  failed(now: number): boolean {
    this.#failures++;
    return this.#failures >= LIMITS.channelFailuresMax && this.open(now);
  }

  /** False where it is open already. */
  open(now: number): boolean {
    if (this.isOpen) return false;
    this.#openedAt = now;
    this.#nextAt = now + this.#waitMs();
    return true;
  }

  /** The channel system works: it accepted, refused for good or gave back. True where it closes by that. */
  answered(): boolean {
    const wasOpen = this.isOpen;
    this.#failures = 0;
    this.#openedAt = 0;
    this.#probes = 0;
    this.#nextAt = 0;
    return wasOpen;
  }

  /** A channel system connects: it may be a new one, which is worth a probe at once. */
  connected(now: number): void {
    if (this.isOpen) this.#nextAt = Math.min(this.#nextAt, now);
  }

  #waitMs(): number {
    return Math.min(INTERVALS.channelProbeMsMax, INTERVALS.channelProbeMs * 2 ** this.#probes);
  }
}
