// Long because closed and open loop, unary and stream share one meter.
import { Histogram } from '../../base/histogram.ts';
import { connectRaw, type RawConnection, type RawListener } from './raw-client.ts';
import { eachMessage, messageOf } from './wire-read.ts';

/** What a load run found. Rates count only calls that ended with status OK inside the measured time. */
export interface LoadResult {
  /** Calls or stream messages answered OK in the measured time. */
  readonly calls: number;
  /** Calls that ended otherwise, by gRPC status code. */
  readonly errors: Record<number, number>;
  readonly errorCount: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly latency: Histogram;
  /** CPU of this process (the client) per call, in microseconds; an open loop spins, so there it says nothing. */
  readonly clientMicros: number;
  /** How late calls of an open loop were sent after their scheduled moment: the part of `latency` that is the client's own. */
  readonly lateness: Histogram;
}

export interface LoadPlan {
  readonly port: number;
  /** The gRPC method, as `/package.Service/Method`. */
  readonly path: string;
  readonly connections: number;
  /** Unmeasured time before, in seconds. */
  readonly warmSeconds: number;
  readonly seconds: number;
  /** The request bytes of call number `i`; called once per call, so that bodies may vary. */
  readonly nextBody: (i: number) => Buffer;
  /** Called when the measured time begins and when it ends, to read the server's CPU clock. */
  readonly mark?: (edge: 'begin' | 'end') => void | Promise<void>;
  /** Sees every reply (a sample of them may be checked). */
  readonly onReply?: (bytes: Buffer, start: number, end: number) => void;
  /** How a stream's replies are read; without it they come in order and all mean success. */
  readonly replies?: StreamReplies;
  /** Sends several requests in one message of a stream; without it each is a message by itself. */
  readonly entries?: Entries;
  /** Calls go over TLS to a server that this CA (PEM) signed. */
  readonly ca?: string;
}

/** Requests that share a message: how many, and the fields in which request and reply messages hold them. */
export interface Entries {
  readonly count: number;
  readonly requestField: number;
  readonly replyField: number;
}

/** Reads the replies of a stream. */
export interface StreamReplies {
  /** The `i` (modulo 2^21) whose body asked for this reply. */
  askedBy(bytes: Buffer, start: number, end: number): number;
  /** The gRPC status code that the reply carries; 0 for success. */
  status(bytes: Buffer, start: number, end: number): number;
}

/** A fixed number of calls in flight, each answered one followed by the next. */
export interface ClosedPlan extends LoadPlan {
  readonly inFlight: number;
}

/** A fixed arrival rate, whatever the answers do. Latency counts from the scheduled moment, not from the sending. */
export interface OpenPlan extends LoadPlan {
  readonly perSecond: number;
}

/** Stream ids are odd and grow, so `id >> 1` modulo this finds a call's start; more may not be in flight at once. */
const SLOTS = 1 << 17;
const OPEN_WAITING_MAX = 20_000;
const DRAIN_MS = 10_000;

interface Meter {
  /** Replies are counted while this holds. */
  measuring: boolean;
  /** Latency counts for calls that began in this span, however late they end. */
  beginMs: number;
  endMs: number;
  issued: number;
  calls: number;
  errorCount: number;
  errors: Record<number, number>;
  latency: Histogram;
  lateness: Histogram;
}

function newMeter(): Meter {
  return {
    measuring: false,
    beginMs: Number.POSITIVE_INFINITY,
    endMs: Number.POSITIVE_INFINITY,
    issued: 0,
    calls: 0,
    errorCount: 0,
    errors: {},
    latency: new Histogram(),
    lateness: new Histogram(),
  };
}

function count(meter: Meter, status: number, startMs: number): void {
  if (status !== 0) {
    meter.errorCount++;
    meter.errors[status] = (meter.errors[status] ?? 0) + 1;
    return;
  }
  if (meter.measuring) meter.calls++;
  if (startMs >= meter.beginMs && startMs < meter.endMs) meter.latency.addMs(performance.now() - startMs);
}

