import { connectRaw } from './raw-client.ts';

const OK = 0;
/** Calls that are refused for a moment are sent again; the server says no more than this many times in a row. */
const RETRIES_MAX = 50;
const RETRYABLE = new Set([8, 14]);
const RETRY_MS = 20;

/** What came of a feed. */
export interface Fed {
  readonly calls: number;
  readonly retries: number;
}

/**
 * Sends every body once, `inFlight` at a time, and waits for all replies; `seen` may look at them, and at what they answer. Sends again what was
 * refused as overload. Throws on any other status.
 */
export async function feed(plan: {
  readonly port: number;
  readonly path: string;
  readonly bodies: Iterable<Buffer>;
  readonly inFlight: number;
  readonly seen?: (bytes: Buffer, start: number, end: number, body: Buffer) => void;
}): Promise<Fed> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const iterator = plan.bodies[Symbol.iterator]();
  const pending = new Map<number, { body: Buffer; tries: number }>();
  let calls = 0;
  let retries = 0;
  let waiting = 0;
  const send = (body: Buffer, tries: number) => {
    pending.set(connection.unary(plan.path, body), { body, tries });
  };
  const next = () => {
    const { value, done } = iterator.next();
    if (!done) {
      calls++;
      send(value, 0);
    } else if (pending.size === 0 && waiting === 0) resolve();
  };
  const connection = await connectRaw(plan.port, {
    message(stream, bytes, start, end) {
      const call = pending.get(stream);
      if (call) plan.seen?.(bytes, start, end, call.body);
    },
    end(stream, status) {
      const call = pending.get(stream);
      pending.delete(stream);
      if (!call) return;
      if (status === OK) return next();
      if (!RETRYABLE.has(status) || call.tries >= RETRIES_MAX || connection.closed) {
        reject(new Error(`${plan.path} ended with gRPC status ${status} after ${call.tries} retries.`));
        return;
      }
      retries++;
      waiting++;
      setTimeout(() => {
        waiting--;
        send(call.body, call.tries + 1);
      }, RETRY_MS);
    },
  });
  try {
    for (let i = 0; i < plan.inFlight; i++) next();
    await promise;
  } finally {
    connection.close();
  }
  return { calls, retries };
}
