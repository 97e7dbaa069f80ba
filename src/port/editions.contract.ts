import { describe, expect, test } from 'vitest';
import type { Edition, Editions } from './editions.ts';
import { wokenBy } from './follow.contract.ts';

/** One place where editions are kept; `open` may be called again after the last one was closed: a restart. */
export interface EditionsHome {
  /** `now` dates what is put. */
  open(now: () => number): Promise<Editions>;
  destroy(): Promise<void>;
}

/** The laws of Editions; every adapter's test calls this with a maker of empty homes. `isShared`: one that is open may be opened by others. */
export function editionsContract(
  name: string,
  makeHome: () => Promise<EditionsHome>,
  { isShared }: { readonly isShared: boolean },
): void {
  const inHome = async (body: (home: EditionsHome) => Promise<void>): Promise<void> => {
    const home = await makeHome();
    try {
      await body(home);
    } finally {
      await home.destroy();
    }
  };

  describe(`${name} keeps editions`, () => {
    test('an edition is there as it was put, also after a restart', () =>
      inHome(async (home) => {
        const editions = await home.open(() => 1_000);
        await editions.put(policy('1', 5, 6));
        await editions.close();
        const again = await home.open(() => 2_000);
        const found = await again.get('policy', '1');
        expect({ ...found, bytes: [...(found?.bytes ?? [])] }).toEqual({ ...policy('1'), bytes: [5, 6] });
        expect(await again.get('policy', '2')).toBeUndefined();
        expect(await again.get('model', '1')).toBeUndefined();
        await again.close();
      }));

    test('the same bytes may be put again, other bytes under the same version are a conflict', () =>
      inHome(async (home) => {
        const editions = await home.open(() => 1_000);
        await editions.put(policy('1', 5, 6));
        await editions.put(policy('1', 5, 6));
        await expect(editions.put(policy('1', 5, 7))).rejects.toMatchObject({ kind: 'conflict' });
        expect([...((await editions.get('policy', '1'))?.bytes ?? [])]).toEqual([5, 6]);
        expect(await editions.versions('policy')).toHaveLength(1);
        await editions.close();
      }));

    test('the version in force changes by compare-and-set, each kind its own', () =>
      inHome(async (home) => {
        const editions = await home.open(() => 1_000);
        await editions.put(policy('1', 1));
        await editions.put(policy('2', 2));
        expect(await editions.current('policy')).toBe('');
        await editions.use('policy', '1', '');
        await expect(editions.use('policy', '2', '')).rejects.toMatchObject({ kind: 'conflict' });
        await editions.use('policy', '2', '1');
        expect(await editions.current('model')).toBe('');
        await editions.close();
        const again = await home.open(() => 2_000);
        expect(await again.current('policy')).toBe('2');
        await again.close();
      }));

    test('of two uses with the same expectation one wins', () =>
      inHome(async (home) => {
        const editions = await home.open(() => 1_000);
        await Promise.all([editions.put(policy('1', 1)), editions.put(policy('2', 2))]);
        const results = await Promise.allSettled([
          editions.use('policy', '1', ''),
          editions.use('policy', '2', ''),
        ]);
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        await editions.close();
      }));

    test('a version that was never put cannot be put in force', () =>
      inHome(async (home) => {
        const editions = await home.open(() => 1_000);
        await expect(editions.use('policy', '9', '')).rejects.toMatchObject({ kind: 'conflict' });
        expect(await editions.current('policy')).toBe('');
        await editions.close();
      }));

    test('where several nodes share them, what one puts in force wakes the others and is read by them', () =>
      inHome(async (home) => {
        const editions = await home.open(() => 1_000);
        expect(editions.follow !== undefined).toBe(isShared);
        if (!isShared) return editions.close();
        const others = await home.open(() => 1_000);
        await editions.put(policy('1', 1));
        await wokenBy(others, {
          read: () => others.current('policy'),
          write: () => editions.use('policy', '1', ''),
        });
        expect(await others.current('policy')).toBe('1');
        await expect(others.use('policy', '1', '')).rejects.toMatchObject({ kind: 'conflict' });
        await others.close();
        await editions.close();
      }));

    test('versions come newest first with their time, the hundred newest at most', () =>
      inHome(async (home) => {
        let now = 1_000;
        const editions = await home.open(() => now);
        for (let n = 1; n <= 103; n++, now += 10) await editions.put(policy(`${n}`, n));
        await editions.put({ ...policy('x', 1), kind: 'model' });
        const versions = await editions.versions('policy');
        expect(versions.map(({ version }) => version)).toEqual(
          Array.from({ length: 100 }, (_, i) => `${103 - i}`),
        );
        expect(versions[0]).toEqual({ version: '103', sha256: policy('103').sha256, at: 2_020 });
        expect(await editions.versions('model')).toHaveLength(1);
        expect(await editions.versions('head')).toEqual([]);
        await editions.close();
      }));
  });
}

function policy(version: string, ...bytes: number[]): Edition {
  return { kind: 'policy', version, sha256: version.padStart(64, '0'), bytes: Uint8Array.from(bytes) };
}
