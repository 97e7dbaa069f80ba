import type { EventWarning } from '../core/event/event-warning.ts';
import type { Observer } from '../port/observer.ts';

/** Counts what was odd about an event, by rule and source; the observer bounds how many labels there are. */
export function countWarnings(
  observer: Observer,
  source: string,
  warnings: readonly EventWarning[] | undefined,
): void {
  if (warnings === undefined) return;
  for (const { rule } of warnings) observer.count('attune_event_warnings_total', 1, `${rule} ${source}`);
}
