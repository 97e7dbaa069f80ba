import { eventMeaning } from '../../core/event/event-name.ts';
import type { Priority } from './request.ts';

/** Purchases, returns and consent are shed last, views before feedback. */
export function priorityOf(name: string): Priority {
  const { kind } = eventMeaning(name);
  return kind === 'order' || kind === 'refund' || kind === 'cancel' || kind === 'consent'
    ? 'critical'
    : 'view';
}
