/** What Redis and its client answer, in the runtime's terms. */
import { PortError } from '../../port/port-error.ts';

/** Words with which Redis begins a refusal: nothing was done. LOADING reads its file after a start, READONLY became a replica, MASTERDOWN lost its primary, BUSY runs somebody's script. */
const REFUSED =
  /^(LOADING|READONLY|MASTERDOWN|BUSY|NOREPLICAS|CLUSTERDOWN|MISCONF|NOAUTH|WRONGPASS|NOPERM)\b/;
/** The client had no connection to send it over. */
const UNSENT = /Stream isn't writeable|Connection is closed/;

export function redisFault(what: string, cause: unknown): PortError {
  if (cause instanceof PortError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  if (said.startsWith('OOM'))
    return new PortError('full', `${what} found no memory left in Redis: ${said}`, { cause });
  const outcome = REFUSED.test(said) || UNSENT.test(said) ? 'nothing_written' : 'unknown';
  return new PortError('unavailable', `${what} was not done by Redis: ${said}`, { outcome, cause });
}
