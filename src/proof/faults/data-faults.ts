/** Failures of what servers keep, and of what clocks show. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, ONE_SERVER } from './fault.ts';
import type { FaultStage } from './stage.ts';

const LASTS_MS = 6_000;
const STEPS = 4;
const LOG = 'attune-log-0';
const CLOCK = new URL('./stepped-clock.ts', import.meta.url).href;

export const DATA_FAULTS: readonly Fault[] = [
  {
    name: 'clock steps',
    does: 'The wall clock of a node stands an hour later, right again, an hour earlier and right again, while it runs.',
    stage: { ...ONE_SERVER, nodeFlags: ['--import', CLOCK] },
    bounds: { errorsMax: 0 },
    async play({ stage, rng }) {
      const pid = stage.nodes[rng.intBelow(stage.nodes.length)]?.target?.pid;
      if (pid === undefined) throw new Error('the node does not run');
      for (let step = 0; step < STEPS; step++) {
        process.kill(pid, 'SIGUSR2');
        await pause(LASTS_MS / 2);
      }
      return undefined;
    },
  },
  {
    name: 'stream full',
    does: 'The log of a shard may not grow for a while.',
    stage: ONE_SERVER,
    bounds: {},
    async play({ stage }) {
      const room = await roomOf(stage, 'full');
      await pause(LASTS_MS);
      await roomOf(stage, room);
      return undefined;
    },
  },
];

/** Sets how many bytes the log may have, `full`: as many as it has; returns how many it might have before. */
function roomOf(stage: FaultStage, bytes: number | 'full'): Promise<number> {
  return stage.asNatsOperator(async (manager) => {
    const { config, state } = await manager.streams.info(LOG);
    await manager.streams.update(LOG, { max_bytes: bytes === 'full' ? Math.max(1, state.bytes) : bytes });
    return config.max_bytes;
  });
}
