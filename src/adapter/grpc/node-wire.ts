import { batchLength, FRAMES_MAX } from '../../port/node-frames.ts';
import { type Asker, NodeQuestion, tell } from './node-question.ts';
import { NodeStream, type NodeStreamParts, type NodeTls } from './node-stream.ts';

/** Times in ms. */
export interface NodeWireBounds
  extends Pick<NodeStreamParts, 'answerBytesMax' | 'openMsMax' | 'keepaliveMs' | 'keepaliveTimeoutMs'> {
  readonly questionBytesMax: number;
  /** Questions to one node that wait for their answer, and their bytes. */
  readonly questionsMax: number;
  readonly questionsBytesMax: number;
  readonly questionMsMax: number;
  /** A question that could not be sent by then is ended: its asker may find another node meanwhile. */
  readonly unsentMsMax: number;
  /** The first and the longest wait before a node is tried again. */
  readonly reopenMs: number;
  readonly reopenMsMax: number;
  /** A stream as old as this gives way to another one. */
  readonly streamAgeMs: number;
  /** A node that was asked nothing for so long needs no stream. */
  readonly idleMs: number;
}

export interface NodeWireParts {
  readonly token: string;
  /** What to show, and whom to believe, at each opening; undefined: no encryption. May throw what is told then. */
  readonly tls: () => NodeTls | undefined;
  readonly bounds: NodeWireBounds;
  readonly observer: { info(sentence: string): void; fault(sentence: string, cause?: unknown): void };
  /** Evenly from 0 to 1. */
  readonly random: () => number;
}

/**
 * The questions to one node: those that wait to be sent, and the stream that takes them. Opened when something waits, and again after a wait.
 *
 * I1  What was sent over a stream that is over is ended: whether it was heard is not known. What was not sent waits for the next stream, for `unsentMsMax`; where
 *     that does not come about, nobody listens there: it is ended, and so is at once what is asked until the next try.
 * I2  Count and bytes are those of questions that are not ended, sent or not.
 */
export class NodeWire {
  readonly #address: string;
  readonly #parts: NodeWireParts;
  readonly #waiting = new Set<NodeQuestion>();
  readonly #retired = new Set<NodeStream>();
  #stream: NodeStream | undefined;
  #openedAtMs = 0;
  #askedAtMs = performance.now();
  #failures = 0;
  #isToldAway = false;
  /** The last try came to nothing, and the next one is not due. */
  #isDeserted = false;
  #reopening: NodeJS.Timeout | undefined;
  #givingUp: NodeJS.Timeout | undefined;
  #sending: NodeJS.Immediate | undefined;
  #count = 0;
  #bytes = 0;
  #isClosed = false;

  constructor(address: string, parts: NodeWireParts) {
    this.#address = address;
    this.#parts = parts;
  }

  /** False: more waits for this node than may, or nobody listens there; nothing was done. */
  ask(question: Uint8Array, timeoutMs: number, asker: Asker): boolean {
    const { bounds } = this.#parts;
    const bytes = question.length;
    // I1
    if (this.#isDeserted) return false;
    if (this.#count >= bounds.questionsMax || this.#bytes + bytes > bounds.questionsBytesMax) return false;
    this.#count++;
    this.#bytes += bytes;
    const asked: NodeQuestion = new NodeQuestion({
      ...asker,
      // A copy: whoever asks may write the next question into the same bytes.
      body: new Uint8Array(question),
      timeoutMs: Math.min(timeoutMs, bounds.questionMsMax),
      ended: () => {
        this.#count--;
        this.#bytes -= bytes;
      },
    });
    asked.onEnd = () => this.#waiting.delete(asked);
    this.#waiting.add(asked);
    this.#askedAtMs = performance.now();
    this.#sending ??= setImmediate(() => {
      this.#sending = undefined;
      this.#send();
    });
    return true;
  }

