/**
 * Requests over one stream, each answered by tag in any order, carried on over broken connections. Events and decisions
 * both go through it.
 *
 * I1  Every `send` settles exactly once: with a reply, with the service's refusal, or when its time is over.
 * I2  What is not answered when the connection breaks is sent again, in its order, with the same ids: the service knows
 *     what it has seen, so nothing is lost and nothing counts twice.
 * I3  At most `inFlightMax` requests are sent and unanswered; the others wait here, in order.
 */
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { AttuneError, errorOfCall } from './attune-error.ts';
import { backoffMs } from './backoff.ts';
import type { ClientSettings } from './settings.ts';

/** What a reply means for its request. */
export type Verdict<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: AttuneError }
  /** Send it again after so many ms. `error`: what to fail with when its time is over before. */
  | { readonly kind: 'again'; readonly afterMs: number; readonly error: AttuneError };

export interface PipelineParts<Request, Message, Reply, T> {
  readonly settings: ClientSettings;
  readonly open: () => ClientDuplexStream<Message, Reply>;
  /** Called before a stream is opened again: the place to turn to another address. */
  readonly failedOver: () => void;
  readonly message: (tag: number, request: Request) => Message;
  readonly tagOf: (reply: Reply) => number;
  readonly verdict: (reply: Reply) => Verdict<T>;
  readonly inFlightMax: number;
  /** How long a request may wait for its reply; Infinity: until the pipeline is closed. */
  readonly deadlineMs: number;
}

interface Entry<Request, T> {
  readonly tag: number;
  readonly request: Request;
  readonly expiresAt: number;
  readonly resolve: (value: T) => void;
  readonly reject: (error: AttuneError) => void;
  attempts: number;
  error: AttuneError | undefined;
}

const SWEEP_MS = 50;
/** Breaks in a row without a reason to expect better before what is sent is given up. */
const STRANGE_MAX = 5;

export class Pipeline<Request, Message, Reply, T> {
  readonly #parts: PipelineParts<Request, Message, Reply, T>;
  /** Sent and unanswered, or waiting to be sent again; in order of their first sending. */
  readonly #open = new Map<number, Entry<Request, T>>();
  readonly #queue: Entry<Request, T>[] = [];
  #stream: ClientDuplexStream<Message, Reply> | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #failures = 0;
  #nextTag = 1;
  #ending: (() => void) | undefined;
  #closed = false;

  constructor(parts: PipelineParts<Request, Message, Reply, T>) {
    this.#parts = parts;
  }

  /** Requests that are not answered. */
  get unanswered(): number {
    return this.#open.size + this.#queue.length;
  }

  send(request: Request): Promise<T> {
    if (this.#closed || this.#ending) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#queue.push({
        tag: this.#nextTag++,
        request,
        expiresAt: Date.now() + this.#parts.deadlineMs,
        resolve,
        reject,
        attempts: 0,
        error: undefined,
      });
      this.#sweep ??= setInterval(() => this.#expire(), SWEEP_MS);
      this.#pump();
    });
  }

  /** Resolves when everything sent is answered, then closes. */
  async end(): Promise<void> {
    if (this.#closed) return;
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

  #pump(): void {
    if (this.#closed || this.#reconnect !== undefined) return;
    while (this.#queue.length > 0 && this.#open.size < this.#parts.inFlightMax) {
      const entry = this.#queue.shift() as Entry<Request, T>;
      this.#open.set(entry.tag, entry);
      this.#write(entry);
    }
  }

  #write(entry: Entry<Request, T>): void {
    if (this.#closed || this.#reconnect !== undefined) return;
    entry.attempts++;
    const stream = this.#connected();
    stream.write(this.#parts.message(entry.tag, entry.request));
  }

  #connected(): ClientDuplexStream<Message, Reply> {
    if (this.#stream !== undefined) return this.#stream;
    const stream = this.#parts.open();
    this.#stream = stream;
    stream.on('data', (reply: Reply) => {
      if (this.#stream === stream) this.#take(reply);
    });
    stream.on('error', (error: ServiceError) => this.#broken(stream, errorOfCall(error)));
    stream.on('end', () =>
      this.#broken(stream, new AttuneError('UNAVAILABLE', 'The service ended the stream.')),
    );
    return stream;
  }

  #take(reply: Reply): void {
    this.#failures = 0;
    const entry = this.#open.get(this.#parts.tagOf(reply));
    if (entry === undefined) return;
    const verdict = this.#parts.verdict(reply);
    if (verdict.kind === 'again') {
      entry.error = verdict.error;
      const wait = backoffMs(this.#parts.settings, entry.attempts, verdict.afterMs);
      setTimeout(() => {
        if (this.#open.get(entry.tag) === entry) this.#write(entry);
      }, wait);
      return;
    }
    this.#open.delete(entry.tag);
    if (verdict.kind === 'done') entry.resolve(verdict.value);
    else entry.reject(verdict.error);
    this.#settled();
  }

  #broken(stream: ClientDuplexStream<Message, Reply>, error: AttuneError): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    if (this.#closed) return;
    this.#failures++;
    if (!isTransient(error) || (!error.retryable && this.#failures > STRANGE_MAX)) return this.#fail(error);
    for (const entry of this.#open.values()) entry.error = error;
    const wait = backoffMs(this.#parts.settings, this.#failures, error.retryAfterMs);
    this.#reconnect = setTimeout(() => this.#resume(), wait);
  }

  /** I2. */
  #resume(): void {
    this.#reconnect = undefined;
    if (this.#closed) return;
    this.#parts.failedOver();
    for (const entry of this.#open.values()) this.#write(entry);
    this.#pump();
  }

  #expire(): void {
    const now = Date.now();
    for (const entry of this.#open.values()) {
      // All wait equally long, so the first that has time left ends the search.
      if (entry.expiresAt > now) break;
      this.#open.delete(entry.tag);
      entry.reject(entry.error ?? late());
    }
    while ((this.#queue[0]?.expiresAt ?? Infinity) <= now) this.#queue.shift()?.reject(late());
    this.#settled();
  }

  #settled(): void {
    this.#pump();
    if (this.unanswered > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    this.#ending?.();
  }

  #fail(error: AttuneError): void {
    const all = [...this.#open.values(), ...this.#queue.splice(0)];
    this.#open.clear();
    for (const entry of all) entry.reject(error);
    this.#settled();
  }
}

/** A stream that ends so is worth opening again. */
export function isTransient(error: AttuneError): boolean {
  return (
    error.retryable || error.code === 'INTERNAL' || error.code === 'CANCELLED' || error.code === 'UNKNOWN'
  );
}

function closedError(): AttuneError {
  return new AttuneError('CANCELLED', 'The stream is closed.');
}

function late(): AttuneError {
  return new AttuneError('DEADLINE_EXCEEDED', 'No answer in time; it may or may not have taken effect.');
}
