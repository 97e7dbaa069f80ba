/**
 * How questions and answers of nodes stand in the messages of the wire between them (proto/attune/cluster/v1/node.proto). Both ends use it: the
 * adapter that asks and the route that answers. By hand, since every forwarded request passes here four times; protobuf-es is its oracle in the test.
 */

/** The method that carries them. */
export const NODE_EXCHANGE = '/attune.cluster.v1.NodeService/Exchange';

/** Frames of one message; one with more cannot be read. */
export const FRAMES_MAX = 1_024;
/** A message takes frames up to so many bytes of bodies, or a single larger one: small ones do not wait behind large ones for long. */
export const BATCH_BYTES = 262_144;
/** What a message with one frame takes beside the frame's body, at most. */
export const FRAME_EXTRA_BYTES = 32;

/** One question or answer. */
export interface Frame {
  /** 32 bits without sign. */
  readonly tag: number;
  readonly body: Uint8Array;
  /** Of a question: how long its asker waits; 0: as long as may be. */
  readonly timeoutMs: number;
  /** Of an answer: there is none. */
  readonly refused: boolean;
}

const FRAMES = 0x0a;
const TAG = 0x08;
const BODY = 0x12;
const TIMEOUT = 0x18;
const REFUSED = 0x20;
const NO_BYTES = new Uint8Array(0);

/** How many of `frames`, from `from` on, share the next message: one at least, where there is one. */
export function batchLength(frames: readonly Pick<Frame, 'body'>[], from: number): number {
  const most = Math.min(frames.length - from, FRAMES_MAX);
  let bytes = 0;
  for (let count = 0; count < most; count++) {
    bytes += (frames[from + count] as Frame).body.length;
    if (bytes > BATCH_BYTES) return Math.max(1, count);
  }
  return most;
}

/** The message that holds these frames, in bytes of its own. */
export function encodeFrames(frames: readonly Frame[]): Uint8Array {
  let length = 0;
  for (const frame of frames) {
    const inner = innerLength(frame);
    length += 1 + varintLength(inner) + inner;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  const varint = (value: number): void => {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
  };
  for (const frame of frames) {
    const { tag, body, timeoutMs, refused } = frame;
    bytes[at++] = FRAMES;
    varint(innerLength(frame));
    if (tag !== 0) {
      bytes[at++] = TAG;
      varint(tag);
    }
    if (body.length > 0) {
      bytes[at++] = BODY;
      varint(body.length);
      bytes.set(body, at);
      at += body.length;
    }
    if (timeoutMs !== 0) {
      bytes[at++] = TIMEOUT;
      varint(timeoutMs);
    }
    if (refused) {
      bytes[at++] = REFUSED;
      bytes[at++] = 1;
    }
  }
  return bytes;
}

/** The frames of a message, their bodies views of it; undefined: it is no such message, or holds more than `FRAMES_MAX`. Never throws. */
export function decodeFrames(bytes: Uint8Array): readonly Frame[] | undefined {
  const reader = new Reader(bytes);
  const frames: Frame[] = [];
  while (reader.at < bytes.length) {
    const key = reader.varint();
    if (key !== FRAMES) {
      reader.skip(key);
      continue;
    }
    const end = reader.lengthEnd();
    if (reader.failed || frames.length === FRAMES_MAX) return undefined;
    frames.push(readFrame(reader, end));
    if (reader.failed || reader.at !== end) return undefined;
  }
  return reader.failed ? undefined : frames;
}

function readFrame(reader: Reader, end: number): Frame {
  let tag = 0;
  let body: Uint8Array = NO_BYTES;
  let timeoutMs = 0;
  let refused = false;
  while (reader.at < end) {
    const key = reader.varint();
    if (key === TAG) tag = reader.varint();
    else if (key === TIMEOUT) timeoutMs = reader.varint();
    else if (key === REFUSED) refused = reader.varint() !== 0;
    else if (key === BODY) body = reader.take();
    else reader.skip(key);
  }
  return { tag, body, timeoutMs, refused };
}

/** Once something is wrong it stands at the end and has failed. */
class Reader {
  readonly #bytes: Uint8Array;
  at = 0;
  failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Its lower 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) break;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    this.#fail();
    return 0;
  }

  /** Where the bytes end whose length stands here. */
  lengthEnd(): number {
    const end = this.varint() + this.at;
    if (end > this.#bytes.length) this.#fail();
    return Math.min(end, this.#bytes.length);
  }

  take(): Uint8Array {
    const end = this.lengthEnd();
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** Leaves out a field of a later release. */
  skip(key: number): void {
    const kind = key & 7;
    if (key >>> 3 === 0) this.#fail();
    else if (kind === 0) this.varint();
    else if (kind === 1) this.#forward(8);
    else if (kind === 2) this.take();
    else if (kind === 5) this.#forward(4);
    else this.#fail();
  }

  #forward(count: number): void {
    this.at += count;
    if (this.at > this.#bytes.length) this.#fail();
  }

  #fail(): void {
    this.failed = true;
    this.at = this.#bytes.length;
  }
}

function innerLength({ tag, body, timeoutMs, refused }: Frame): number {
  return (
    (tag === 0 ? 0 : 1 + varintLength(tag)) +
    (body.length === 0 ? 0 : 1 + varintLength(body.length) + body.length) +
    (timeoutMs === 0 ? 0 : 1 + varintLength(timeoutMs)) +
    (refused ? 2 : 0)
  );
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) length++;
  return length;
}
