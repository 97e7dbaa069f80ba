import { jetstreamManager } from '@nats-io/jetstream';
import { describe, expect, test } from 'vitest';
import { appendGroup, factLogContract } from '../../port/fact-log.contract.ts';
import type { NatsServer } from '../../proof/servers/nats-server.ts';
import { JetStreamFactLog } from './jetstream-fact-log.ts';
import type { NatsDoorOptions } from './nats-door.ts';
import { onNats } from './nats-home.fixture.ts';
import type { StreamOptions } from './shard-stream.ts';

onNats((home) => {
  factLogContract(
    'JetStreamFactLog',
    async () => {
      const deployment = home.deployment();
      return {
        open: async () => new JetStreamFactLog(deployment.door(), deployment),
        destroy: () => deployment.destroy(),
      };
    },
    { runs: 10 },
  );

  /** A deployment of one test, with what opens its log. */
  function deployed(change: Partial<StreamOptions> = {}) {
    const deployment = home.deployment(change);
    return { ...deployment, log: () => new JetStreamFactLog(deployment.door(), deployment) };
  }

  const bytes = (n: number): Uint8Array => Uint8Array.of(n, n, n);

  describe('JetStreamFactLog', () => {
    test('a full stream refuses an append, drops nothing, and takes the next one after a trim', async () => {
      const log = deployed({ maxBytes: 4_000 }).log();
      let last = 0;
      let fault: unknown;
      while (fault === undefined) {
        fault = await log.append(0, last, new Uint8Array(500)).catch((cause: unknown) => cause);
        if (fault === undefined) last++;
      }
      expect(fault).toMatchObject({ kind: 'full', outcome: 'nothing_written' });
      expect(await log.bounds(0)).toEqual({ first: 1, last });
      await log.trim(0, 2);
      await log.append(0, last, bytes(1));
      await log.close();
    });

    test('as many replicas are asked for as it is told: one server alone cannot hold three', async () => {
      const log = deployed({ replicas: 3 }).log();
      await expect(log.append(0, 0, bytes(1))).rejects.toMatchObject({
        ...{ kind: 'unavailable', outcome: 'nothing_written', message: expect.stringMatching(/replicas/) },
      });
      await log.close();
    });

    test('a record beyond what the server takes is refused, and the next one goes in', async () => {
      const log = deployed().log();
      const fault = await log.append(0, 0, new Uint8Array(9 * 2 ** 20)).catch((cause: unknown) => cause);
      expect(fault).toMatchObject({ kind: 'full', outcome: 'nothing_written' });
      await log.append(0, 0, bytes(1));
      expect(await log.bounds(0)).toEqual({ first: 1, last: 1 });
      await log.close();
    });

    test('a record that somebody else published is damaged, by its place; what stands before it is read', async () => {
      const asked = deployed();
      const log = asked.log();
      await log.append(0, 0, bytes(1));
      const connection = await home.connect('attune-node');
      connection.publish(`${asked.prefix}.log.0`, 'nothing of ours');
      await connection.flush();
      await connection.close();
      const corrupt = { kind: 'corrupt', message: expect.stringMatching(/log-0: record 2 is damaged/) };
      await expect(log.get(0, 2)).rejects.toMatchObject(corrupt);
      await expect(log.read(0, 1, 10)).rejects.toMatchObject(corrupt);
      expect(await log.read(0, 1, 1)).toHaveLength(1);
      await log.close();
    });

    test('two appends of a shard are never in flight together, so that none passes a rival that came between', async () => {
      const asked = deployed();
      const [owner, rival] = [asked.log(), asked.log()];
      for (let round = 0, last = 0; round < 30; round++) {
        const mine = [0, 1, 2, 3].map((n) =>
          owner.append(0, last + n, bytes(n)).then(
            () => true,
            () => false,
          ),
        );
        const fence = rival.append(0, last, bytes(99)).then(
          () => true,
          () => false,
        );
        const [kept, isFenced] = [await Promise.all(mine), await fence];
        if (isFenced) expect(kept).toEqual([false, false, false, false]);
        else expect(kept).toEqual([true, true, true, true]);
        ({ last } = await owner.bounds(0));
      }
      await owner.close();
      await rival.close();
    });

    test('a stream that is set otherwise than a log needs is not served', async () => {
      const asked = deployed();
      const connection = await home.connect('attune-operator');
      const manager = await jetstreamManager(connection);
      await manager.streams.add({
        name: `${asked.prefix}-log-0`,
        subjects: [`${asked.prefix}.log.0`],
        max_age: 1e9,
      });
      await connection.close();
      const log = asked.log();
      await expect(log.append(0, 0, bytes(1))).rejects.toMatchObject({
        ...{ kind: 'corrupt', outcome: 'nothing_written' },
        message: expect.stringMatching(/discard is "old", and a log needs "new"|max_age/),
      });
      await log.close();
    });

    test.each([
      [
        { allow_rollup_hdrs: true, deny_purge: false },
        /allow_rollup_hdrs is true, and a log must be without/,
      ],
      [{ allow_msg_ttl: true }, /allow_msg_ttl is true/],
      [{ no_ack: true }, /no_ack is true/],
      [{ deny_purge: true }, /deny_purge is true/],
      [{ republish: { src: '>', dest: 'copy.>' } }, /republish is \{/],
      [{ subject_transform: { src: '>', dest: 'else.>' } }, /subject_transform is \{/],
      [{ sources: [{ name: 'other' }] }, /sources is \[/],
      [{ persist_mode: 'async' }, /persist_mode is "async": it acknowledges what is not stored/],
    ])('one with %j neither', async (change, sentence) => {
      const asked = deployed();
      const connection = await home.connect('attune-operator');
      const manager = await jetstreamManager(connection);
      const laws = {
        storage: 'file',
        retention: 'limits',
        discard: 'new',
        deny_delete: true,
        allow_direct: false,
      };
      const name = { name: `${asked.prefix}-log-0`, subjects: [`${asked.prefix}.log.0`] };
      const given = { ...laws, ...name, ...change } as unknown as Parameters<typeof manager.streams.add>[0];
      await manager.streams.add(given);
      await connection.close();
      const log = asked.log();
      await expect(log.append(0, 0, bytes(1))).rejects.toMatchObject({
        ...{ kind: 'corrupt', outcome: 'nothing_written', message: expect.stringMatching(sentence) },
      });
      await log.close();
    });

    test('a stream that was here and is gone is not made anew', async () => {
      const asked = deployed();
      const log = asked.log();
      await log.append(0, 0, bytes(1));
      await asked.drop();
      await expect(log.append(0, 1, bytes(2))).rejects.toMatchObject({ kind: 'unavailable' });
      await expect(log.bounds(0)).rejects.toMatchObject({
        kind: 'corrupt',
        message: expect.stringMatching(/is gone/),
      });
      await log.close();
    });
  });

  describe('JetStreamFactLog without its server', () => {
    const logOf = (own: NatsServer, change: Partial<NatsDoorOptions> = {}) =>
      new JetStreamFactLog(home.door({ servers: [own.address], ...change }), {
        ...{ prefix: 'own', replicas: 1, maxBytes: 2 ** 20 },
      });

    test('an append in flight at a kill is unknown at once, the next ones are refused, and all goes on behind what was acknowledged', async () => {
      const { own, directory } = await home.ownServer();
      const log = logOf(own);
      for (let n = 0; n < 5; n++) await log.append(0, n, bytes(n));
      await own.standStill();
      const inFlight = log.append(0, 5, bytes(5)).catch((cause: unknown) => cause);
      own.signal('SIGKILL');
      expect(await inFlight).toMatchObject({ kind: 'unavailable', outcome: 'unknown' });
      await own.ended;
      expect(await log.append(0, 5, bytes(5)).catch((cause: unknown) => cause)).toMatchObject({
        ...{ kind: 'unavailable', outcome: 'nothing_written' },
      });
      await expect(log.bounds(0)).rejects.toMatchObject({ kind: 'unavailable' });
      const { own: again } = await home.ownServer({ directory, port: own.port });
      const { last } = await settled(() => log.bounds(0));
      expect(last).toBeGreaterThanOrEqual(5);
      await log.append(0, last, bytes(7));
      const records = await log.read(0, 1, 10);
      expect(records.slice(0, 5).map(({ bytes: [first] }) => first)).toEqual([0, 1, 2, 3, 4]);
      await log.close();
      await again.stop();
    });

    test('a server that stands still is given up after seconds, with everything that waited on it', async () => {
      const { own } = await home.ownServer();
      const log = logOf(own, { answerMs: 20_000 });
      await log.append(0, 0, bytes(0));
      await log.append(1, 0, bytes(0));
      await own.standStill();
      const faults = await appendGroup(log, [
        { shard: 0, expectedLast: 1, bytes: bytes(1) },
        { shard: 1, expectedLast: 1, bytes: bytes(1) },
      ]);
      expect(faults).toMatchObject([{ kind: 'unavailable', outcome: 'unknown' }, { outcome: 'unknown' }]);
      own.signal('SIGCONT');
      const { last } = await settled(() => log.bounds(0));
      await log.append(0, last, bytes(2));
      await log.close();
      await own.stop();
    });

    test('nobody there: it is said with the address, and not asked again at once', async () => {
      const { own } = await home.ownServer();
      await own.stop();
      const log = logOf(own, { redialMs: 60_000 });
      const first = await log.bounds(0).catch((cause: unknown) => cause);
      expect(first).toMatchObject({ kind: 'unavailable', message: expect.stringContaining(own.address) });
      await expect(log.bounds(0)).rejects.toThrow(/was asked a moment ago/);
      await log.close();
    });
  });

  /** What is answered once the service is back. */
  async function settled<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await ask();
      } catch (fault) {
        if (tries === 100) throw fault;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
});
