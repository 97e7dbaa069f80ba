import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { DeploymentNodeSchema, type ShardState, ShardStateSchema } from '../../gen/attune/v1/admin_pb.ts';
import { clusterText, isBroken, lookAtCluster, type Said, type SaidFirst } from './cluster-state.ts';

const A = '127.0.0.1:7411';
const B = '127.0.0.1:7421';

/** A shard a word: its owner and how the node that speaks says it is. */
function said(...words: readonly (readonly [owner: string, state: string, epoch?: number])[]): ShardState[] {
  return words.map(([owner, state, epoch = 1], shard) =>
    create(ShardStateSchema, { shard, owner, state, epoch: BigInt(epoch), shardCount: words.length }),
  );
}

function look(
  first: readonly ShardState[],
  others: Readonly<Record<string, Said>> = {},
  nodes: SaidFirst['nodes'] = [],
) {
  return lookAtCluster(
    () => Promise.resolve({ shards: first, nodes, coreRevision: 2 }),
    (address) => Promise.resolve(others[address] ?? { fault: 'not asked in this test' }),
  );
}

describe('what is told of a deployment:', () => {
  test('each node with its shards, and that all are served', async () => {
    const state = await look(said([A, 'serving'], [B, 'not_owned'], [A, 'serving']), {
      [B]: said([A, 'not_owned'], [B, 'serving'], [A, 'not_owned']),
    });
    expect(clusterText(state)).toEqual([
      `node ${A}  2 shards`,
      `node ${B}  1 shard`,
      'all 3 shards are served',
    ]);
    expect(isBroken(state)).toBe(false);
  });

  test('what only the owner knows: that it still opens a shard', async () => {
    const state = await look(said([A, 'serving'], [B, 'not_owned']), {
      [B]: said([A, 'not_owned'], [B, 'recovering']),
    });
    expect(clusterText(state)).toContain(`node ${B}  1 shard, recovering shard 1`);
    expect(isBroken(state)).toBe(false);
  });

  test('an owner that does not answer serves nothing', async () => {
    const words = [...Array.from({ length: 4 }, () => [B, 'not_owned'] as const), [A, 'serving'] as const];
    const state = await look(said(...words), { [B]: { fault: 'nobody listens there' } });
    expect(clusterText(state)).toEqual([
      `node ${A}  1 shard`,
      `node ${B}  4 shards, does not answer: nobody listens there`,
      'nobody serves shards 0-3',
    ]);
    expect(isBroken(state)).toBe(true);
  });

  test('a shard without an owner, and one whose owner does not have it', async () => {
    const state = await look(said(['', 'not_owned'], [A, 'serving'], [B, 'not_owned']), {
      [B]: said(['', 'not_owned'], [A, 'not_owned'], [A, 'not_owned']),
    });
    expect(clusterText(state)).toContain('nobody serves shards 0, 2');
  });

  test('a log that does not answer', async () => {
    const state = await look(said([A, 'suspended'], [A, 'serving']));
    expect(clusterText(state)).toEqual([`node ${A}  2 shards, the log does not answer for shard 0`]);
    expect(isBroken(state)).toBe(true);
  });

  test('of two that have a shard the one behind the later fence', async () => {
    const state = await look(said([A, 'serving', 3], [B, 'not_owned']), {
      [B]: said([B, 'serving', 7], [B, 'serving', 2]),
    });
    expect(clusterText(state)).toEqual([`node ${B}  2 shards`, 'all 2 shards are served']);
  });

  test('a node that is drained, though it has no shards, and one that is about to end', async () => {
    const drained = {
      ...{ standing: 'drained', drainedBy: 'anna', drainedWhy: 'new disk' },
      drainedSince: timestampFromMs(Date.UTC(2026, 2, 3, 10)),
    };
    const nodes = [
      create(DeploymentNodeSchema, { address: A, standing: 'ends' }),
      create(DeploymentNodeSchema, { address: B, ...drained }),
    ];
    const state = await look(said([A, 'serving']), {}, nodes);
    expect(clusterText(state)).toEqual([
      `node ${A}  1 shard, about to end`,
      `node ${B}  0 shards, drained since 2026-03-03 10:00:00 UTC by anna (new disk)`,
      'all 1 shards are served',
    ]);
    expect(isBroken(state)).toBe(false);
  });

  test('that a later core revision can be finalised', async () => {
    const nodes = [
      create(DeploymentNodeSchema, { address: A, standing: 'serves', coreRevisions: [2] }),
      create(DeploymentNodeSchema, { address: B, standing: 'serves', coreRevisions: [2, 3] }),
    ];
    const state = await look(said([A, 'serving']), {}, nodes);
    expect(clusterText(state).at(-1)).toBe(
      'core revision 2 is in force; attune cluster finalise raises it to 3, when all nodes carry that',
    );
    expect(clusterText(await look(said([A, 'serving']), {}, nodes.slice(0, 1))).at(-1)).toBe(
      'all 1 shards are served',
    );
  });
});
