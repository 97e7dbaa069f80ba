// Long because a connection is one state machine: frames, header blocks, windows and streams read and change the same state.
/**
 * The server's end of one HTTP/2 connection (RFC 9113), as much as gRPC needs: no push, no priorities.
 *
 * Owned here: the socket, the bytes of a frame that has not come whole, the table of open streams, both windows of the
 * connection, and what the peer set.
 *
 * I1  A frame is looked at only when it is there whole, and at most `PAYLOAD_MAX` long.
 * I2  DATA is sent only within the window of its stream and of the connection, and not while the socket takes nothing.
 * I3  Every stream that was opened is closed exactly once: by its end, a reset of either side, or the connection's end.
 * I4  What a peer can make us hold is bounded: streams, a window each, a header block, replies that it does not read.
 */
import type { Socket } from 'node:net';
import { CallStream } from './call-stream.ts';
import {
  FLAG,
  FRAME,
  FRAME_HEAD,
  H2_ERROR,
  PAYLOAD_MAX,
  readUint24,
  readUint32,
  SETTING,
  WINDOW_DEFAULT,
  WINDOW_MAX,
  writeUint32,
} from './frame.ts';
import { FrameWriter } from './frame-writer.ts';
import { HeaderReader } from './header-reader.ts';

export interface ConnectionSettings {
  /** Streams of one connection; further ones are refused and may be tried again. */
  readonly streamsMax: number;
  /** Called with each new stream; it has its headers and listens from then on. */
  readonly open: (stream: CallStream) => void;
  /** Called once, when the connection is gone. */
  readonly closed: (connection: Connection) => void;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const EMPTY = Buffer.alloc(0);
/** I4: headers of one call as the RFC counts them, of which gRPC suggests 8 KiB, and their bytes as they come. */
const HEADER_LIST_BYTES_MAX = 16_384;
const HEADER_BLOCK_BYTES_MAX = 65_536;
/** I4: each piece copies all before it, so many small ones would cost us far more than the peer (CVE-2024-27316). */
const HEADER_PIECES_MAX = 32;
/** Of all streams together: one caller's large batches should not wait for a round trip each 64 KiB. */
const RECEIVE_WINDOW = 1 << 20;
const STREAM_WINDOW = WINDOW_DEFAULT;
/** Later ones that the peer goes on with are taken for a fault of its own: it had long been told. */
const LEFT_MAX = 1_024;
/** I4: nothing is read from a peer that leaves this much of our headers, statuses and answers to pings unread. */
const BACKLOG_BYTES_MAX = 1 << 20;
/** A stream's turn when several wait for the connection's window. */
const QUANTUM = 1 << 16;
/**
 * Streams that a peer may open and give up, and times that it may move the windows of all streams, at once and for each
 * second, before it is taken for an attack (CVE-2023-44487): what nghttp2 allows.
 */
const NUISANCES_MAX = 1_000;
const NUISANCES_PER_SECOND = 33;
/**
 * Calls answered that speak for a peer: as many may be given up besides. Or a pause of ours, which lets the deadlines of all
 * calls of a busy caller pass, would cost it its connection as well.
 */
const ANSWERS_MAX = 10_000;
/** Of one frame, as in nghttp2 (CVE-2020-11080): far more than there are. */
const SETTINGS_MAX = 32;
/** Later than any stream. */
const NO_GOODBYE = WINDOW_MAX + 1;
/** How long a peer may take to answer a ping, and to read what it is told last. */
const SILENT_MS_MAX = 20_000;
const LINGER_MS = 1_000;

export class Connection {
  readonly writer: FrameWriter;
  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  readonly #headers = new HeaderReader(HEADER_LIST_BYTES_MAX);
  readonly #streams = new Map<number, CallStream>();
  /** Streams with bytes that a window or the socket held up, in the order of their turn; without those whose own window is empty. */
  readonly #waiting = new Set<CallStream>();
  /** Streams that we ended before the peer had, the latest: what still comes for them was on its way and is no fault. */
  readonly #left = new Set<number>();
  #rest: Buffer = EMPTY;
  #begun = false;
  #lastStream = 0;
  /** The last stream that is served, once a goodbye named it. */
  #lastServed = NO_GOODBYE;
  #sendWindow = WINDOW_DEFAULT;
  #streamSendWindow = WINDOW_DEFAULT;
  #receiveWindow = RECEIVE_WINDOW;
  /** A header block that is not whole yet: of which stream, its flags, its bytes. */
  #blockOf = 0;
  #blockFlags = 0;
  #block: Buffer = EMPTY;
  #blockPieces = 0;
  /** Below 0: answers that speak for the peer. */
  #nuisances = 0;
  #nuisancesSince = performance.now();
  #heardAt = performance.now();
  #pingedAt = 0;
  /** A ping went out, and nothing was heard since. */
  #asked = false;
  #over = false;