/** Unary calls, `inFlight` at a time over all connections together. */
export async function closedUnary(plan: ClosedPlan): Promise<LoadResult> {
  const meter = newMeter();
  let stopping = false;
  const connections: RawConnection[] = [];
  for (let c = 0; c < plan.connections; c++) {
    const starts = new Float64Array(SLOTS);
    const issue = () => {
      starts[(connection.unary(plan.path, plan.nextBody(meter.issued++)) >> 1) % SLOTS] = performance.now();
    };
    const listener: RawListener = {
      ...replyListener(plan),
      end(stream, status) {
        count(meter, status, starts[(stream >> 1) % SLOTS] as number);
        if (!stopping && !connection.closed) issue();
      },
    };
    const connection = await connectRaw(plan.port, listener, plan.ca);
    connections.push(connection);
    const share = shareOf(plan.inFlight, plan.connections, c);
    for (let i = 0; i < share; i++) issue();
  }
  return await measure(plan, meter, connections, () => {
    stopping = true;
  });
}

/**
 * Unary calls at a fixed rate, evenly spaced, over the connections in turn. A call beyond what the peer takes at once waits
 * for a place, as in any HTTP/2 client, and the wait is in its latency.
 */
export async function openUnary(plan: OpenPlan): Promise<LoadResult> {
  const meter = newMeter();
  const lines: OpenLine[] = [];
  for (let c = 0; c < plan.connections; c++) {
    const starts = new Float64Array(SLOTS);
    /** Scheduled moments of the calls that wait, in order; those before `taken` are sent. */
    const waiting: number[] = [];
    let taken = 0;
    const send = (scheduledMs: number) => {
      starts[(connection.unary(plan.path, plan.nextBody(meter.issued++)) >> 1) % SLOTS] = scheduledMs;
    };
    const listener: RawListener = {
      ...replyListener(plan),
      end(stream, status) {
        count(meter, status, starts[(stream >> 1) % SLOTS] as number);
        if (connection.closed || taken === waiting.length) return;
        send(waiting[taken++] as number);
        if (taken === waiting.length) taken = waiting.length = 0;
      },
    };
    const connection = await connectRaw(plan.port, listener);
    lines.push({
      connection,
      issue(scheduledMs) {
        if (connection.hasRoom) return send(scheduledMs);
        if (waiting.length - taken < OPEN_WAITING_MAX) waiting.push(scheduledMs);
        else count(meter, NOT_SENT, scheduledMs);
      },
    });
  }
  let turn = 0;
  const stop = pace(plan.perSecond, meter, (scheduledMs) =>
    (lines[turn++ % lines.length] as OpenLine).issue(scheduledMs),
  );
  return await measure(
    plan,
    meter,
    lines.map((line) => line.connection),
    stop,
  );
}

/** A connection of an open loop. */
interface OpenLine {
  readonly connection: RawConnection;
  readonly issue: (scheduledMs: number) => void;
}

/** Messages over one bidirectional stream per connection, `inFlight` at a time altogether. */
export async function closedStream(plan: ClosedPlan): Promise<LoadResult> {
  const meter = newMeter();
  let stopping = false;
  const connections: RawConnection[] = [];
  const streams: number[] = [];
  for (let c = 0; c < plan.connections; c++) {
    const open = await openBidi(plan, meter, (send) => {
      if (!stopping) send(performance.now());
    });
    connections.push(open.connection);
    streams.push(open.stream);
    const share = shareOf(plan.inFlight, plan.connections, c) / (plan.entries?.count ?? 1);
    for (let i = 0; i < share; i++) open.send(performance.now());
  }
  return await measure(plan, meter, connections, () => {
    stopping = true;
    for (const [c, connection] of connections.entries()) connection.halfClose(streams[c] as number);
  });
}

/** Messages at a fixed rate over one bidirectional stream per connection, in turn. */
export async function openStream(plan: OpenPlan): Promise<LoadResult> {
  const meter = newMeter();
  const opened: Bidi[] = [];
  for (let c = 0; c < plan.connections; c++) opened.push(await openBidi(plan, meter, () => {}));
  const stop = pace(plan.perSecond, meter, (scheduledMs) =>
    (opened[meter.issued % opened.length] as Bidi).send(scheduledMs),
  );
  return await measure(
    plan,
    meter,
    opened.map((bidi) => bidi.connection),
    () => {
      stop();
      for (const bidi of opened) bidi.connection.halfClose(bidi.stream);
    },
  );
}

interface Bidi {
  readonly connection: RawConnection;
  readonly stream: number;
  readonly send: (startMs: number) => void;
}

