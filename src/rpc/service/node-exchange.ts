import { status } from '@grpc/grpc-js';
import { LIMITS } from '../../config/limits.ts';
import { NodeService } from '../../gen/attune/cluster/v1/node_pb.ts';
import {
  BATCH_BYTES,
  batchLength,
  decodeFrames,
  encodeFrames,
  FRAME_EXTRA_BYTES,
  type Frame,
} from '../../port/node-frames.ts';
import type { NodeAnswers } from '../../port/node-wires.ts';
import { BearerTokens } from '../bearer.ts';
import type { BidiCall, BidiSink, CallStatus } from '../call.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { failureOf } from '../status.ts';

/** What makes a node one of several. */
export interface NodeExchange {
  /** Answers the questions of the other nodes. */
  readonly answers: NodeAnswers;
  /** Those that admit a node; callers' tokens do not. */
  readonly tokens: readonly string[];
}

const SWEEP_MS = 1_000;
/** Nothing is read while more than this of answers waits for the asker. */
const BUFFERED_BYTES_MAX = 4 << 20;
const NO_BYTES = new Uint8Array(0);
const UNREADABLE: CallStatus = {
  code: status.INVALID_ARGUMENT,
  message: 'The message holds no frames of attune.cluster.v1, or too many of them.',
};

interface Question {
  readonly tag: number;
  readonly bytes: number;
  readonly beganAt: number;
  readonly expiresAt: number;
}

/** NodeService.Exchange: questions of another node, answered by tag in any order. Only nodes may call it. */
export function nodeExchangeRoute(context: ServiceContext, { answers, tokens }: NodeExchange): Route {
  const meter = new Meter(methodName(NodeService.method.exchange), context.observer, context.inFlight);
  return [
    methodPath(NodeService.method.exchange),
    {
      kind: 'bidi',
      callers: new BearerTokens(tokens),
      messageBytesMax: LIMITS.nodeQuestionBytesMax + FRAME_EXTRA_BYTES,
      inFlightMax: LIMITS.nodeQuestionsMax,
      bufferedBytesMax: BUFFERED_BYTES_MAX,
      failed: (error) => void failureOf(error, meter.method, context.observer),
      open: (call) => new NodeStream(call, context, meter, answers),
    },
  ];
}

/**
 * One node's questions.
 *
 * I1  Each question that was taken is ended once: answered, refused, thrown at, expired, or over with its stream. Its place, its bytes and its count are given
 *     back then, and what is answered later is dropped.
 * I2  What was refused was not heard: `answers` never saw it, or nobody can read what it said.
 */
class NodeStream implements BidiSink {
  readonly #call: BidiCall;
  readonly #context: ServiceContext;
  readonly #meter: Meter;
  readonly #answers: NodeAnswers;
  readonly #open = new Set<Question>();
  readonly #sweep: NodeJS.Timeout;
  #askedBytes = 0;
  /** Answers that leave with the end of this turn. */
  #ready: Frame[] = [];
  #readyBytes = 0;
  #isFlushing = false;
  #isHalfClosed = false;

  constructor(call: BidiCall, context: ServiceContext, meter: Meter, answers: NodeAnswers) {
    this.#call = call;
    this.#context = context;
    this.#meter = meter;
    this.#answers = answers;
    this.#sweep = setInterval(() => this.#expire(), SWEEP_MS).unref();
  }

  message(bytes: Buffer): void {
    const frames = decodeFrames(bytes);
    if (frames === undefined) return this.#call.fail(UNREADABLE);
    if (frames.length === 0) return this.#call.done();
    this.#call.reserve(frames.length - 1);
    for (const frame of frames) this.#take(frame);
  }

  halfClosed(): void {
    this.#isHalfClosed = true;
    this.#endWhenAnswered();
  }

  closed(): void {
    clearInterval(this.#sweep);
    for (const question of this.#open) this.#end(question, status.CANCELLED);
    this.#ready = [];
  }

  #take({ tag, body, timeoutMs }: Frame): void {
    const beganAt = this.#meter.begin();
    const longest = LIMITS.nodeQuestionMsMax;
    const waitMs = timeoutMs === 0 ? longest : Math.min(timeoutMs, longest);
    const question = { tag, bytes: body.length, beganAt, expiresAt: beganAt + waitMs };
    this.#open.add(question);
    this.#askedBytes += body.length;
    if (this.#context.draining()) return this.#refuse(question, status.UNAVAILABLE);
    const isLarge = body.length > LIMITS.nodeQuestionBytesMax;
    if (isLarge || this.#askedBytes > LIMITS.nodeAskedBytesMax)
      return this.#refuse(question, status.RESOURCE_EXHAUSTED);
    try {
      this.#answers(body, (answer) => this.#answer(question, answer));
    } catch (error) {
      failureOf(error, this.#meter.method, this.#context.observer);
      this.#end(question, status.INTERNAL);
    }
  }

  #answer(question: Question, answer: Uint8Array): void {
    if (!this.#open.has(question)) return;
    if (answer.length > LIMITS.nodeAnswerBytesMax) {
      this.#context.observer.fault(
        `an answer of ${answer.length} bytes to another node was not sent: ${LIMITS.nodeAnswerBytesMax} are the most`,
      );
      return this.#refuse(question, status.RESOURCE_EXHAUSTED);
    }
    const unread = this.#call.bufferedBytes + this.#readyBytes + answer.length;
    if (unread > LIMITS.nodeUnreadBytesMax) return this.#refuse(question, status.RESOURCE_EXHAUSTED);
    // A copy: whoever answers may write the next answer into the same bytes.
    this.#send({ tag: question.tag, body: new Uint8Array(answer), timeoutMs: 0, refused: false });
    this.#end(question, status.OK);
  }

  /** I2 */
  #refuse(question: Question, code: number): void {
    this.#send({ tag: question.tag, body: NO_BYTES, timeoutMs: 0, refused: true });
    this.#end(question, code);
  }

  /** I1 */
  #end(question: Question, code: number): void {
    if (!this.#open.delete(question)) return;
    this.#askedBytes -= question.bytes;
    this.#meter.answered(question.beganAt, code);
    this.#call.done();
    this.#endWhenAnswered();
  }

  #expire(): void {
    const nowMs = performance.now();
    for (const question of this.#open)
      if (question.expiresAt < nowMs) this.#end(question, status.DEADLINE_EXCEEDED);
  }

  #send(frame: Frame): void {
    this.#ready.push(frame);
    this.#readyBytes += frame.body.length;
    // A drain ends once nothing is counted as in flight: it waits for no turn to end.
    if (this.#readyBytes >= BATCH_BYTES || this.#context.draining()) return this.#flush();
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const frames = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    for (let from = 0; from < frames.length; ) {
      const count = batchLength(frames, from);
      this.#call.write(encodeFrames(frames.slice(from, from + count)));
      from += count;
    }
  }

  #endWhenAnswered(): void {
    if (!this.#isHalfClosed || this.#open.size > 0) return;
    this.#flush();
    this.#call.end();
  }
}
