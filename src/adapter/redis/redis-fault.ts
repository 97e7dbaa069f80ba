/** What Redis and its client answer, in the runtime's terms. */
import { PortError } from '../../port/port-error.ts';

/** Words with which Redis begins a refusal: nothing was done. LOADING reads its file after a start, READONLY became a replica, MASTERDOWN lost its primary, BUSY runs somebody's script. */
const REFUSED =
  /^(LOADING|READONLY|MASTERDOWN|BUSY|NOREPLICAS|CLUSTERDOWN|MISCONF|NOAUTH|WRONGPASS|NOPERM)\b/;
const WRONG = /^WRONGTYPE\b|\bWRONGTYPE /;
/** The client had no connection to send it over. */
const UNSENT = /Stream isn't writeable|Connection is closed/;

/** `failure`: why there was no connection last, for a command that found none. */
export function redisFault(what: string, cause: unknown, failure?: Error): PortError {
  if (cause instanceof PortError) return cause;
  // The client notes the command with its arguments there: profiles, and the password that was refused.
  if (cause instanceof Error && 'command' in cause) delete cause.command;
  const found = cause instanceof Error ? cause.message : String(cause);
  const said =
    UNSENT.test(found) && failure !== undefined ? `there is no connection: ${failure.message}` : found;
  if (said.startsWith('OOM'))
    return new PortError('full', `${what} found no memory left in Redis: ${said}`, { cause });
  // What a key holds was written by somebody else.
  if (WRONG.test(found))
    return new PortError('corrupt', `${what} met something else in Redis: ${said}`, { cause });
  const outcome = REFUSED.test(found) || UNSENT.test(found) ? 'nothing_written' : 'unknown';
  return new PortError('unavailable', `${what} was not done by Redis: ${said}`, { outcome, cause });
}
