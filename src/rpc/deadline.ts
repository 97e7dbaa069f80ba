import type { RuntimeClock } from '../port/clock.ts';
import type { Call } from './call.ts';

/**
 * When the caller gives up, by the service's clock (which a scenario may turn, and which does not follow the machine's);
 * Infinity when it never said.
 */
export function deadlineOf(call: Call, clock: RuntimeClock): number {
  const { deadline } = call;
  return deadline === Infinity ? Infinity : clock.now() + deadline - Date.now();
}
