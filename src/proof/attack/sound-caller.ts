import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { SOUND_DECIDE } from './sound-bodies.ts';

const DEADLINE_MS = 5_000;
const OK = 'ok';
const TRIES_MAX = 2;

/**
 * A caller who behaves, from an address of its own: one connection, a token, a deadline with each call. It connects again when
 * the service closes the connection, and sends again what the service refused unseen, as every gRPC client does.
 */
export class SoundCaller {
  readonly #plan: { readonly port: number; readonly from: string; readonly token: string };
  #session: ClientHttp2Session | undefined;

  constructor(plan: { readonly port: number; readonly from: string; readonly token: string }) {
    this.#plan = plan;
  }

  /** Asks for one decision; resolves with how long it took, in ms. Rejects with a sentence when it was not answered with OK. */
  async decide(body: Buffer): Promise<number> {
    const startMs = performance.now();
    for (let tries = 1; ; tries++) {
      const answer = await this.#call(body);
      if (answer === OK) return performance.now() - startMs;
      if (answer !== 'refused' || tries === TRIES_MAX) throw new Error(answer);
    }
  }

  close(): void {
    this.#session?.destroy();
  }

  #call(body: Buffer): Promise<string> {
    return new Promise((resolve) => {
      let stream: ClientHttp2Stream;
      try {
        stream = this.#connected().request({
          ':method': 'POST',
          ':path': SOUND_DECIDE,
          'content-type': 'application/grpc',
          te: 'trailers',
          authorization: `Bearer ${this.#plan.token}`,
          'grpc-timeout': `${DEADLINE_MS}m`,
        });
      } catch (fault) {
        resolve(fault instanceof Error ? fault.message : String(fault));
        return;
      }
      const timer = setTimeout(() => {
        resolve(`no answer in ${DEADLINE_MS} ms`);
        stream.close(constants.NGHTTP2_CANCEL);
      }, DEADLINE_MS);
      const heard = (headers: Record<string, unknown>): void => {
        const { 'grpc-status': status, 'grpc-message': message } = headers;
        if (status !== undefined)
          resolve(status === '0' ? OK : `status ${status}: ${decodeURIComponent(String(message))}`);
      };
      stream.on('response', heard);
      stream.on('trailers', heard);
      stream.on('error', (fault) => resolve(fault.message));
      stream.on('close', () => {
        clearTimeout(timer);
        resolve(
          stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? 'refused' : `closed with ${stream.rstCode}`,
        );
      });
      stream.resume();
      stream.end(body);
    });
  }

  #connected(): ClientHttp2Session {
    if (this.#session !== undefined) return this.#session;
    const { port, from } = this.#plan;
    const session = connect(`http://127.0.0.1:${port}`, {
      createConnection: () => connectSocket({ port, host: '127.0.0.1', localAddress: from, noDelay: true }),
    });
    const over = (): void => {
      if (this.#session === session) this.#session = undefined;
    };
    // What the calls on it hear says more.
    session.on('error', over);
    session.on('goaway', over);
    session.on('close', over);
    this.#session = session;
    return session;
  }
}
