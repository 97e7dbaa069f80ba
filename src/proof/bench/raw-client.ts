// Long because it is HTTP/2's frames, flow control and header blocks in one connection.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encodeLiterals, encodeReferences, StatusReader } from './hpack.ts';

/**
 * One connection of a load client that costs a few microseconds a call: HTTP/2 over a plain socket, prepared header
 * blocks, one write per turn of the event loop. It is no general client: no compression, no server push.
 *
 * Owned here: the socket, the reply headers' table, the flow-control windows and the frames that wait for them.
 *
 * I1  Frames of one stream leave in order; a frame leaves only when both windows have room for it.
 * I2  Every header block of the peer passes the status reader, as the table carries over.
 * I3  Every call ends exactly once: with its trailers, a reset, or the connection's end.
 */

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const CONTINUATION = 9;

/** SETTINGS that are read. */
const MAX_CONCURRENT_STREAMS = 3;
const INITIAL_WINDOW_SIZE = 4;

const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;

const WINDOW_MAX = 2 ** 31 - 1;
const WINDOW_REFILL = 2 ** 28;
const FRAME_HEAD = 9;
const MESSAGE_HEAD = 5;
const FRAME_PAYLOAD = 16_384;
const INPUT_BYTES = 1 << 20;
const OUTPUT_BYTES = 1 << 18;
const DEFAULT_WINDOW = 65_535;
/** grpc UNKNOWN, for an end that carried no readable status. */
const STATUS_UNKNOWN = 2;
/** grpc UNAVAILABLE, for calls that a reset or a lost connection ended. */
const STATUS_UNAVAILABLE = 14;

/** Told what happens to calls; `stream` is the HTTP/2 stream id, `bytes` is only valid during the call. */
export interface RawListener {
  /** A whole gRPC message (without its five leading bytes). */
  message?(stream: number, bytes: Buffer, start: number, end: number): void;
  /** The call is over, with this gRPC status; called once per call. */
  end(stream: number, status: number): void;
}

interface OpenStream {
  window: number;
  /** The beginning of a reply whose rest has not come. */
  partial: Buffer | undefined;
}

interface Waiting {
  readonly bytes: Buffer;
  offset: number;
  readonly flags: number;
}

/**
 * Opens a connection and waits for the peer's settings; with `ca` (PEM) over TLS. Rejects when the peer cannot be reached.
 */
export async function connectRaw(port: number, listener: RawListener, ca?: string): Promise<RawConnection> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const connection = new RawConnection({ port, ca }, listener, resolve, reject);
  await promise;
  return connection;
}

export class RawConnection {
  readonly #socket: Socket;
  readonly #listener: RawListener;
  readonly #statuses = new StatusReader();
  readonly #headers = new Map<string, Buffer>();
  readonly #open = new Map<number, OpenStream>();
  readonly #input = Buffer.allocUnsafeSlow(INPUT_BYTES);
  #filled = 0;
  #output = Buffer.allocUnsafeSlow(OUTPUT_BYTES);
  #written = 0;
  #flushQueued = false;
  #nextStream = 1;
  #window = DEFAULT_WINDOW;
  #windowOfStreams = DEFAULT_WINDOW;
  #received = 0;
  #streamsMax = Number.POSITIVE_INFINITY;
  #headerBlock: Buffer | undefined;
  #headerFlags = 0;
  readonly #waiting = new Map<number, Waiting[]>();
  #ready: (() => void) | undefined;
  #closed = false;
  /** The path whose headers the peer's table holds; another path's are sent as literals each time. */
  #indexedPath: string | undefined;

