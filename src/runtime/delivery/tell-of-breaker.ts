import { CHANNELS } from '../../core/channel.ts';
import type { Runtime } from '../runtime.ts';
import type { Breaker } from './breaker.ts';

/** A line in the log, and a count, when a channel begins to fail; a line when it works again. */
export function tellOfBreaker(
  { observer }: Pick<Runtime, 'observer'>,
  channel: number,
  { isOpen }: Breaker,
): void {
  const name = CHANNELS[channel] ?? '';
  if (!isOpen) return observer.info(`channel ${name} works again: what waited for it goes on`);
  observer.count('attune_channel_failures_total', 1, name);
  observer.fault(
    `channel ${name} fails: it refuses deliveries for now, or does not answer them; one is tried at a time until it works`,
  );
}
