import { describe, expect, test } from 'vitest';
import { catalogLogContract } from '../../port/catalog-log.contract.ts';
import { editionsContract } from '../../port/editions.contract.ts';
import { erasuresContract } from '../../port/erasures.contract.ts';
import { wokenBy } from '../../port/follow.contract.ts';
import { NatsCatalogLog } from './nats-catalog-log.ts';
import { NatsEditions } from './nats-editions.ts';
import { NatsErasures } from './nats-erasures.ts';
import { onNats } from './nats-home.fixture.ts';

onNats((home) => {
  editionsContract(
    'NatsEditions',
    async () => {
      const deployment = home.deployment();
      return {
        open: async (now) => new NatsEditions(deployment.door(), deployment, { now }),
        destroy: () => deployment.destroy(),
      };
    },
    { isShared: true },
  );

  catalogLogContract(
    'NatsCatalogLog',
    async () => {
      const deployment = home.deployment();
      return {
        open: async () => new NatsCatalogLog(deployment.door(), deployment),
        destroy: () => deployment.destroy(),
      };
    },
    { isShared: true },
  );

  describe('erasures in a bucket', () => {
    let deployment = home.deployment();
    let opened = 0;
    // Each test of the contract opens its list twice.
    erasuresContract(
      async () => {
        if (opened++ % 2 === 0) deployment = home.deployment();
        return NatsErasures.open(deployment.door(), deployment);
      },
      { isShared: true },
    );
  });

  describe('NatsCatalogLog', () => {
    test('batches of several nodes are each whole, in one order, and read from the middle', async () => {
      const deployment = home.deployment();
      const logs = [1, 2, 3].map(() => new NatsCatalogLog(deployment.door(), deployment));
      const lasts = await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          (logs[n % 3] as NatsCatalogLog).append(
            Array.from({ length: (n % 4) + 1 }, (__, i) => Uint8Array.of(n, i)),
          ),
        ),
      );
      const reader = new NatsCatalogLog(deployment.door(), deployment);
      const all = await reader.read(1, 1_000);
      expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, at) => at + 1));
      for (const [n, last] of lasts.entries())
        expect(all.slice(last - (n % 4) - 1, last).map(({ bytes: [who, i] }) => [who, i])).toEqual(
          Array.from({ length: (n % 4) + 1 }, (_, i) => [n, i]),
        );
      for (const from of [2, 17, 40, all.length])
        expect(await reader.read(from, 7)).toEqual(all.slice(from - 1, from + 6));
      await deployment.destroy();
    });

    test('a batch that somebody else published is damaged, with its place', async () => {
      const deployment = home.deployment();
      const log = new NatsCatalogLog(deployment.door(), deployment);
      await log.append([Uint8Array.of(1)]);
      const connection = await home.connect('attune-node');
      connection.publish(`${deployment.prefix}.catalog`, 'nothing of ours');
      await connection.flush();
      await connection.close();
      await expect(log.append([Uint8Array.of(2)])).rejects.toMatchObject({
        ...{ kind: 'corrupt', message: expect.stringMatching(/message 2 is damaged/) },
      });
      await deployment.destroy();
    });
  });

  test('who follows hears on over the next connection, and is woken for what was missed in between', async () => {
    const deployment = home.deployment();
    const [door, elsewhere] = [deployment.door(), deployment.door()];
    const editions = new NatsEditions(door, deployment, { now: () => 0 });
    const others = new NatsEditions(elsewhere, deployment, { now: () => 0 });
    const put = async (version: string): Promise<void> => {
      await others.put({ kind: 'policy', version, sha256: '', bytes: Uint8Array.of(1) });
      await others.use('policy', version, await others.current('policy'));
    };
    await editions.current('policy');
    let woken = 0;
    const stop = editions.follow(() => void woken++);
    await door.current?.connection.close();
    await put('1');
    expect(woken).toBe(0);
    expect(await editions.current('policy')).toBe('1');
    expect(woken).toBe(1);
    await wokenBy(editions, { read: () => editions.current('policy'), write: () => put('2') });
    stop();
    const before = woken;
    await wokenBy(editions, { read: () => editions.current('policy'), write: () => put('3') });
    expect(woken).toBe(before);
    await deployment.destroy();
  });
});
