/** Failures of nodes. */
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../client/attune-client.ts';
import { INTERVALS } from '../../config/limits.ts';
import { type Fault, ONE_SERVER, type Play } from './fault.ts';
import type { ProbeEvent } from './probe.ts';
import type { StagedNode } from './stage.ts';

const TAKEOVER_MS_MAX = 5_000;
const HANDOFF_MS_MAX = 500;
const QUANTILE = 0.99;
/** A zombie is asked so often while it stands still; it finds all of it when it goes on. */
const ASK_ZOMBIE_MS = 200;
const ZOMBIE_DEADLINE_MS = 30_000;

export const NODE_FAULTS: readonly Fault[] = [
  {
    name: 'node killed',
    does: 'SIGKILL to an owner; it is started again once the others have its shards.',
    stage: ONE_SERVER,
    bounds: { measures: { takeoverP99Ms: TAKEOVER_MS_MAX } },
    async play(play) {
      const takeovers: number[] = [];
      await repeated(play, async (victim) => {
        const { stage, probe } = play;
        const shards = stage.shardsOf(victim);
        const killedAt = performance.now();
        await stage.endNode(victim, 'SIGKILL');
        takeovers.push((await probe.answered(shards, killedAt)) - killedAt);
        await stage.startNode(victim);
      });
      return { takeovers: takeovers.length, takeoverP99Ms: quantileOf(takeovers) };
    },
  },
  {
    name: 'node ended',
    does: 'SIGTERM to an owner, which hands its shards over, and a start again: a rolling restart.',
    stage: ONE_SERVER,
    bounds: { errorsMax: 0, measures: { handoffP99Ms: HANDOFF_MS_MAX } },
    async play(play) {
      const { stage, probe } = play;
      const handoffs: number[] = [];
      await repeated(play, async (victim) => {
        const shards = stage.shardsOf(victim);
        const from = performance.now();
        await stage.endNode(victim, 'SIGTERM');
        await probe.answered(shards, performance.now());
        await stage.startNode(victim);
        await stage.settled();
        const until = await probe.answered(stage.shardsOf(victim), performance.now());
        // Those that went away, and those that came back.
        for (const shard of new Set([...shards, ...stage.shardsOf(victim)]))
          handoffs.push(longestMs(probe.asked, shard, { from, until }));
      });
      return { handoffs: handoffs.length, handoffP99Ms: quantileOf(handoffs) };
    },
  },
  {
    name: 'node stands still',
    does: 'SIGSTOP to an owner until others have its shards, and SIGCONT: it must neither answer from its memory nor write.',
    stage: ONE_SERVER,
    bounds: {},
    async play(play) {
      await repeated(play, async (zombie) => {
        const { stage, probe } = play;
        const shards = stage.shardsOf(zombie);
        const direct = connect(stage.addresses[zombie.place] ?? '', {
          ...{ deadlineMs: ZOMBIE_DEADLINE_MS, retry: { attemptsMax: 1 } },
        });
        try {
          const stoppedAt = performance.now();
          await stage.stopNode(zombie);
          const reads: Promise<unknown>[] = [];
          const read = async (): Promise<void> => {
            for (const shard of shards) reads.push(probe.readAt(direct, shard).catch(() => {}));
            await pause(ASK_ZOMBIE_MS);
          };
          const back = probe.answered(shards, stoppedAt + INTERVALS.nodeLeaseMs).then(() => true);
          while (!(await Promise.race([back, read().then(() => false)])));
          await read();
          stage.goOn(zombie);
          for (let i = 0; i < 10; i++) await read();
          await Promise.all(reads);
        } finally {
          direct.close();
        }
      });
      return undefined;
    },
  },
  {
    name: 'scaled',
    does: 'One node becomes three, and then two, under load.',
    stage: { servers: 1, nodes: 1 },
    bounds: { errorsMax: 0 },
    async play({ stage }) {
      await stage.addNode();
      await stage.addNode();
      await stage.settled();
      await stage.endNode(stage.nodes[0] as StagedNode, 'SIGTERM');
      await stage.settled();
      return undefined;
    },
  },
];

/** Plays it once for each time, each time with the next node. */
async function repeated(
  { stage, times, played }: Play,
  once: (victim: StagedNode) => Promise<void>,
): Promise<void> {
  for (let time = 0; time < times; time++) {
    await once(stage.nodes[time % stage.nodes.length] as StagedNode);
    await stage.settled();
    played();
  }
}

/** The longest wait for an event of a shard that was on its way at some time in this stretch. */
function longestMs(
  asked: readonly ProbeEvent[],
  shard: number,
  { from, until }: { readonly from: number; readonly until: number },
): number {
  let longest = 0;
  for (const one of asked)
    if (one.shard === shard && one.endedAt >= from && one.sentAt <= until)
      longest = Math.max(longest, one.endedAt - one.sentAt);
  return longest;
}

function quantileOf(ms: readonly number[]): number {
  const sorted = [...ms].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(QUANTILE * sorted.length))] ?? 0);
}