  /** Lets an old stream go, and one that nobody needs. True: nothing is held for this node. */
  inspect(nowMs: number): boolean {
    const { streamAgeMs, idleMs } = this.#parts.bounds;
    const isIdle = this.#count === 0 && nowMs - this.#askedAtMs > idleMs;
    const stream = this.#stream;
    if (stream !== undefined && (isIdle || nowMs - this.#openedAtMs > streamAgeMs)) {
      this.#stream = undefined;
      this.#retired.add(stream);
      stream.retire();
    }
    return isIdle && this.#retired.size === 0 && this.#reopening === undefined;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#reopening);
    clearTimeout(this.#givingUp);
    clearImmediate(this.#sending);
    this.#stream?.close();
    for (const stream of [...this.#retired]) stream.close();
    this.#endWaiting();
  }

  #send(): void {
    this.#sendWaiting();
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#isClosed) return;
    const leftMs = oldest.askedAt + this.#parts.bounds.unsentMsMax - performance.now();
    this.#givingUp ??= setTimeout(() => this.#giveUp(), Math.max(1, Math.ceil(leftMs)));
  }

  /** I1 */
  #giveUp(): void {
    this.#givingUp = undefined;
    const askedBefore = performance.now() - this.#parts.bounds.unsentMsMax;
    for (const question of [...this.#waiting]) {
      if (question.askedAt > askedBefore) break;
      question.end(undefined);
    }
    this.#send();
  }

  #sendWaiting(): void {
    if (this.#isClosed || this.#waiting.size === 0) return;
    if (this.#stream === undefined) {
      if (this.#reopening === undefined) this.#open();
      return;
    }
    while (this.#stream.isReady && this.#waiting.size > 0) {
      const first: NodeQuestion[] = [];
      for (const question of this.#waiting) {
        first.push(question);
        if (first.length === FRAMES_MAX) break;
      }
      const batch = first.slice(0, batchLength(first, 0));
      for (const question of batch) this.#waiting.delete(question);
      this.#stream.write(batch);
    }
  }

  #open(): void {
    const { token, tls, bounds } = this.#parts;
    try {
      const stream: NodeStream = new NodeStream({
        ...bounds,
        address: this.#address,
        token,
        tls: tls(),
        ready: () => {
          this.#tellBack();
          this.#send();
        },
        ended: (why, wasOpen) => this.#ended(stream, why, wasOpen),
      });
      this.#stream = stream;
      this.#openedAtMs = performance.now();
    } catch (fault) {
      this.#failed(fault instanceof Error ? fault.message : String(fault), false);
    }
  }

  #ended(stream: NodeStream, why: string, wasOpen: boolean): void {
    if (this.#retired.delete(stream) || this.#isClosed) return;
    this.#stream = undefined;
    this.#failed(why, wasOpen);
  }

  /** I1 */
  #failed(why: string, wasOpen: boolean): void {
    const { bounds, random, observer } = this.#parts;
    if (!this.#isToldAway) observer.info(`the node at ${this.#address} is out of reach: ${why}`);
    this.#isToldAway = true;
    this.#failures = wasOpen ? 1 : this.#failures + 1;
    const wholeMs = Math.min(bounds.reopenMsMax, bounds.reopenMs * 2 ** Math.min(this.#failures - 1, 30));
    this.#reopening = setTimeout(
      () => {
        this.#reopening = undefined;
        this.#isDeserted = false;
        this.#send();
      },
      wholeMs / 2 + (random() * wholeMs) / 2,
    );
    this.#isDeserted = !wasOpen;
    if (!wasOpen) this.#endWaiting();
  }

  #tellBack(): void {
    if (this.#isToldAway) this.#parts.observer.info(`the node at ${this.#address} is reached again`);
    this.#isToldAway = false;
  }

  #endWaiting(): void {
    for (const question of [...this.#waiting]) question.end(undefined);
  }
}

/** Tells an asker, in a turn of its own, that nothing is known. */
export function tellNothing(asker: Asker): void {
  setImmediate(() => tell(asker, undefined));
}
