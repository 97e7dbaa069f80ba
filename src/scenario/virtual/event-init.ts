import type { EventInit } from '../../client/event-init.ts';
import { eventMessage } from '../../codec/message/event-message.ts';
import type { EventInput } from '../../core/event/event-input.ts';

/** An event of the world as the client sends it. */
export function eventInit(event: EventInput): EventInit {
  const { $typeName: _, ...init } = eventMessage(event);
  return init;
}
