// Long because gathering, sending and answering share one state.
/**
 * Requests over one stream, each answered by tag in any order, carried on over broken connections. Events and decisions
 * both go through it.
 *
 * I1  Every `send` is resolved or rejected exactly once: with a reply, with the service's refusal, or when its time is over.
 * I2  What is not answered when the connection breaks is sent again, in its order, with the same ids: the service knows
 *     what it has seen, so nothing is lost and nothing counts twice.
 * I3  At most `inFlightMax` requests are sent and unanswered, and at most `sameKeyMax` of them under one key; the others
 *     wait here, in order.
 * I4  What is called in one turn of the event loop, or within `batchWaitMs`, leaves together. A message is only how
 *     requests travel: each of them keeps its own tag, time and retries.
 */
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { AttuneError, errorOfCall } from './attune-error.ts';
import { backoffMs } from './backoff.ts';
import { KeyGate } from './key-gate.ts';
import type { ClientSettings } from './settings.ts';
import { ENTRIES_MAX, streamMessages } from './stream-message.ts';
import { unfitError } from './unfit-error.ts';

/** A reply to one request, or to several in `entries`. */
export interface TaggedReply<Reply> {
  readonly tag: bigint;
  readonly entries: readonly Reply[];
}

/** What a reply means for its request. */
export type ReplyVerdict<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: AttuneError }
  /** Send it again after so many ms. `error`: what to fail with when its time is over before. */
  | { readonly kind: 'again'; readonly afterMs: number; readonly error: AttuneError };

export interface PipelineParts<Request, Reply extends TaggedReply<Reply>, T> {
  readonly settings: ClientSettings;
  readonly open: () => ClientDuplexStream<Buffer, Reply>;
  /** Told how a stream ended that will be opened again. */
  readonly onBreak: (error: AttuneError) => void;
  /** The message that holds one request. */
  readonly encode: (tag: bigint, request: Request) => Buffer;
  /** The field of a message that holds several, below 16. */
  readonly entriesField: number;
  readonly verdict: (reply: Reply) => ReplyVerdict<T>;
  readonly inFlightMax: number;
  /** What a request is about, where that bounds how many may be in flight: I2 needs the service to remember them all. */
  readonly keysOf?: (request: Request) => readonly string[];
  /** In flight under one of these keys. */
  readonly sameKeyMax?: number;
  /** How long a request may wait for its reply; Infinity: until the pipeline is closed. */
  readonly deadlineMs: number;
}

interface Entry<T> {
  readonly tag: bigint;
  readonly bytes: Buffer;
  readonly keys: readonly string[];
  readonly expiresAt: number;
  readonly resolve: (value: T) => void;
  readonly reject: (error: AttuneError) => void;
  attempts: number;
  error: AttuneError | undefined;
}

const NO_KEYS: readonly string[] = [];
const SWEEP_MS = 50;
/** Breaks in a row with an error that is not retryable; then what was sent is given up. */
const UNEXPLAINED_BREAKS_MAX = 5;
/** The most bytes that the service accepts in one request; a larger one would end the stream for all others, again and again. */
const REQUEST_BYTES_MAX = 4 << 20;

export class Pipeline<Request, Reply extends TaggedReply<Reply>, T> {
  readonly #parts: PipelineParts<Request, Reply, T>;
  /** Sent and unanswered, or waiting to be sent again; in order of their first sending. */
  readonly #open = new Map<bigint, Entry<T>>();
  readonly #gate: KeyGate;
  /** Of the open ones those that leave again with the next message. */
  #resend: Entry<T>[] = [];
  /** Not sent yet. */
  readonly #queue: Entry<T>[] = [];
  /** I3: more was queued than may be open; what callers ask next need not be gathered any longer. */
  #hasOverflow = false;
  #stream: ClientDuplexStream<Buffer, Reply> | undefined;
  #sendTimer: NodeJS.Immediate | undefined;
  #batchTimer: NodeJS.Timeout | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #failures = 0;
  #nextTag = 1n;
  #ending: (() => void) | undefined;
  #closed = false;

