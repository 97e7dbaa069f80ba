import { connect, type Socket } from 'node:net';
import { StatusReader } from '../bench/hpack.ts';
import { type CallTemplate, stamped } from './call-template.ts';
import {
  errorName,
  FLAG,
  FRAME_PAYLOAD_MAX,
  frame,
  SETTING,
  TYPE,
  WINDOW_DEFAULT,
  windowUpdateFrame,
} from './frame.ts';
import { FrameReader, type ReadFrame } from './frame-reader.ts';
import type { AttackTally } from './tally.ts';

/**
 * One hostile connection. It keeps to HTTP/2 wherever its attack does not want otherwise (it acknowledges settings and
 * pings, stays within the peer's windows and number of streams), so that nothing but the attack is tested.
 *
 * I1  `sent` counts the units of the attack that were written. A unit counts as arrived when the service has acknowledged a PING
 *     that was sent behind it, has answered it, or has named its stream in a GOAWAY. A connection that was ended without a word
 *     counts as one.
 */

export interface PeerPlan {
  readonly port: number;
  /** The address that it calls from. */
  readonly from: string;
  /** The first bytes. */
  readonly greeting: Buffer;
  /** Says nothing by itself, and keeps what the service says unread, until it is told to speak. */
  readonly mute: boolean;
  /** Gives back the connection's window as it reads. */
  readonly reads: boolean;
  readonly tally: AttackTally;
  readonly gone: (peer: HostilePeer) => void;
}

interface OpenCall {
  /** Bytes that may still be sent on it. */
  window: number;
  /** Our side is over. */
  ended: boolean;
  answered: boolean;
}

/** More than this unsent means that the service does not read: nothing is added. */
const UNSENT_BYTES_MAX = 1 << 20;
const STREAMS_MAX = 4_096;
/** The payload of a PING that asks what was read. */
const QUESTION = Buffer.from('attacker');
const REFILL_BYTES = 1 << 20;

export class HostilePeer {
  /** The service's settings have come, and it takes new calls. */
  ready = false;
  /** Units of the attack; the attack counts them. */
  sent = 0;
  /** Calls at once: what the service allows, where that is less. */
  streamsMax = STREAMS_MAX;
  /** Calls that are still open on either side, by their stream. */
  readonly open = new Map<number, OpenCall>();
  readonly #plan: PeerPlan;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #statuses = new StatusReader();
  readonly #bornMs = performance.now();
  #nextStream = 1;
  #window = WINDOW_DEFAULT;
  #windowOfStreams = WINDOW_DEFAULT;
  #out: Buffer[] = [];
  #unrefilled = 0;
  #acked = 0;
  #answered = 0;
  #barrier: number | undefined;
  #goaway: string | undefined;
  #fault: string | undefined;
  #heard = false;
  #closedByUs = false;

