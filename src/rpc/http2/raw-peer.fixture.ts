import { connect, type Socket } from 'node:net';
import { FRAME_HEAD, readUint24, readUint32, writeFrameHead } from './frame.ts';
import { headerBlock } from './header-block.ts';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export const REQUEST = headerBlock({
  ':method': 'POST',
  ':scheme': 'http',
  ':path': '/test',
  'content-type': 'application/grpc',
});

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | string = '',
): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const bytes = Buffer.alloc(FRAME_HEAD + body.length);
  writeFrameHead(bytes, 0, { length: body.length, type, flags, stream });
  bytes.set(body, FRAME_HEAD);
  return bytes;
}

/** A number of 32 bits as a payload. */
export function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A client that sends whatever frames it is told to. */
export class RawPeer {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  readonly gone: Promise<void>;
  #rest: Buffer = Buffer.alloc(0);

  /** Sends the preface and empty settings unless told to begin in another way. */
  constructor(port: number, begin: Buffer = Buffer.concat([PREFACE, frame(4, 0, 0)])) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.gone = new Promise((resolve) => this.socket.on('close', () => resolve()));
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => this.#received(bytes));
    this.send(begin);
  }

  static get preface(): Buffer {
    return PREFACE;
  }

  send(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** Frames of this type that came, of this stream when one is named. */
  of(type: number, stream?: number): Frame[] {
    return this.frames.filter((one) => one.type === type && (stream === undefined || one.stream === stream));
  }

  /** The error of the connection's end, or of a stream's reset; undefined when there was none. */
  error(stream = 0): number | undefined {
    const ending = this.of(stream === 0 ? 7 : 3, stream)[0];
    return ending?.payload.readUInt32BE(stream === 0 ? 4 : 0);
  }

  #received(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEAD) {
      const end = at + FRAME_HEAD + readUint24(bytes, at);
      if (end > bytes.length) break;
      const [type, flags] = [bytes[at + 3] as number, bytes[at + 4] as number];
      const payload = bytes.subarray(at + FRAME_HEAD, end);
      this.frames.push({ type, flags, stream: readUint32(bytes, at + 5), payload });
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }
}
