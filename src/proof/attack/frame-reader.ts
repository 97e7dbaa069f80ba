import { FRAME_HEAD } from './frame.ts';

/** A frame as it came; `payload` is only valid during the callback. */
export interface ReadFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const STREAM_BITS = 0x7fffffff;

/** Splits a connection's bytes into frames; an incomplete one waits for the rest. */
export class FrameReader {
  readonly #onFrame: (frame: ReadFrame) => void;
  #rest: Buffer = Buffer.alloc(0);
  #held: boolean;

  /** `held`: no frame is read before `release`. */
  constructor(onFrame: (frame: ReadFrame) => void, held: boolean) {
    this.#onFrame = onFrame;
    this.#held = held;
  }

  push(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (!this.#held && all.length - at >= FRAME_HEAD) {
      const next = at + FRAME_HEAD + all.readUIntBE(at, 3);
      if (next > all.length) break;
      this.#onFrame({
        type: all[at + 3] as number,
        flags: all[at + 4] as number,
        stream: all.readUInt32BE(at + 5) & STREAM_BITS,
        payload: all.subarray(at + FRAME_HEAD, next),
      });
      at = next;
    }
    this.#rest = all.subarray(at);
  }

  release(): void {
    this.#held = false;
    this.push(Buffer.alloc(0));
  }
}
