import type { NatsDoor } from '../adapter/nats/nats-door.ts';
import { natsDoubts } from '../adapter/nats/nats-settings.ts';
import type { StreamOptions } from '../adapter/nats/shard-stream.ts';
import { PortError } from '../port/port-error.ts';
import type { ClusterSettings } from './cluster-settings.ts';

/** Throws PortError with a sentence for each doubt that was not accepted. */
export async function expectNats(
  door: NatsDoor,
  options: StreamOptions,
  { nats, natsAccepted }: Pick<ClusterSettings, 'nats' | 'natsAccepted'>,
): Promise<void> {
  const refused = (await natsDoubts(door, options)).filter(
    ({ doubt }) => doubt === undefined || !natsAccepted.includes(doubt),
  );
  if (refused.length > 0)
    throw new PortError(
      'unavailable',
      refused
        .map(({ doubt, sentence }) => `NATS at ${nats.join(', ')}${named(doubt)}: ${sentence}`)
        .join('\n'),
    );
}

export function named(doubt: string | undefined): string {
  return doubt === undefined ? '' : ` (${doubt})`;
}