  constructor(socket: Socket, settings: ConnectionSettings) {
    this.#socket = socket;
    this.#settings = settings;
    this.writer = new FrameWriter(socket, () => {
      socket.resume();
      this.#sendWaiting();
    });
    socket.on('data', (bytes: Buffer) => this.#received(bytes));
    socket.on('end', () => socket.destroy());
    // An error is followed by the close.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
    const ours = Buffer.alloc(12);
    writeSetting(ours, 0, SETTING.concurrentStreamsMax, settings.streamsMax);
    writeSetting(ours, 6, SETTING.headerListMax, HEADER_LIST_BYTES_MAX);
    this.writer.control(FRAME.settings, 0, ours);
    this.writer.number(FRAME.windowUpdate, 0, RECEIVE_WINDOW - WINDOW_DEFAULT);
  }

  /** The address of the other end, as `host:port`, or `unknown` when it is gone. */
  get peer(): string {
    const { remoteAddress, remotePort } = this.#socket;
    return remoteAddress === undefined ? 'unknown' : `${remoteAddress}:${remotePort}`;
  }

  /** Takes no new streams from now on, and closes when the open ones have ended. */
  drain(): void {
    if (this.#lastServed === NO_GOODBYE && !this.#over) this.#goAway(H2_ERROR.none);
    this.#closeWhenIdle();
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Asks a peer that said nothing for `silentMs` whether it is there, and gives up one that does not answer. */
  beat(now: number, silentMs: number): void {
    if (this.#asked) {
      if (now - this.#pingedAt >= SILENT_MS_MAX) this.destroy();
    } else if (now - this.#heardAt >= silentMs) {
      this.#asked = true;
      this.#pingedAt = now;
      this.writer.control(FRAME.ping, 0, Buffer.alloc(8));
    }
  }

  // ── What streams ask ────────────────────────────────────────────────────────────────────────────────────────────

  /** How many of `bytes` may be sent now (I2). */
  room(bytes: number): number {
    return this.writer.blocked ? 0 : Math.min(bytes, this.#sendWindow);
  }

  /** Takes `bytes` out of the connection's window when they may be sent now and the stream's window has room for them. */
  take(bytes: number, streamWindow: number): boolean {
    if (bytes > streamWindow || bytes > this.#sendWindow || this.writer.blocked) return false;
    this.#sendWindow -= bytes;
    return true;
  }

  /** Remembers that a stream has bytes that wait. */
  wait(stream: CallStream): void {
    this.#waiting.add(stream);
    if (!this.writer.blocked && this.#sendWindow > 0) this.#sendWaiting();
  }

  /** All of a stream was sent. */
  ended(stream: CallStream): void {
    this.#remove(stream);
    if (this.#nuisances > -ANSWERS_MAX) this.#nuisances--;
    if (this.#lastServed !== NO_GOODBYE) this.#closeWhenIdle();
  }

  /** I3 */
  #remove(stream: CallStream, ofPeer = false): void {
    if (!stream.peerEnded && !ofPeer) this.#leave(stream.id);
    this.#streams.delete(stream.id);
    this.#waiting.delete(stream);
    stream.close();
  }

  #sendWaiting(): void {
    for (const stream of this.#waiting) {
      if (this.writer.blocked || this.#sendWindow <= 0) return;
      this.#waiting.delete(stream);
      // The next turn is the last one's: nobody is starved by a long reply.
      if (stream.sendWaiting(QUANTUM)) this.#waiting.add(stream);
    }
  }

  // ── What comes ──────────────────────────────────────────────────────────────────────────────────────────────────

  #received(chunk: Buffer): void {
    if (this.#over) return;
    this.#heardAt = performance.now();
    this.#asked = false;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    if (!this.#begun) {
      if (!isPrefaceOrPart(bytes)) return this.#fail(H2_ERROR.protocol);
      at = bytes.length < PREFACE.length ? 0 : PREFACE.length;
    }
    if (this.#begun || at > 0) {
      while (bytes.length - at >= FRAME_HEAD && !this.#over) {
        const length = readUint24(bytes, at);
        if (length > PAYLOAD_MAX) return this.#fail(H2_ERROR.frameSize);
        const next = at + FRAME_HEAD + length;
        if (next > bytes.length) break;
        this.#frame(bytes, at, next);
        at = next;
      }
      // The preface counts as come once the frame behind it has.
      if (!this.#begun && at === PREFACE.length) at = 0;
    }
    this.#rest = at === bytes.length || this.#over ? EMPTY : bytes.subarray(at);
    // I4: on when the peer has read.
    if (this.writer.blocked && this.writer.backlog > BACKLOG_BYTES_MAX) this.#socket.pause();
  }

  #frame(bytes: Buffer, head: number, end: number): void {
    const type = bytes[head + 3] as number;
    const flags = bytes[head + 4] as number;
    const id = readUint32(bytes, head + 5) & WINDOW_MAX;
    const start = head + FRAME_HEAD;
    if (!this.#begun && (type !== FRAME.settings || flags & FLAG.ack)) return this.#fail(H2_ERROR.protocol);
    this.#begun = true;
    // A header block is not interrupted.
    if (this.#blockOf !== 0 && (type !== FRAME.continuation || id !== this.#blockOf))
      return this.#fail(H2_ERROR.protocol);
    switch (type) {
      case FRAME.data:
        return this.#data(bytes, flags, id, start, end);
      case FRAME.headers:
        return this.#headersFrame(bytes, flags, id, start, end);
      case FRAME.continuation:
        return this.#continuation(bytes, flags, start, end);
      case FRAME.rstStream:
        return this.#rstStream(id, end - start);
      case FRAME.windowUpdate:
        return this.#windowUpdate(bytes, id, start, end);
      case FRAME.settings:
        return this.#settingsFrame(bytes, flags, id, start, end);
      case FRAME.ping:
        return this.#ping(bytes, flags, id, start, end);
      case FRAME.priority:
        if (id === 0) return this.#fail(H2_ERROR.protocol);
        if (end - start !== 5) return this.#fail(H2_ERROR.frameSize);
        if ((readUint32(bytes, start) & WINDOW_MAX) === id) this.#reset(id, H2_ERROR.protocol);
        return;
      case FRAME.goAway:
        // The peer opens no more streams; those that are open go on.
        if (id !== 0) this.#fail(H2_ERROR.protocol);
        return;
      case FRAME.pushPromise:
        return this.#fail(H2_ERROR.protocol);
    }
  }

  #data(bytes: Buffer, flags: number, id: number, start: number, end: number): void {
    const size = end - start;
    this.#receiveWindow -= size;
    if (this.#receiveWindow < 0) return this.#fail(H2_ERROR.flowControl);
    // Given back at once: one stream that is not read must not hold up the others.
    if (this.#receiveWindow < RECEIVE_WINDOW / 2) {
      this.writer.number(FRAME.windowUpdate, 0, RECEIVE_WINDOW - this.#receiveWindow);
      this.#receiveWindow = RECEIVE_WINDOW;
    }
    const from = start + (flags & FLAG.padded ? 1 : 0);
    const to = flags & FLAG.padded ? end - (bytes[start] ?? 0) : end;
    if (to < from || this.#isIdle(id)) return this.#fail(H2_ERROR.protocol);
    const stream = this.#streams.get(id);
    if (stream === undefined) {
      if (!this.#left.has(id)) this.#reset(id, H2_ERROR.streamClosed);
      return;
    }
    if (stream.peerEnded) return this.#reset(id, H2_ERROR.streamClosed);
    const last = (flags & FLAG.endStream) !== 0;
    if (!stream.receive(bytes.subarray(from, to), size - (to - from), last))
      return this.#reset(id, H2_ERROR.flowControl);
    if (last && !stream.closed) this.#peerEnded(stream);
  }

  #headersFrame(bytes: Buffer, flags: number, id: number, start: number, end: number): void {
    let from = start;
    let to = end;
    if (flags & FLAG.padded) to -= bytes[from++] ?? 0;
    if (flags & FLAG.priority) {
      const selfish = to - from >= 5 && (readUint32(bytes, from) & WINDOW_MAX) === id;
      if (selfish) return this.#fail(H2_ERROR.protocol);
      from += 5;
    }
    if (to < from || id === 0 || id % 2 === 0) return this.#fail(H2_ERROR.protocol);
    if (flags & FLAG.endHeaders) return this.#headerBlock(id, flags, bytes, from, to);
    this.#blockOf = id;
    this.#blockFlags = flags;
    this.#blockPieces = 1;
    this.#block = Buffer.from(bytes.subarray(from, to));
  }

  #continuation(bytes: Buffer, flags: number, start: number, end: number): void {
    if (this.#blockOf === 0) return this.#fail(H2_ERROR.protocol);
    if (this.#block.length + end - start > HEADER_BLOCK_BYTES_MAX || ++this.#blockPieces > HEADER_PIECES_MAX)
      return this.#fail(H2_ERROR.enhanceYourCalm);
    const block = Buffer.concat([this.#block, bytes.subarray(start, end)]);
    this.#block = block;
    if ((flags & FLAG.endHeaders) === 0) return;
    const id = this.#blockOf;
    this.#blockOf = 0;
    this.#block = EMPTY;
    this.#headerBlock(id, this.#blockFlags, block, 0, block.length);
  }

  #headerBlock(id: number, flags: number, bytes: Buffer, from: number, to: number): void {
    const block = this.#headers.read(bytes, from, to);
    if (block === undefined) return this.#fail(H2_ERROR.compression);
    const known = this.#streams.get(id);
    if (known !== undefined) {
      // Trailers of the request: nothing in them is for us.
      if (known.peerEnded) return this.#reset(id, H2_ERROR.streamClosed);
      const pseudo = [...block.headers.keys()].some((name) => name.startsWith(':'));
      if (block.malformed || pseudo || (flags & FLAG.endStream) === 0)
        return this.#reset(id, H2_ERROR.protocol);
      return this.#peerEnded(known);
    }
    if (id <= this.#lastStream) {
      if (!this.#left.has(id)) this.#fail(H2_ERROR.streamClosed);
      return;
    }
    this.#lastStream = id;
    // Its caller knows from the goodbye that it is not served.
    if (id > this.#lastServed) return this.#leave(id);
    const { headers } = block;
    const whole = headers.has(':method') && headers.has(':scheme') && headers.get(':path');
    if (block.malformed || !whole) return this.#reset(id, H2_ERROR.protocol);
    if (block.tooLarge) return this.#reset(id, H2_ERROR.enhanceYourCalm);
    if (this.#streams.size >= this.#settings.streamsMax) return this.#reset(id, H2_ERROR.refusedStream);
    const peerEnded = (flags & FLAG.endStream) !== 0;
    const begun = { sendWindow: this.#streamSendWindow, receiveWindow: STREAM_WINDOW, peerEnded };
    const stream = new CallStream(this, id, headers, begun);
    this.#streams.set(id, stream);
    this.#settings.open(stream);
    if (peerEnded && !stream.closed) this.#peerEnded(stream);
  }

  #peerEnded(stream: CallStream): void {
    if (!stream.receiveEnd()) this.#reset(stream.id, H2_ERROR.protocol);
  }

  #rstStream(id: number, size: number): void {
    if (size !== 4) return this.#fail(H2_ERROR.frameSize);
    if (this.#isIdle(id)) return this.#fail(H2_ERROR.protocol);
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#remove(stream, true);
    this.#countNuisance();
    this.#closeWhenIdle();
  }

  #windowUpdate(bytes: Buffer, id: number, start: number, end: number): void {
    if (end - start !== 4) return this.#fail(H2_ERROR.frameSize);
    const by = readUint32(bytes, start) & WINDOW_MAX;
    if (id === 0) {
      this.#sendWindow += by;
      if (by === 0) return this.#fail(H2_ERROR.protocol);
      if (this.#sendWindow > WINDOW_MAX) return this.#fail(H2_ERROR.flowControl);
      return this.#sendWaiting();
    }
    if (this.#isIdle(id)) return this.#fail(H2_ERROR.protocol);
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (by === 0) this.#reset(id, H2_ERROR.protocol);
    else if (!stream.widen(by)) this.#reset(id, H2_ERROR.flowControl);
  }

  #settingsFrame(bytes: Buffer, flags: number, id: number, start: number, end: number): void {
    const size = end - start;
    if (id !== 0) return this.#fail(H2_ERROR.protocol);
    if (size % 6 !== 0 || (flags & FLAG.ack && size !== 0)) return this.#fail(H2_ERROR.frameSize);
    if (flags & FLAG.ack) return;
    if (size > 6 * SETTINGS_MAX) return this.#fail(H2_ERROR.enhanceYourCalm);
    // First, so that what the settings let go comes behind it.
    this.writer.control(FRAME.settings, FLAG.ack, EMPTY);
    const before = this.#streamSendWindow;
    for (let at = start; at < end && !this.#over; at += 6)
      this.#setting(((bytes[at] as number) << 8) | (bytes[at + 1] as number), readUint32(bytes, at + 2));
    if (this.#streamSendWindow !== before && !this.#over) this.#moveWindows(this.#streamSendWindow - before);
  }

  #setting(name: number, value: number): void {
    if (name === SETTING.enablePush && value > 1) return this.#fail(H2_ERROR.protocol);
    if (name === SETTING.frameSizeMax && (value < PAYLOAD_MAX || value >= 2 ** 24))
      return this.#fail(H2_ERROR.protocol);
    if (name === SETTING.headerTable) return this.writer.tellTable();
    if (name !== SETTING.initialWindow) return;
    if (value > WINDOW_MAX) return this.#fail(H2_ERROR.flowControl);
    this.#streamSendWindow = value;
  }

  /** I4: once a frame, however often it names the window, because it touches every stream. */
  #moveWindows(by: number): void {
    this.#countNuisance();
    for (const stream of this.#streams.values())
      if (!stream.widen(by)) return this.#fail(H2_ERROR.flowControl);
  }

  #ping(bytes: Buffer, flags: number, id: number, start: number, end: number): void {
    if (id !== 0) return this.#fail(H2_ERROR.protocol);
    if (end - start !== 8) return this.#fail(H2_ERROR.frameSize);
    if ((flags & FLAG.ack) === 0) this.writer.control(FRAME.ping, FLAG.ack, bytes.subarray(start, end));
  }

  /** Whether no frame but the first HEADERS may name this stream. */
  #isIdle(id: number): boolean {
    return id === 0 || id % 2 === 0 || id > this.#lastStream;
  }

  // ── How it ends ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Ends one stream for a fault of the peer. */
  #reset(id: number, error: number): void {
    this.writer.number(FRAME.rstStream, id, error);
    this.#leave(id);
    const stream = this.#streams.get(id);
    if (stream !== undefined) this.#remove(stream);
    // A refusal is our answer to a burst, and its caller may try again.
    if (error !== H2_ERROR.refusedStream) this.#countNuisance();
    this.#closeWhenIdle();
  }

  #leave(id: number): void {
    this.#left.add(id);
    if (this.#left.size <= LEFT_MAX) return;
    for (const oldest of this.#left) {
      this.#left.delete(oldest);
      return;
    }
  }

  /** I4: work that is begun and given up again costs the peer nothing, nor does it to move every window. */
  #countNuisance(): void {
    const now = performance.now();
    const left = this.#nuisances - ((now - this.#nuisancesSince) / 1_000) * NUISANCES_PER_SECOND;
    this.#nuisances = Math.max(Math.min(0, this.#nuisances), left) + 1;
    this.#nuisancesSince = now;
    if (this.#nuisances > NUISANCES_MAX) this.#fail(H2_ERROR.enhanceYourCalm);
  }

  /** Ends the connection for a fault of the peer, and tells it which. */
  #fail(error: number): void {
    if (this.#over) return;
    this.#goAway(error);
    this.#finish();
  }

  #goAway(error: number): void {
    // A second goodbye never takes back what the first had named.
    this.#lastServed = Math.min(this.#lastServed, this.#lastStream);
    const payload = Buffer.alloc(8);
    writeUint32(payload, 0, this.#lastServed);
    writeUint32(payload, 4, error);
    this.writer.control(FRAME.goAway, 0, payload);
  }

  #closeWhenIdle(): void {
    if (this.#lastServed !== NO_GOODBYE && this.#streams.size === 0) this.#finish();
  }

  /** Nothing is read any more; what was written is sent, then the socket is closed. */
  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.writer.flushLast();
    this.#socket.end();
    // A peer that neither reads nor closes does not hold the socket.
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
    this.#closeStreams();
  }

  #closed(): void {
    this.#over = true;
    this.#closeStreams();
    this.#settings.closed(this);
  }

  #closeStreams(): void {
    for (const stream of [...this.#streams.values()]) this.#remove(stream);
  }
}

function isPrefaceOrPart(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, PREFACE.length);
  return bytes.compare(PREFACE, 0, length, 0, length) === 0;
}

function writeSetting(to: Buffer, at: number, name: number, value: number): void {
  to[at + 1] = name;
  writeUint32(to, at + 2, value);
}
