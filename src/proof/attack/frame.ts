/** As much of HTTP/2's framing (RFC 9113) as a hostile peer writes and reads. */

export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export const SETTING = { headerTableSize: 1, streamsMax: 3, initialWindow: 4 } as const;

export const FRAME_HEAD = 9;
export const FRAME_PAYLOAD_MAX = 16_384;
export const WINDOW_DEFAULT = 65_535;
export const WINDOW_MAX = 2 ** 31 - 1;
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

const ERRORS = [
  'no_error',
  'protocol_error',
  'internal_error',
  'flow_control_error',
  'settings_timeout',
  'stream_closed',
  'frame_size_error',
  'refused_stream',
  'cancel',
  'compression_error',
  'connect_error',
  'enhance_your_calm',
  'inadequate_security',
  'http_1_1_required',
];

/** The error code of a GOAWAY or RST_STREAM in words. */
export function errorName(code: number): string {
  return ERRORS[code] ?? `error ${code}`;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = EMPTY): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEAD);
  return bytes;
}

const EMPTY = Buffer.alloc(0);

export function settingsFrame(settings: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(6 * settings.length);
  for (const [at, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, 6 * at);
    payload.writeUInt32BE(value, 6 * at + 2);
  }
  return frame(TYPE.settings, 0, 0, payload);
}

export function windowUpdateFrame(stream: number, by: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(by);
  return frame(TYPE.windowUpdate, 0, stream, payload);
}

export function resetFrame(code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(TYPE.reset, 0, 0, payload);
}

/** A gRPC message: a flag for compression, four bytes of length, the bytes. */
export function message(bytes: Uint8Array, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed ? 1 : 0;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** `bytes`, `count` times over. */
export function repeated(bytes: Buffer, count: number): Buffer {
  return Buffer.alloc(count * bytes.length, bytes);
}
