import { status } from '@grpc/grpc-js';
import { encodeDecideStreamError, encodeDecideStreamReply } from '../../codec/wire/encode-decide.ts';
import { DecideStreamFault, parseDecideStream } from '../../codec/wire/parse-decide.ts';
import { DECIDE_ENTRIES, readEntries } from '../../codec/wire/stream-entries.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import { LIMITS } from '../../config/limits.ts';
import { DecisionService } from '../../gen/attune/v1/decision_pb.ts';
import type { DecideOutcome } from '../../port/customers.ts';
import type { BidiCall, BidiSink } from '../call.ts';
import { deadlineOf } from '../deadline.ts';
import { type Failure, LEAVING, malformed, refused } from '../failure.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { Serving } from '../serving.ts';
import { failureOf, rpcStatus, statusOf } from '../status.ts';
import { namesOf } from './decide.ts';
import { EntryReplies } from './entry-replies.ts';

/** How long a caller waits who does not say. */
const TIMEOUT_MS = 1_000;
const BUFFERED_BYTES_MAX = 1 << 20;
const REPLY_ENTRIES_FIELD = 4;

/** DecisionService.DecideStream: decisions in the order in which they are ready, each failing by itself. */
export function decideStreamRoute(serving: Serving): Route {
  const method = DecisionService.method.decideStream;
  const meter = new Meter(methodName(method), serving.observer, serving.inFlight);
  return [
    methodPath(method),
    {
      kind: 'bidi',
      messageBytesMax: LIMITS.requestBytesMax,
      inFlightMax: LIMITS.streamInFlightMax,
      bufferedBytesMax: BUFFERED_BYTES_MAX,
      failed: (error) => meter.threw(error),
      open: (call) => new DecisionsOfStream(call, serving, meter),
    },
  ];
}

class DecisionsOfStream implements BidiSink {
  readonly #call: BidiCall;
  readonly #serving: Serving;
  readonly #meter: Meter;
  readonly #deadlineAt: number;
  readonly #gathered: EntryReplies;
  readonly #alone = (reply: Buffer): void => void this.#call.write(reply);
  readonly #inEntries = (reply: Buffer): void => this.#gathered.add(reply);
  #halfClosed = false;

  constructor(call: BidiCall, serving: Serving, meter: Meter) {
    this.#call = call;
    this.#serving = serving;
    this.#meter = meter;
    this.#deadlineAt = deadlineOf(call, serving.clock);
    this.#gathered = new EntryReplies(call, REPLY_ENTRIES_FIELD);
  }

  message(bytes: Buffer): void {
    const entries = readEntries(bytes, DECIDE_ENTRIES);
    if (entries === undefined) return this.#decide(bytes, this.#alone);
    if (entries instanceof WireFault) return this.#call.fail(statusOf(malformed(entries)));
    this.#call.reserve(entries.length - 1);
    for (const entry of entries) this.#decide(entry, this.#inEntries);
  }

  halfClosed(): void {
    this.#halfClosed = true;
    this.#endWhenAnswered();
  }

  closed(): void {}

  #decide(bytes: Buffer, send: (reply: Buffer) => void): void {
    const began = this.#meter.begin();
    const input = parseDecideStream(bytes);
    if (input instanceof DecideStreamFault) return this.#refuse(input.tag, began, malformed(input), send);
    const { tag } = input;
    if (this.#serving.draining()) return this.#refuse(tag, began, LEAVING, send);
    const { customers, clock, observer } = this.#serving;
    const deadlineAt = clock.now() + (input.timeoutMs === 0 ? TIMEOUT_MS : input.timeoutMs);
    customers.decide(input.request, bytes.length, Math.min(deadlineAt, this.#deadlineAt), (outcome) => {
      try {
        if (outcome.kind === 'refused') return this.#refuse(tag, began, refused(outcome), send);
        this.#reply(tag, began, outcome, send);
      } catch (thrown) {
        this.#refuse(tag, began, failureOf(thrown, this.#meter.method, observer), send);
      }
    });
  }

  #reply(
    tag: number,
    began: number,
    decided: Exclude<DecideOutcome, { kind: 'refused' }>,
    send: (reply: Buffer) => void,
  ): void {
    send(encodeDecideStreamReply(tag, decided, namesOf(this.#serving.policies, decided.fact.policy)));
    this.#meter.answered(began, status.OK);
    this.#done();
  }

  #refuse(tag: number, began: number, why: Failure, send: (reply: Buffer) => void): void {
    const ending = rpcStatus(why);
    this.#meter.answered(began, ending.code);
    send(encodeDecideStreamError(tag, ending));
    this.#done();
  }

  #done(): void {
    this.#call.done();
    this.#endWhenAnswered();
  }

  #endWhenAnswered(): void {
    if (!this.#halfClosed || this.#call.inFlight > 0) return;
    this.#gathered.flush();
    this.#call.end();
  }
}
