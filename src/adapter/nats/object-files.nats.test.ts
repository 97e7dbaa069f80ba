import { jetstreamManager } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { expect, test } from 'vitest';
import { archiveContract } from '../../port/archive.contract.ts';
import { imagesContract } from '../../port/images.contract.ts';
import { onNats } from './nats-home.fixture.ts';
import { ObjectArchive } from './object-archive.ts';
import { ObjectImages } from './object-images.ts';

onNats((home) => {
  archiveContract(
    'ObjectArchive',
    async () => {
      const deployment = home.deployment();
      return {
        open: async () => new ObjectArchive(deployment.door(), deployment),
        destroy: () => deployment.destroy(),
      };
    },
    { runs: 5 },
  );

  test('an image whose removal was cut short is none', async () => {
    const deployment = home.deployment();
    const images = new ObjectImages(deployment.door(), deployment);
    const write = (at: number) =>
      images.write({
        ...{ shard: 3, generation: 1, sequence: 7, at, state: new Uint8Array(4) },
        rows: none(),
      });
    await write(1);
    const kept = await write(2);
    const connection = await home.connect('attune-node');
    const store = await new Objm(connection).open(`${deployment.prefix}-files-3`);
    await store.delete('image/7.1');
    await connection.close();
    expect(await images.list(3)).toEqual([kept]);
    await deployment.destroy();
  });

  imagesContract('ObjectImages', async () => {
    const deployment = home.deployment();
    return {
      open: async () => new ObjectImages(deployment.door(), deployment),
      damage: ({ shard }) => loseChunks(`OBJ_${deployment.prefix}-files-${shard}`),
      destroy: () => deployment.destroy(),
    };
  });

  /** Overwrites what the newest object of a bucket holds. */
  async function loseChunks(stream: string): Promise<void> {
    const connection = await home.connect('attune-node');
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info(stream, { subjects_filter: '$O.*.C.>' });
    const [subject] = Object.keys(state.subjects ?? {});
    await manager.streams.purge(stream, { filter: subject as string });
    connection.publish(subject as string, 'something else');
    await connection.flush();
    await connection.close();
  }

  test('a file that is removed leaves neither chunks nor an entry', async () => {
    const deployment = home.deployment();
    const archive = new ObjectArchive(deployment.door(), deployment);
    await archive.write(0, [{ sequence: 1, bytes: new Uint8Array(300_000) }], { from: 1, to: 2 });
    await archive.expire(0, 100, 100);
    const connection = await home.connect('attune-node');
    const { state } = await (await jetstreamManager(connection)).streams.info(
      `OBJ_${deployment.prefix}-files-0`,
    );
    expect(state.messages).toBe(0);
    await connection.close();
    await deployment.destroy();
  });
});

async function* none(): AsyncGenerator<never> {}
