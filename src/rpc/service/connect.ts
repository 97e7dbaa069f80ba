import { status } from '@grpc/grpc-js';
import { encodeFeedbackResult } from '../../codec/wire/encode-channel.ts';
import { type ConnectInput, parseConnect } from '../../codec/wire/parse-channel.ts';
import { violation, WireFault } from '../../codec/wire/violation.ts';
import { LIMITS } from '../../config/limits.ts';
import { channelIndex } from '../../core/channel.ts';
import { ChannelService } from '../../gen/attune/v1/channel_pb.ts';
import type { BidiCall, BidiSink } from '../call.ts';
import { type Failure, invalidRequest, malformed, refused } from '../failure.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { codeOf, failureOf, statusOf } from '../status.ts';
import { unknownChannel } from './channel-name.ts';
import { faultyFeedback, feedbackResult, noteRefusedFeedback } from './feedback-result.ts';
import { GrpcChannelConnection } from './grpc-channel-connection.ts';

const BUFFERED_BYTES_MAX = 1 << 20;
const HELLO_FIRST = invalidRequest([
  violation('message', 'connect.hello_first', '', 'must be a hello before anything else'),
]);
const HELLO_ONCE = invalidRequest([
  violation('hello', 'connect.hello_once', '', 'may be sent only once in a stream'),
]);

/** ChannelService.Connect: one stream per channel system; a Hello, then answers and feedback up, instructions down. */
export function connectRoute(context: ServiceContext): Route {
  const method = ChannelService.method.connect;
  const meter = new Meter(methodName(method), context.observer, context.inFlight);
  return [
    methodPath(method),
    {
      kind: 'bidi',
      messageBytesMax: LIMITS.requestBytesMax,
      inFlightMax: LIMITS.streamInFlightMax,
      bufferedBytesMax: BUFFERED_BYTES_MAX,
      failed: (error) => meter.threw(error),
      open: (call) => new ConnectStream(call, context, meter),
    },
  ];
}

class ConnectStream implements BidiSink {
  readonly #call: BidiCall;
  readonly #context: ServiceContext;
  readonly #meter: Meter;
  #connection: GrpcChannelConnection | undefined;
  #channel = '';
  #halfClosed = false;

  constructor(call: BidiCall, context: ServiceContext, meter: Meter) {
    this.#call = call;
    this.#context = context;
    this.#meter = meter;
  }

  message(bytes: Buffer): void {
    const began = this.#meter.begin();
    const input = parseConnect(bytes, this.#channel);
    if (input instanceof WireFault) return this.#fail(began, malformed(input));
    if (input.kind === 'hello') return this.#hello(began, input);
    if (this.#connection === undefined) return this.#fail(began, HELLO_FIRST);
    this.#handle(input, this.#connection).then(
      (code) => {
        this.#meter.answered(began, code);
        this.#done();
      },
      (thrown: unknown) => this.#fail(began, failureOf(thrown, this.#meter.method, this.#context.observer)),
    );
  }

  halfClosed(): void {
    this.#halfClosed = true;
    this.#connection?.close();
    if (this.#call.inFlight === 0) this.#call.end();
  }

  closed(): void {
    this.#connection?.close();
  }

  #hello(began: number, hello: Extract<ConnectInput, { kind: 'hello' }>): void {
    if (this.#connection !== undefined) return this.#fail(began, HELLO_ONCE);
    const channel = channelIndex(hello.channel);
    if (channel < 0) return this.#fail(began, unknownChannel('hello.channel', hello.channel));
    const connection = new GrpcChannelConnection(this.#call);
    this.#connection = connection;
    this.#channel = hello.channel;
    // Deliveries may come down before `connect` returns: `open` follows, and deliveries do not need it.
    const outcome = this.#context.customers.connect(channel, hello.credits, connection);
    if (outcome.kind === 'refused') return this.#fail(began, refused(outcome));
    connection.open(outcome);
    this.#meter.answered(began, status.OK);
    this.#done();
  }

  /**
   * Resolves with the code that is counted. The channel system is not told when an answer was refused for now: the dispatch is
   * delivered again.
   */
  async #handle(
    input: Exclude<ConnectInput, { kind: 'hello' }>,
    connection: GrpcChannelConnection,
  ): Promise<number> {
    if (input.kind !== 'feedback') {
      const outcome =
        input.kind === 'erased' ? await connection.forgot(input.customerId) : await connection.answer(input);
      return outcome.kind === 'refused' ? codeOf(outcome.code) : status.OK;
    }
    const { feedback } = input;
    if (feedback instanceof WireFault) {
      const result = faultyFeedback(feedback);
      noteRefusedFeedback(this.#context.refusals, this.#meter.method, this.#channel, result);
      this.#call.write(encodeFeedbackResult(result));
      return codeOf('invalid');
    }
    const outcome = await connection.feedback(feedback);
    const result = feedbackResult(feedback, outcome);
    const { refusals } = this.#context;
    noteRefusedFeedback(refusals, this.#meter.method, this.#channel, result, feedback.identifiers);
    this.#call.write(encodeFeedbackResult(result));
    return outcome.kind === 'refused' ? codeOf(outcome.code) : status.OK;
  }

  #done(): void {
    this.#call.done();
    if (this.#halfClosed && this.#call.inFlight === 0) this.#call.end();
  }

  #fail(began: number, why: Failure): void {
    const ending = statusOf(why);
    this.#meter.answered(began, ending.code);
    this.#call.fail(ending);
  }
}
