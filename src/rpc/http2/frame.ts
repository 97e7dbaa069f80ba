/** The numbers of HTTP/2 (RFC 9113) that a server of unary and streaming calls needs. */

/** What stands before each frame's payload. */
export const FRAME_HEAD = 9;
/** The largest payload that we accept, and that we send: what every peer takes without being asked. */
export const PAYLOAD_MAX = 16_384;
export const WINDOW_MAX = 2 ** 31 - 1;
/** Windows before anybody said otherwise. */
export const WINDOW_DEFAULT = 65_535;

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const SETTING = {
  headerTable: 1,
  enablePush: 2,
  concurrentStreamsMax: 3,
  initialWindow: 4,
  frameSizeMax: 5,
  headerListMax: 6,
} as const;

/** Why a stream or a connection ends. */
export const H2_ERROR = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  enhanceYourCalm: 11,
} as const;

/** Writes a frame's head; the payload begins `FRAME_HEAD` bytes later. */
export function writeFrameHead(
  to: Buffer,
  at: number,
  { length, type, flags, stream }: { length: number; type: number; flags: number; stream: number },
): void {
  to[at] = length >>> 16;
  to[at + 1] = length >>> 8;
  to[at + 2] = length;
  to[at + 3] = type;
  to[at + 4] = flags;
  writeUint32(to, at + 5, stream);
}

export function readUint24(from: Buffer, at: number): number {
  return ((from[at] as number) << 16) | ((from[at + 1] as number) << 8) | (from[at + 2] as number);
}

export function readUint32(from: Buffer, at: number): number {
  return (((from[at] as number) << 24) | readUint24(from, at + 1)) >>> 0;
}

export function writeUint32(to: Buffer, at: number, value: number): void {
  to[at] = value >>> 24;
  to[at + 1] = value >>> 16;
  to[at + 2] = value >>> 8;
  to[at + 3] = value;
}
