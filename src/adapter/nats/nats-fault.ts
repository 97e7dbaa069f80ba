/** What NATS answers, in the runtime's terms. */
import { JetStreamApiError } from '@nats-io/jetstream';
import { PortError } from '../../port/port-error.ts';

/** The server's `err_code`s that mean something of their own here (server/errors.json of nats-server). */
const WRONG_LAST_SEQUENCE = 10_071;
const FULL: ReadonlySet<number> = new Set([10_047, 10_077, 10_122]);
/** More than the stream or the server takes in one message. */
const TOO_BIG = 10_054;

/** `what`: a subject and a verb, such as "shard 3: the append". */
export function faultOf(what: string, code: number, description: string): PortError {
  const message = `${what} was refused by NATS (${code}): ${description}`;
  if (code === WRONG_LAST_SEQUENCE) return new PortError('conflict', message);
  if (FULL.has(code) || code === TOO_BIG) return new PortError('full', message);
  return new PortError('unavailable', message);
}

/** Of a call that threw. What the library rejected before it sent anything, and what came back, is told apart by its kind alone where that is certain. */
export function natsFault(what: string, cause: unknown): PortError {
  if (cause instanceof PortError) return cause;
  if (cause instanceof JetStreamApiError) return faultOf(what, cause.code, cause.message);
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new PortError('unavailable', `${what} was not answered by NATS: ${said}`, { cause });
}