  constructor(plan: PeerPlan) {
    this.#plan = plan;
    this.#reader = new FrameReader((each) => this.#onFrame(each), plan.mute);
    this.#socket = connect({ port: plan.port, host: '127.0.0.1', localAddress: plan.from, noDelay: true });
    this.#socket.on('error', (fault: NodeJS.ErrnoException) => {
      this.#fault = fault.code === 'ECONNREFUSED' ? 'connection refused' : 'connection reset';
    });
    this.#socket.on('close', () => this.#closed());
    this.#socket.on('data', (bytes: Buffer) => {
      this.#heard = true;
      this.#reader.push(bytes);
      this.flush();
    });
    this.#socket.write(plan.greeting);
  }

  get ageMs(): number {
    return performance.now() - this.#bornMs;
  }

  /** The service does not take what was written to it. */
  get blocked(): boolean {
    return this.#socket.writableLength > UNSENT_BYTES_MAX;
  }

  get connected(): boolean {
    return !this.#socket.connecting && !this.#socket.destroyed;
  }

  /** I1. */
  get arrived(): number {
    const cut = this.#socket.destroyed && !this.#closedByUs && this.#fault !== 'connection refused';
    const least = this.sent > 0 && (cut || this.#goaway !== undefined) ? 1 : 0;
    return Math.max(this.#acked, this.#answered, least);
  }

  /** Everything that was sent has arrived, or nothing more will be known of it. */
  get settled(): boolean {
    return this.#acked === this.sent || this.#goaway !== undefined || this.#socket.destroyed;
  }

  write(bytes: Buffer): void {
    this.#out.push(bytes);
  }

  /** Sends what has gathered. */
  flush(): void {
    if (this.#out.length === 0) return;
    this.#socket.write(this.#out.length === 1 ? (this.#out[0] as Buffer) : Buffer.concat(this.#out));
    this.#out = [];
  }

  /** Room for another call with as many bytes of data. */
  hasRoom(dataBytes: number): boolean {
    return (
      this.open.size < this.streamsMax && this.#window >= dataBytes && this.#windowOfStreams >= dataBytes
    );
  }

  /** Sends a call, answers its stream; the caller has asked whether there is room. */
  call(template: CallTemplate): number {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.write(stamped(template, stream));
    this.#window -= template.dataBytes;
    const window = this.#windowOfStreams - template.dataBytes;
    this.open.set(stream, { window, ended: template.ends, answered: false });
    return stream;
  }

  /** The stream is over for both sides: the attack has reset it. */
  forget(stream: number): void {
    this.open.delete(stream);
  }

  /** The service has not said how the call ends. */
  isUnanswered(stream: number): boolean {
    return this.open.get(stream)?.answered === false;
  }

  /** Sends as much of `bytes` on an open call as the windows and one frame take; answers how much. */
  data(stream: number, bytes: Buffer): number {
    const call = this.open.get(stream);
    const length = Math.min(bytes.length, this.#window, call?.window ?? 0, FRAME_PAYLOAD_MAX);
    if (call === undefined || length <= 0) return 0;
    this.#window -= length;
    call.window -= length;
    this.write(frame(TYPE.data, 0, stream, bytes.subarray(0, length)));
    return length;
  }

  /** Asks for a sign that all units so far were read; one question at a time. */
  barrier(): void {
    if (this.#barrier !== undefined || !this.ready || this.sent === this.#acked) return;
    this.#barrier = this.sent;
    this.write(frame(TYPE.ping, 0, 0, QUESTION));
    this.flush();
  }

  /** From here on it answers as HTTP/2 wants it. */
  speak(): void {
    this.#reader.release();
    this.flush();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  leave(): void {
    this.#closedByUs = true;
    this.#socket.destroy();
  }

  #closed(): void {
    this.ready = false;
    if (this.#closedByUs) this.#plan.tally.connectionKept(this);
    else
      this.#plan.tally.connectionCut(
        this,
        this.#goaway ?? this.#fault ?? (this.#heard ? 'closed' : 'closed without a word'),
      );
    this.#plan.gone(this);
  }

  #onFrame({ type, flags, stream, payload }: ReadFrame): void {
    switch (type) {
      case TYPE.settings:
        if ((flags & FLAG.ack) === 0) this.#settings(payload);
        return;
      case TYPE.ping:
        if ((flags & FLAG.ack) === 0) this.write(frame(TYPE.ping, FLAG.ack, 0, payload));
        else if (payload.equals(QUESTION)) this.#passed();
        return;
      case TYPE.headers: {
        const status = this.#status(payload);
        if ((flags & FLAG.endStream) !== 0) this.#replied(stream, `status ${status}`);
        return;
      }
      case TYPE.data:
        this.#refill(payload.length);
        if ((flags & FLAG.endStream) !== 0) this.#replied(stream, 'end');
        return;
      case TYPE.reset:
        this.#replied(stream, `rst ${errorName(payload.readUInt32BE())}`);
        this.forget(stream);
        return;
      case TYPE.goaway:
        this.#answered = Math.max(this.#answered, (payload.readUInt32BE() + 1) / 2);
        this.#goaway = `goaway ${errorName(payload.readUInt32BE(4))}`;
        this.ready = false;
        return;
      case TYPE.windowUpdate:
        this.#widen(stream, payload.readUInt32BE());
    }
  }

  #settings(settings: Buffer): void {
    for (let at = 0; at < settings.length; at += 6) {
      const value = settings.readUInt32BE(at + 2);
      if (settings.readUInt16BE(at) === SETTING.streamsMax) this.streamsMax = Math.min(value, STREAMS_MAX);
      if (settings.readUInt16BE(at) === SETTING.initialWindow) this.#windowOfStreams = value;
    }
    this.write(frame(TYPE.settings, FLAG.ack, 0));
    this.ready = this.#goaway === undefined;
  }

  #passed(): void {
    this.#acked = this.#barrier ?? this.#acked;
    this.#barrier = undefined;
  }

  #status(block: Buffer): number {
    try {
      return this.#statuses.read(block, 0, block.length);
    } catch {
      return -1;
    }
  }

  /** A call that its caller has not ended stays open for as long as the service lets it; a reset behind an answer says no more. */
  #replied(stream: number, how: string): void {
    const call = this.open.get(stream);
    if (call === undefined || call.answered) return;
    call.answered = true;
    this.#answered++;
    this.#plan.tally.callEnded(how);
    if (call.ended) this.forget(stream);
  }

  #widen(stream: number, by: number): void {
    const call = this.open.get(stream);
    if (stream === 0) this.#window += by;
    else if (call !== undefined) call.window += by;
  }

  #refill(bytes: number): void {
    this.#unrefilled += bytes;
    if (!this.#plan.reads || this.#unrefilled < REFILL_BYTES) return;
    this.write(windowUpdateFrame(0, this.#unrefilled));
    this.#unrefilled = 0;
  }
}
