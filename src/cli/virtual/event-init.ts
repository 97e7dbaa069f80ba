import type { EventInit } from '../../client/event-init.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import { eventMessage } from '../bench/event-bodies.ts';

/** An event of the world as the client sends it. */
export function eventInit(event: EventInput): EventInit {
  const { $typeName: _, ...init } = eventMessage(event);
  return init;
}
