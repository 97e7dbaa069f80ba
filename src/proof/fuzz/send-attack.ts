import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { FuzzCall } from './make-attack.ts';

/** How a request ended. */
export interface Outcome {
  /** The gRPC status by its number, or `reset`, `http-<status>`, `open` (a stream that lives on), `closed` (we closed first), `lost`. */
  readonly status: string;
  /** The sentence of the status; '' without one. */
  readonly message: string;
  /** All that the service said: headers, trailers, messages, each as latin1 text. */
  readonly said: readonly string[];
  /** No end within the deadline. */
  readonly hung: boolean;
}

const SAID_BYTES_MAX = 1 << 20;
/** How long a stream of replies may say nothing before we go. */
const SILENT_MS = 300;
const SESSION_MEMORY_MB = 1_000;

/** A few connections that are opened again when one breaks. */
export class FuzzConnections {
  readonly #address: () => string;
  readonly #sessions: (ClientHttp2Session | undefined)[];
  #next = 0;

  constructor(address: () => string, count: number) {
    this.#address = address;
    this.#sessions = Array<undefined>(count).fill(undefined);
  }

  session(): ClientHttp2Session {
    const at = this.#next++ % this.#sessions.length;
    const known = this.#sessions[at];
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    // Node's own bound is for servers: beyond it a client refuses the answers to its large requests.
    const session = connect(this.#address(), { maxSessionMemory: SESSION_MEMORY_MB });
    session.on('error', () => {});
    session.on('goaway', () => session.close());
    this.#sessions[at] = session;
    return session;
  }

  close(): void {
    for (const session of this.#sessions) session?.destroy();
  }
}

/** Sends a request and waits for its end, at most `deadlineMs`. Never rejects. */
export function sendAttack(
  connections: FuzzConnections,
  attack: FuzzCall,
  deadlineMs: number,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const said: string[] = [];
    let bytes = 0;
    let status = '';
    let message = '';
    let stream: ClientHttp2Stream;
    let silent: NodeJS.Timeout | undefined;
    const finish = (fallback: string, hung = false): void => {
      clearTimeout(timer);
      clearTimeout(silent);
      resolve({ status: status === '' ? fallback : status, message, said, hung });
    };
    const timer = setTimeout(() => {
      stream?.close(8);
      finish('hung', true);
    }, deadlineMs);
    const read = (headers: IncomingHttpHeaders): void => {
      said.push(...textsOf(headers));
      const code = headers['grpc-status'];
      const http = Number(headers[':status'] ?? 200);
      if (code !== undefined) status = String(code);
      else if (http !== 200) status = `http-${http}`;
      if (typeof headers['grpc-message'] === 'string') message = decoded(headers['grpc-message']);
      // It was taken; who watches what seldom happens waits for its first message longer than we do.
      if (lives(attack) && status === '') silent = setTimeout(() => stream.close(8), SILENT_MS);
    };
    try {
      stream = connections.session().request(
        {
          ':method': 'POST',
          ':path': attack.path,
          'content-type': 'application/grpc',
          te: 'trailers',
          ...attack.headers,
        },
        { endStream: false },
      );
    } catch (fault) {
      // What this client refuses to send is no attack.
      finish(`unsent ${(fault as NodeJS.ErrnoException).code ?? ''}`);
      return;
    }
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= SAID_BYTES_MAX) said.push(chunk.toString('latin1'));
      // A stream of replies lives as long as its reader: one answer is enough.
      if (lives(attack)) stream.close(8);
    });
    stream.on('close', () => {
      if (lives(attack) && stream.rstCode === 8) finish('open');
      else finish(stream.rstCode === 0 ? 'lost' : `reset-${stream.rstCode}`);
    });
    void write(stream, attack).then((closed) => {
      // A call that was reset gets no answer; its effect on the service shows in other calls.
      if (closed) finish('closed');
    });
  });
}

/** Whether the stream of replies stays open for as long as we like. */
function lives({ method, ending }: FuzzCall): boolean {
  return method.streamsDown && !method.streamsUp && ending === 'half-close';
}

/** Writes the chunks; true when we reset the call behind them. */
async function write(stream: ClientHttp2Stream, attack: FuzzCall): Promise<boolean> {
  for (const chunk of attack.chunks) {
    if (stream.destroyed || stream.closed) return false;
    stream.write(chunk);
    // Each chunk in a frame of its own.
    if (attack.chunks.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  if (stream.destroyed || stream.closed) return false;
  if (attack.ending === 'reset') stream.close(attack.resetCode);
  else stream.end();
  return attack.ending === 'reset';
}

function textsOf(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const text = String(value);
    if (name.endsWith('-bin')) return [Buffer.from(text, 'base64').toString('latin1')];
    return name === 'grpc-message' ? [decoded(text)] : [text];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