  constructor(parts: PipelineParts<Request, Reply, T>) {
    this.#parts = parts;
    this.#gate = new KeyGate(parts.sameKeyMax ?? parts.inFlightMax);
  }

  /** Requests that are not answered. */
  get unanswered(): number {
    return this.#open.size + this.#queue.length;
  }

  /** `expiresAt`: when its time is over, where it does not begin now. */
  send(request: Request, expiresAt = Date.now() + this.#parts.deadlineMs): Promise<T> {
    if (this.#closed || this.#ending) return Promise.reject(closedError());
    const tag = this.#nextTag++;
    const bytes = this.#encoded(tag, request);
    if (bytes instanceof AttuneError) return Promise.reject(bytes);
    return new Promise((resolve, reject) => {
      const keys = this.#parts.keysOf?.(request) ?? NO_KEYS;
      this.#queue.push({ tag, bytes, keys, expiresAt, resolve, reject, attempts: 0, error: undefined });
      this.#sweep ??= setInterval(() => this.#expire(), SWEEP_MS);
      const wait = this.#parts.settings.batchWaitMs;
      if (wait === 0 || this.#queue.length >= ENTRIES_MAX) this.#sendThisTurn();
      else this.#batchTimer ??= setTimeout(() => this.#sendGathered(), wait);
    });
  }

  /** Resolves when everything sent is answered, then closes. */
  async end(): Promise<void> {
    if (this.#closed) return;
    this.#sendGathered();
    if (this.unanswered > 0) await new Promise<void>((resolve) => (this.#ending = resolve));
    this.close();
  }

  /** Fails what is not answered; it may or may not have taken effect. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fail(closedError());
    clearTimeout(this.#reconnect);
    this.#stream?.end();
    this.#stream = undefined;
  }

  #encoded(tag: bigint, request: Request): Buffer | AttuneError {
    try {
      const bytes = this.#parts.encode(tag, request);
      if (bytes.length <= REQUEST_BYTES_MAX) return bytes;
      return unfitError(`The request takes ${bytes.length} bytes, more than 4 MiB.`);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      return unfitError(`The request does not fit the contract: ${why}`, cause);
    }
  }

  /** I4. */
  #sendThisTurn(): void {
    this.#sendTimer ??= setImmediate(() => this.#sendGathered());
  }

  #sendGathered(): void {
    clearImmediate(this.#sendTimer);
    clearTimeout(this.#batchTimer);
    this.#sendTimer = undefined;
    this.#batchTimer = undefined;
    // While the connection is broken everything waits for `#resume`.
    if (this.#closed || this.#reconnect !== undefined) return;
    const again = this.#resend.filter((entry) => this.#open.get(entry.tag) === entry);
    this.#resend = [];
    const first = this.#takeQueued();
    this.#hasOverflow = this.#queue.length > 0;
    this.#write([...again, ...first]);
  }

  /** I3: opens what may leave now, in order. */
  #takeQueued(): Entry<T>[] {
    let count = 0;
    for (const entry of this.#queue) {
      if (this.#open.size >= this.#parts.inFlightMax || !this.#gate.hasRoom(entry.keys)) break;
      this.#open.set(entry.tag, entry);
      this.#gate.enter(entry.keys);
      count++;
    }
    return this.#queue.splice(0, count);
  }

  #close(entry: Entry<T>): void {
    this.#open.delete(entry.tag);
    this.#gate.leave(entry.keys);
  }

  #write(entries: readonly Entry<T>[]): void {
    if (entries.length === 0) return;
    for (const entry of entries) entry.attempts++;
    try {
      const stream = this.#connected();
      const requests = entries.map(({ bytes }) => bytes);
      for (const message of streamMessages(requests, this.#parts.entriesField)) stream.write(message);
    } catch (thrown) {
      // Only a client that is closed opens no stream.
      if (!(thrown instanceof AttuneError)) throw thrown;
      this.#fail(thrown);
    }
  }

  #connected(): ClientDuplexStream<Buffer, Reply> {
    if (this.#stream !== undefined) return this.#stream;
    const stream = this.#parts.open();
    this.#stream = stream;
    stream.on('data', (reply: Reply) => {
      if (this.#stream === stream) this.#receive(reply);
    });
    stream.on('error', (error: ServiceError) => this.#reconnectAfter(stream, errorOfCall(error)));
    stream.on('end', () =>
      this.#reconnectAfter(stream, new AttuneError('UNAVAILABLE', 'The service ended the stream.')),
    );
    return stream;
  }

  #receive(reply: Reply): void {
    this.#failures = 0;
    if (reply.entries.length === 0) this.#answer(reply);
    else for (const entry of reply.entries) this.#answer(entry);
    this.#afterReplies();
  }

  #answer(reply: Reply): void {
    const entry = this.#open.get(reply.tag);
    if (entry === undefined) return;
    const verdict = this.#parts.verdict(reply);
    if (verdict.kind === 'again') {
      entry.error = verdict.error;
      const { attempts } = entry;
      const wait = backoffMs(this.#parts.settings, attempts, verdict.afterMs);
      setTimeout(() => {
        // Unless a new connection was faster.
        if (this.#open.get(entry.tag) !== entry || entry.attempts !== attempts) return;
        this.#resend.push(entry);
        this.#sendThisTurn();
      }, wait);
      return;
    }
    this.#close(entry);
    if (verdict.kind === 'done') entry.resolve(verdict.value);
    else entry.reject(verdict.error);
  }

  #reconnectAfter(stream: ClientDuplexStream<Buffer, Reply>, error: AttuneError): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    if (this.#closed) return;
    this.#failures++;
    if (!isTransient(error) || (!error.retryable && this.#failures > UNEXPLAINED_BREAKS_MAX))
      return this.#fail(error);
    this.#parts.onBreak(error);
    for (const entry of this.#open.values()) entry.error = error;
    const wait = backoffMs(this.#parts.settings, this.#failures, error.retryAfterMs);
    this.#reconnect = setTimeout(() => this.#resume(), wait);
  }

  /** I2. */
  #resume(): void {
    this.#reconnect = undefined;
    if (this.#closed) return;
    this.#resend = [...this.#open.values()];
    this.#sendGathered();
  }

  #expire(): void {
    const now = Date.now();
    for (const entry of this.#open.values()) {
      if (entry.expiresAt > now) continue;
      this.#close(entry);
      entry.reject(entry.error ?? late());
    }
    while ((this.#queue[0]?.expiresAt ?? Infinity) <= now) this.#queue.shift()?.reject(late());
    this.#afterReplies();
  }

  #afterReplies(): void {
    // What callers ask on these replies leaves with what was held.
    if (this.#hasOverflow) this.#sendThisTurn();
    if (this.unanswered > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    this.#ending?.();
  }

  #fail(error: AttuneError): void {
    const all = [...this.#open.values(), ...this.#queue.splice(0)];
    this.#open.clear();
    this.#gate.clear();
    for (const entry of all) entry.reject(error);
    this.#afterReplies();
  }
}

/** A stream that ends so is worth opening again. */
export function isTransient(error: AttuneError): boolean {
  return (
    error.retryable || error.code === 'INTERNAL' || error.code === 'CANCELLED' || error.code === 'UNKNOWN'
  );
}

/** What is asked of a stream that is closed. */
export function closedError(): AttuneError {
  return new AttuneError('CANCELLED', 'The stream is closed.');
}

function late(): AttuneError {
  return new AttuneError('DEADLINE_EXCEEDED', 'No answer in time; it may or may not have taken effect.');
}
