import { describe, expect, test } from 'vitest';
import type { NodeMembership, NodeRow, SeenMap, ShardMap } from './membership.ts';

/** One place where a deployment's members are kept; each `open` is another node's view of it. */
export interface MembershipHome {
  open(): NodeMembership;
  destroy(): Promise<void>;
}

const row = (id: string): NodeRow => ({
  ...{ id, address: `127.0.0.1:${id.length}`, isDraining: false, version: '1' },
});
const conflict = { kind: 'conflict' };

/** The laws of a NodeMembership; every adapter's test calls this with a maker of empty homes. */
export function membershipContract(name: string, makeHome: () => Promise<MembershipHome>): void {
  const inHome = async (body: (home: MembershipHome) => Promise<void>): Promise<void> => {
    const home = await makeHome();
    try {
      await body(home);
    } finally {
      await home.destroy();
    }
  };

  describe(`${name} is a NodeMembership`, () => {
    test('nobody is there at first, and there is no map', () =>
      inHome(async (home) => {
        expect(await home.open().read()).toEqual({ nodes: [], map: undefined, mapRevision: 0 });
      }));

    test('who joined is seen by all, with another revision after each renewal', () =>
      inHome(async (home) => {
        const [one, two] = [home.open(), home.open()];
        const first = await one.join(row('a'));
        expect((await two.read()).nodes).toEqual([{ ...row('a'), revision: first }]);
        const second = await one.renew({ ...row('a'), isDraining: true }, first);
        expect(second).not.toBe(first);
        await two.join(row('bb'));
        const { nodes } = await two.read();
        expect(nodes.map(({ id, isDraining }) => [id, isDraining]).sort()).toEqual([
          ['a', true],
          ['bb', false],
        ]);
      }));

    test('who was removed can not renew, and may join again', () =>
      inHome(async (home) => {
        const [one, two] = [home.open(), home.open()];
        const first = await one.join(row('a'));
        await expect(two.join(row('a'))).rejects.toMatchObject(conflict);
        const second = await one.renew(row('a'), first);
        await expect(two.remove('a', first)).rejects.toMatchObject(conflict);
        await two.remove('a', second);
        await expect(one.renew(row('a'), second)).rejects.toMatchObject(conflict);
        expect((await one.read()).nodes).toEqual([]);
        const again = await one.join(row('a'));
        expect((await two.read()).nodes).toEqual([{ ...row('a'), revision: again }]);
      }));

    test('of several who write the map at once one comes first', () =>
      inHome(async (home) => {
        const views = Array.from({ length: 8 }, () => home.open());
        const map = (owner: string): ShardMap => ({ owners: [owner, owner], handoffs: {} });
        for (let round = 0; round < 5; round++) {
          const { mapRevision } = await (views[0] as NodeMembership).read();
          const written = await Promise.allSettled(
            views.map((view, n) => view.writeMap(map(`n${n}`), mapRevision)),
          );
          const first = written.findIndex(({ status }) => status === 'fulfilled');
          expect(written.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
          for (const one of written)
            if (one.status === 'rejected') expect(one.reason).toMatchObject(conflict);
          expect((await (views[7] as NodeMembership).read()).map).toEqual(map(`n${first}`));
        }
      }));

    test('a row keeps what the node says of its program, and of the edition that was proposed last', () =>
      inHome(async (home) => {
        const said: NodeRow = {
          ...row('a'),
          program: { revisions: [2, 3], formats: { profile: [1, 2] } },
          held: { proposed: 'model 8-x', why: 'no' },
        };
        const revision = await home.open().join(said);
        expect((await home.open().read()).nodes).toEqual([{ ...said, revision }]);
      }));

    test('the map keeps what operators said of nodes, and what was finalised', () =>
      inHome(async (home) => {
        const drained = { b: { by: 'anna', why: 'new disk', since: 1_000 } };
        const map: ShardMap = { owners: ['a'], handoffs: {}, drained, core: 2, formats: { profile: 2 } };
        await home.open().writeMap(map, 0);
        expect((await home.open().read()).map).toEqual(map);
      }));

    test('who waits for the map is told soon', () =>
      inHome(async (home) => {
        const [one, two] = [home.open(), home.open()];
        let told: SeenMap | undefined;
        const stop = two.onMap((seen) => {
          told = seen;
        });
        // What is written before the waiting has begun may not be told.
        let revision = 0;
        while (told === undefined) {
          revision = await one.writeMap({ owners: ['a'], handoffs: { 0: 'b' } }, revision);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        stop();
        expect(told).toMatchObject({ map: { owners: ['a'], handoffs: { 0: 'b' } } });
        expect(told.mapRevision).toBeLessThanOrEqual(revision);
        expect((await two.read()).map).toEqual({ owners: ['a'], handoffs: { 0: 'b' } });
      }));
  });
}
