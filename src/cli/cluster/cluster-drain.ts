import { setTimeout as pause } from 'node:timers/promises';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { callService, type Flags } from '../call/call-service.ts';
import { byIn } from '../call/pause.ts';
import { readCluster } from './cluster-status.ts';

/** Its customers wait some ten milliseconds a shard: 64 shards are over in two seconds, and one that does not go by then needs somebody to look. */
const GIVEN_AWAY_MS = 60_000;
const BETWEEN_MS = 250;

/** `attune cluster drain NODE`: tells a node to have no shards and waits until it has none; `--undo` ends that. Throws CommandError. */
export async function clusterDrain(node: string, flags: Flags): Promise<void> {
  const why = typeof flags.why === 'string' ? flags.why : '';
  const undo = flags.undo === true;
  const { changed, address, shards } = await callService(flags, ({ admin }) =>
    admin.drainNode(node, { by: byIn(flags), why, undo }),
  );
  const left = undo ? shards : await leftAt(address, flags);
  const answer = { changed, address, shards: left, standing: undo ? 'serves' : 'drained' };
  const text = undo ? undoneText(address, changed) : drainedText(address, { before: shards, left, changed });
  process.stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : `${text}\n`);
  if (!undo && left > 0)
    throw new CommandError(
      `${address} still has ${left} shards after ${GIVEN_AWAY_MS / 1_000} s: attune cluster status says who serves what`,
      EXIT.found,
    );
}

/** Shards of a node, when it has none or the time is over. */
async function leftAt(address: string, flags: Flags): Promise<number> {
  const until = performance.now() + GIVEN_AWAY_MS;
  for (;;) {
    const { nodes } = await readCluster(flags);
    const left = nodes.find((one) => one.address === address)?.shards.length ?? 0;
    if (left === 0 || performance.now() > until) return left;
    await pause(BETWEEN_MS);
  }
}

function undoneText(address: string, changed: boolean): string {
  return changed ? `node ${address} takes its part of the shards again` : `node ${address} was not drained`;
}

function drainedText(
  address: string,
  { before, left, changed }: { readonly before: number; readonly left: number; readonly changed: boolean },
): string {
  const given =
    left > 0 ? `is drained, and has given away ${before - left} of ${before} shards` : 'has no shards';
  return `node ${address} ${given}${changed ? '' : ' (it was drained already)'}`;
}