  constructor(
    peer: { readonly port: number; readonly ca: string | undefined },
    listener: RawListener,
    ready: () => void,
    failed: (error: Error) => void,
  ) {
    this.#listener = listener;
    this.#ready = ready;
    const options = {
      port: peer.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: () => this.#input.subarray(this.#filled),
        callback: (bytes: number) => {
          this.#filled += bytes;
          this.#parse();
          return true;
        },
      },
    };
    this.#socket =
      peer.ca === undefined
        ? connect(options)
        : connectTls({ ...options, ca: peer.ca, servername: 'localhost', ALPNProtocols: ['h2'] });
    this.#socket.on('error', (error) => {
      failed(error);
      this.#endAll();
    });
    this.#socket.on('close', () => this.#endAll());
    const preface = Buffer.alloc(24 + FRAME_HEAD + 6 + FRAME_HEAD + 4);
    preface.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
    writeHead(preface, 24, 6, SETTINGS, 0, 0);
    preface.writeUInt16BE(INITIAL_WINDOW_SIZE, 33);
    preface.writeUInt32BE(WINDOW_MAX, 35);
    writeHead(preface, 39, 4, WINDOW_UPDATE, 0, 0);
    preface.writeUInt32BE(WINDOW_MAX - DEFAULT_WINDOW, 48);
    this.#socket.write(preface);
  }

  get inFlight(): number {
    return this.#open.size;
  }

  /** Whether the peer takes another call now; it resets what goes beyond its MAX_CONCURRENT_STREAMS. */
  get hasRoom(): boolean {
    return this.#open.size < this.#streamsMax;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a unary call, the message whole and the call half-closed; answers its stream id. */
  unary(path: string, message: Buffer): number {
    const stream = this.openStream(path);
    this.#send(stream, message, END_STREAM);
    return stream;
  }

  /** Opens a call without a message yet; answers its stream id. */
  openStream(path: string): number {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    if (stream > WINDOW_MAX) throw new Error('The connection has run out of stream ids.');
    this.#open.set(stream, { window: this.#windowOfStreams, partial: undefined });
    const block = this.#blockFor(path);
    const at = this.#reserve(FRAME_HEAD + block.length);
    writeHead(this.#output, at, block.length, HEADERS, END_HEADERS, stream);
    block.copy(this.#output, at + FRAME_HEAD);
    return stream;
  }

  /** Sends one message on an open stream. */
  send(stream: number, message: Buffer): void {
    this.#send(stream, message, 0);
  }

  /** Tells the peer that no more messages follow. */
  halfClose(stream: number): void {
    this.#wait(stream, Buffer.alloc(0), END_STREAM);
  }

  /** Ends the connection; open calls end as UNAVAILABLE. */
  close(): void {
    this.flush();
    this.#socket.destroy();
  }

  /** Writes what has gathered; called by itself at the end of the turn that first wrote something. */
  flush(): void {
    this.#flushQueued = false;
    // What is written to a connection that the server closed goes nowhere, and must not gather.
    if (this.#closed) this.#written = 0;
    if (this.#written === 0) return;
    this.#socket.write(this.#output.subarray(0, this.#written));
    // The kernel took nearly all of it at once, or the socket still holds the bytes: the rest of the buffer is free.
    this.#output = this.#output.subarray(this.#written);
    this.#written = 0;
    if (this.#output.length < OUTPUT_BYTES >> 2) this.#output = Buffer.allocUnsafeSlow(OUTPUT_BYTES);
  }

  #blockFor(path: string): Buffer {
    const known = this.#headers.get(path);
    if (known) return known;
    const headers: [string, string][] = [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', path],
      [':authority', '127.0.0.1'],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['user-agent', 'attune-bench'],
    ];
    if (this.#indexedPath !== undefined) {
      const block = encodeLiterals(headers, false);
      this.#headers.set(path, block);
      return block;
    }
    this.#indexedPath = path;
    this.#headers.set(path, encodeReferences(headers.length));
    return encodeLiterals(headers, true);
  }

  #send(stream: number, message: Buffer, flags: number): void {
    const length = MESSAGE_HEAD + message.length;
    const state = this.#open.get(stream);
    if (!state) return;
    const fits = length <= FRAME_PAYLOAD && length <= this.#window && length <= state.window;
    if (!fits || (this.#waiting.size > 0 && this.#waiting.has(stream))) {
      const framed = Buffer.allocUnsafe(length);
      framed[0] = 0;
      framed.writeUInt32BE(message.length, 1);
      message.copy(framed, MESSAGE_HEAD);
      this.#wait(stream, framed, flags);
      return;
    }
    this.#window -= length;
    state.window -= length;
    const at = this.#reserve(FRAME_HEAD + length);
    const output = this.#output;
    writeHead(output, at, length, DATA, flags, stream);
    output[at + FRAME_HEAD] = 0;
    output.writeUInt32BE(message.length, at + FRAME_HEAD + 1);
    message.copy(output, at + FRAME_HEAD + MESSAGE_HEAD);
  }

  #wait(stream: number, bytes: Buffer, flags: number): void {
    const queue = this.#waiting.get(stream);
    const item = { bytes, offset: 0, flags };
    if (queue) {
      queue.push(item);
      return;
    }
    this.#waiting.set(stream, [item]);
    this.#drain();
  }

  /** I1: sends what the windows allow, stream by stream in the order in which they had to wait. */
  #drain(): void {
    const waiting = this.#waiting;
    for (const [stream, queue] of waiting) {
      const state = this.#open.get(stream);
      while (state && queue.length > 0 && this.#sendPart(stream, state, queue[0] as Waiting)) queue.shift();
      if (!state || queue.length === 0) waiting.delete(stream);
      if (this.#window <= 0) return;
    }
  }

  /** Sends as much of a message as there is room for; true when nothing is left of it. */
  #sendPart(stream: number, state: OpenStream, item: Waiting): boolean {
    for (;;) {
      const left = item.bytes.length - item.offset;
      const room = Math.min(FRAME_PAYLOAD, this.#window, state.window, left);
      if (room <= 0 && left > 0) return false;
      const last = room === left;
      this.#window -= room;
      state.window -= room;
      const at = this.#reserve(FRAME_HEAD + room);
      writeHead(this.#output, at, room, DATA, last ? item.flags : 0, stream);
      item.bytes.copy(this.#output, at + FRAME_HEAD, item.offset, item.offset + room);
      item.offset += room;
      if (last) return true;
    }
  }

  #reserve(bytes: number): number {
    if (this.#written + bytes > this.#output.length) {
      this.flush();
      if (this.#output.length < bytes) this.#output = Buffer.allocUnsafeSlow(Math.max(OUTPUT_BYTES, bytes));
    }
    if (!this.#flushQueued) {
      this.#flushQueued = true;
      process.nextTick(flushNow, this);
    }
    const at = this.#written;
    this.#written += bytes;
    return at;
  }

  #parse(): void {
    const input = this.#input;
    let at = 0;
    while (this.#filled - at >= FRAME_HEAD) {
      const length =
        ((input[at] as number) << 16) | ((input[at + 1] as number) << 8) | (input[at + 2] as number);
      const next = at + FRAME_HEAD + length;
      if (next > this.#filled) break;
      const stream = input.readUInt32BE(at + 5) & WINDOW_MAX;
      this.#frame(input[at + 3] as number, input[at + 4] as number, stream, at + FRAME_HEAD, next);
      at = next;
    }
    if (at > 0) {
      input.copyWithin(0, at, this.#filled);
      this.#filled -= at;
    }
    if (this.#received >= WINDOW_REFILL) {
      const out = this.#reserve(FRAME_HEAD + 4);
      writeHead(this.#output, out, 4, WINDOW_UPDATE, 0, 0);
      this.#output.writeUInt32BE(this.#received, out + FRAME_HEAD);
      this.#received = 0;
    }
  }

  #frame(type: number, flags: number, stream: number, start: number, end: number): void {
    switch (type) {
      case DATA:
        this.#received += end - start;
        this.#data(stream, flags, start, end);
        break;
      case HEADERS:
      case CONTINUATION:
        this.#headersFrame(type, flags, stream, start, end);
        break;
      case RST_STREAM:
        this.#end(stream, STATUS_UNAVAILABLE);
        break;
      case SETTINGS:
        if ((flags & ACK) === 0) this.#settings(start, end);
        break;
      case PING:
        if ((flags & ACK) === 0) {
          const at = this.#reserve(FRAME_HEAD + 8);
          writeHead(this.#output, at, 8, PING, ACK, 0);
          this.#input.copy(this.#output, at + FRAME_HEAD, start, start + 8);
        }
        break;
      case WINDOW_UPDATE:
        this.#widen(stream, this.#input.readUInt32BE(start) & WINDOW_MAX);
        break;
      case GOAWAY:
        this.#socket.end();
        break;
    }
  }

  #settings(start: number, end: number): void {
    for (let at = start; at + 6 <= end; at += 6) {
      const setting = this.#input.readUInt16BE(at);
      const value = this.#input.readUInt32BE(at + 2);
      if (setting === MAX_CONCURRENT_STREAMS) this.#streamsMax = value;
      if (setting !== INITIAL_WINDOW_SIZE) continue;
      for (const state of this.#open.values()) state.window += value - this.#windowOfStreams;
      this.#windowOfStreams = value;
    }
    const at = this.#reserve(FRAME_HEAD);
    writeHead(this.#output, at, 0, SETTINGS, ACK, 0);
    this.#drain();
    this.#ready?.();
    this.#ready = undefined;
  }

  #widen(stream: number, by: number): void {
    if (stream === 0) this.#window += by;
    else {
      const state = this.#open.get(stream);
      if (state) state.window += by;
    }
    if (this.#waiting.size > 0) this.#drain();
  }

  #headersFrame(type: number, flags: number, stream: number, start: number, end: number): void {
    let from = start;
    let to = end;
    if (type === HEADERS) {
      this.#headerFlags = flags;
      if (flags & PADDED) to -= this.#input[from++] as number;
      if (flags & PRIORITY) from += 5;
    }
    if (this.#headerBlock || (flags & END_HEADERS) === 0) {
      const part = this.#input.subarray(from, to);
      this.#headerBlock = this.#headerBlock ? Buffer.concat([this.#headerBlock, part]) : Buffer.from(part);
      if ((flags & END_HEADERS) === 0) return;
    }
    const block = this.#headerBlock;
    this.#headerBlock = undefined;
    const status = block
      ? this.#statuses.read(block, 0, block.length)
      : this.#statuses.read(this.#input, from, to);
    if (this.#headerFlags & END_STREAM) this.#end(stream, status < 0 ? STATUS_UNKNOWN : status);
  }

  #data(stream: number, flags: number, start: number, end: number): void {
    const state = this.#open.get(stream);
    if (state && this.#listener.message) {
      let bytes = this.#input;
      let at = start;
      let to = end;
      if (flags & PADDED) to -= bytes[at++] as number;
      if (state.partial) {
        bytes = Buffer.concat([state.partial, bytes.subarray(at, to)]);
        at = 0;
        to = bytes.length;
        state.partial = undefined;
      }
      while (to - at >= MESSAGE_HEAD) {
        const next = at + MESSAGE_HEAD + bytes.readUInt32BE(at + 1);
        if (next > to) break;
        this.#listener.message(stream, bytes, at + MESSAGE_HEAD, next);
        at = next;
      }
      if (at < to) state.partial = Buffer.from(bytes.subarray(at, to));
    }
    if (flags & END_STREAM) this.#end(stream, STATUS_UNKNOWN);
  }

  #end(stream: number, status: number): void {
    if (this.#open.delete(stream)) this.#listener.end(stream, status);
  }

  #endAll(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of [...this.#open.keys()]) this.#end(stream, STATUS_UNAVAILABLE);
  }
}

function flushNow(connection: RawConnection): void {
  connection.flush();
}

function writeHead(
  to: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): void {
  to[at] = length >>> 16;
  to[at + 1] = length >>> 8;
  to[at + 2] = length;
  to[at + 3] = type;
  to[at + 4] = flags;
  to[at + 5] = stream >>> 24;
  to[at + 6] = stream >>> 16;
  to[at + 7] = stream >>> 8;
  to[at + 8] = stream;
}
