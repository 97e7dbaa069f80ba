import { setTimeout as pause } from 'node:timers/promises';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { callService, type Flags } from '../call/call-service.ts';
import { type ClusterState, clusterText, isBroken, lookAtCluster, type Said } from './cluster-state.ts';

/** A shard that is handed over has no owner for some ten milliseconds: nobody is said to serve it after so many looks. */
const LOOKS = 3;
const BETWEEN_MS = 500;

/** `attune cluster status`: exit code 1 where some shards are served by nobody, or their log does not answer. */
export async function clusterStatus(flags: Flags): Promise<void> {
  let state = await readCluster(flags);
  for (let looks = 1; looks < LOOKS && isBroken(state); looks++) {
    await pause(BETWEEN_MS);
    state = await readCluster(flags);
  }
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(state)}\n` : `${clusterText(state).join('\n')}\n`,
  );
  if (isBroken(state)) process.exitCode = EXIT.found;
}

/** As it is now. Throws CommandError. */
export function readCluster(flags: Flags): Promise<ClusterState> {
  return lookAtCluster(
    () =>
      callService(flags, async ({ admin }) => {
        const { nodes, coreRevision } = await admin.nodes();
        return { shards: await admin.shards(), nodes, coreRevision };
      }),
    async (address): Promise<Said> => {
      try {
        // One that is gone is told at once, and not waited for.
        return await callService({ ...flags, address }, (client) => client.admin.shards(), {
          retry: { attemptsMax: 1 },
        });
      } catch (fault) {
        if (!(fault instanceof CommandError)) throw fault;
        return { fault: firstLine(fault.message) };
      }
    },
  );
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
