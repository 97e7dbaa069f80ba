import type { ClientSettings } from './settings.ts';

/**
 * How long to wait before attempt `attempt` (1: the first retry): what the service asked for, and at least a share of
 * the doubled wait, of which one half is by chance, so that callers who failed together do not return together.
 */
export function backoffMs(
  { retry, random }: Pick<ClientSettings, 'retry' | 'random'>,
  attempt: number,
  askedMs: number,
): number {
  const whole = Math.min(retry.backoffMsMax, retry.backoffMs * 2 ** Math.min(attempt - 1, 30));
  return askedMs + whole / 2 + (random() * whole) / 2;
}

/** Resolves after `ms`. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