async function openBidi(plan: LoadPlan, meter: Meter, answered: (send: Bidi['send']) => void): Promise<Bidi> {
  const starts = new Float64Array(SLOTS);
  const { replies: read, entries } = plan;
  const perMessage = entries?.count ?? 1;
  let sent = 0;
  let replies = 0;
  /** Answers that have not made up a message's number yet. */
  let spare = 0;
  const answer = (bytes: Buffer, start: number, end: number): void => {
    plan.onReply?.(bytes, start, end);
    const asked = read ? read.askedBy(bytes, start, end) : replies;
    if (replies++ >= sent) count(meter, UNASKED, 0);
    else count(meter, read ? read.status(bytes, start, end) : 0, starts[asked % SLOTS] as number);
    if (++spare < perMessage) return;
    spare = 0;
    answered(send);
  };
  const listener: RawListener = {
    message(_stream, bytes, start, end) {
      if (entries === undefined) return answer(bytes, start, end);
      eachMessage(bytes, start, end, entries.replyField, (from, to) => answer(bytes, from, to));
    },
    end(_stream, status) {
      for (; replies < sent; replies++) count(meter, status === 0 ? UNANSWERED : status, 0);
      if (status !== 0) count(meter, status, 0);
    },
  };
  const connection = await connectRaw(plan.port, listener, plan.ca);
  const stream = connection.openStream(plan.path);
  const next = (startMs: number): Buffer => {
    const asking = read ? meter.issued : sent;
    sent++;
    starts[asking % SLOTS] = startMs;
    return plan.nextBody(meter.issued++);
  };
  const send = (startMs: number): void => {
    if (entries === undefined) return connection.send(stream, next(startMs));
    const bodies: Buffer[] = [];
    for (let n = 0; n < perMessage; n++) bodies.push(next(startMs));
    connection.send(stream, messageOf(entries.requestField, bodies));
  };
  return { connection, stream, send };
}

/** Pseudo status codes in `errors`: a reply that nobody asked for, a message without a reply at the stream's end, … */
const UNASKED = 101;
const UNANSWERED = 102;
/** A call of an open loop that was not sent because the server is hopelessly behind. */
const NOT_SENT = 103;

function replyListener(plan: LoadPlan) {
  const { onReply } = plan;
  if (!onReply) return {};
  return {
    message(_stream: number, bytes: Buffer, start: number, end: number) {
      onReply(bytes, start, end);
    },
  };
}

function shareOf(total: number, parts: number, part: number): number {
  return Math.floor(total / parts) + (part < total % parts ? 1 : 0);
}

/** Calls `issue` for each moment of an even schedule as it passes; spins, as timers are a millisecond coarse. */
function pace(perSecond: number, meter: Meter, issue: (scheduledMs: number) => void): () => void {
  const stepMs = 1000 / perSecond;
  const beginMs = performance.now();
  let issued = 0;
  let stopped = false;
  const tick = () => {
    if (stopped) return;
    const now = performance.now();
    for (let due = beginMs + issued * stepMs; due <= now; due = beginMs + ++issued * stepMs) {
      if (due >= meter.beginMs && due < meter.endMs) meter.lateness.addMs(now - due);
      issue(due);
    }
    setImmediate(tick);
  };
  tick();
  return () => {
    stopped = true;
  };
}

async function measure(
  plan: LoadPlan,
  meter: Meter,
  connections: readonly RawConnection[],
  stop: () => void,
): Promise<LoadResult> {
  await delay(plan.warmSeconds * 1000);
  await plan.mark?.('begin');
  const cpu = process.cpuUsage();
  meter.beginMs = performance.now();
  meter.measuring = true;
  await delay(plan.seconds * 1000);
  // The count stops when the server's clock has been read, as it began when it had been read: both spans are equal.
  await plan.mark?.('end');
  meter.measuring = false;
  meter.endMs = performance.now();
  const seconds = (meter.endMs - meter.beginMs) / 1000;
  const used = process.cpuUsage(cpu);
  const calls = meter.calls;
  stop();
  const deadline = performance.now() + DRAIN_MS;
  while (connections.some((c) => c.inFlight > 0) && performance.now() < deadline) await delay(5);
  for (const connection of connections) connection.close();
  await delay(0);
  return {
    calls,
    errors: meter.errors,
    errorCount: meter.errorCount,
    seconds,
    perSecond: calls / seconds,
    latency: meter.latency,
    lateness: meter.lateness,
    clientMicros: (used.user + used.system) / Math.max(1, calls),
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
