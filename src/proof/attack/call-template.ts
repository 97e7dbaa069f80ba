import { FLAG, FRAME_HEAD, FRAME_PAYLOAD_MAX, frame, TYPE } from './frame.ts';
import { callHeaders, type Headers, literals } from './header-block.ts';

/** The frames of one call, made once and stamped with a stream's number each time they are sent. */
export interface CallTemplate {
  readonly bytes: Buffer;
  /** Where each frame begins. */
  readonly frames: readonly number[];
  /** What it takes of the windows. */
  readonly dataBytes: number;
  /** The caller's side is over when it is sent; otherwise the call stays open. */
  readonly ends: boolean;
  /** It is over when it is sent: its last frame resets it. */
  readonly resets: boolean;
}

export interface CallShape {
  readonly path: string;
  readonly headers?: Headers;
  /** What follows the headers, messages with their five bytes; undefined: nothing comes. */
  readonly body?: Buffer;
  readonly ends: boolean;
  /** Frames that follow the body, on the same stream. */
  readonly tail?: Buffer;
}

export function callTemplate({ path, headers, body, ends, tail }: CallShape): CallTemplate {
  const block = literals(callHeaders(path, headers));
  const last = ends && body === undefined ? FLAG.endStream : 0;
  return framesTemplate(
    [...headerFrames(block, last), ...dataFrames(body, ends), ...(tail === undefined ? [] : [tail])],
    ends,
  );
}

export function framesTemplate(parts: readonly Buffer[], ends: boolean): CallTemplate {
  const bytes = Buffer.concat(parts);
  const frames: number[] = [];
  let dataBytes = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    frames.push(at);
    if (bytes[at + 3] === TYPE.data) dataBytes += length;
    at += FRAME_HEAD + length;
  }
  const resets = bytes[(frames.at(-1) as number) + 3] === TYPE.reset;
  return { bytes, frames, dataBytes, ends, resets };
}

/** A block of headers as HEADERS and, where it is long, CONTINUATION frames. */
export function headerFrames(block: Buffer, flags: number): Buffer[] {
  const parts = split(block);
  return parts.map((part, n) =>
    frame(
      n === 0 ? TYPE.headers : TYPE.continuation,
      (n === 0 ? flags : 0) | (n === parts.length - 1 ? FLAG.endHeaders : 0),
      0,
      part,
    ),
  );
}

function dataFrames(body: Buffer | undefined, ends: boolean): Buffer[] {
  if (body === undefined) return [];
  const parts = split(body);
  return parts.map((part, n) =>
    frame(TYPE.data, ends && n === parts.length - 1 ? FLAG.endStream : 0, 0, part),
  );
}

function split(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += FRAME_PAYLOAD_MAX)
    parts.push(bytes.subarray(at, at + FRAME_PAYLOAD_MAX));
  return parts;
}

/** The template's frames for one stream. */
export function stamped({ bytes, frames }: CallTemplate, stream: number): Buffer {
  const copy = Buffer.from(bytes);
  for (const at of frames) copy.writeUInt32BE(stream, at + 5);
  return copy;
}
