import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readExtents } from '../adapter/disk/extents.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { openDiskStores } from './open-disk-stores.ts';
import { quietObserver } from './quiet-observer.ts';
import type { Stores } from './stores.ts';

const SHARDS = 2;
const NOW = Date.UTC(2026, 2, 2);
/** Of a beat that comes each second, on a machine that stalls. */
const BEAT_MS_MAX = 15_000;

let scratch: ScratchDirectory;
beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(() => scratch.remove());

function opened(dir: string, acceptLoss = false): Promise<Stores> {
  const quiet = { ...quietObserver, fault: () => {} };
  return openDiskStores({ dir, shards: SHARDS, acceptLoss, mode: 'serve' }, quiet, () => NOW);
}

/** Resolves when what is noted beside the log names `last` as the last records of the shards. */
async function noted(dir: string, last: readonly number[]): Promise<void> {
  const lasts = () => readExtents(dir).extent?.shards.map((shard) => shard.last);
  await vi.waitFor(() => expect(lasts()).toEqual(last), { timeout: BEAT_MS_MAX, interval: 20 });
}

/** What a kill leaves of a directory that is in use. */
function killed(dir: string): string {
  const to = `${dir}-killed`;
  cpSync(dir, to, { recursive: true, filter: (path) => !path.endsWith('/lock') });
  return to;
}

/** Takes from the log file whatever was written behind its first `bytes`. */
function cutLog(dir: string, bytes: number): void {
  const file = logFile(dir);
  const written = readFileSync(file);
  writeFileSync(file, written.fill(0, bytes));
}

function logFile(dir: string): string {
  return join(dir, 'log', '0000000001.log');
}

function usedOf(file: string): number {
  const bytes = readFileSync(file);
  return bytes.findLastIndex((byte) => byte !== 0) + 1;
}

test('a killed log that lost acknowledged records a beat later is refused by name, and gone on without when that is accepted', async () => {
  const dir = join(scratch.path, 'data');
  const stores = await opened(dir);
  await stores.log.append(0, 0, Buffer.from('kept'));
  const keptBytes = usedOf(logFile(dir));
  await stores.log.append(0, 1, Buffer.from('lost'));
  await stores.log.append(0, 2, Buffer.from('lost too'));
  await noted(dir, [3, 0]);
  // Not the first beat alone.
  await stores.log.append(1, 0, Buffer.from('lost later'));
  await noted(dir, [3, 1]);
  const cut = killed(dir);
  await stores.close();
  cutLog(cut, keptBytes);

  const told = await opened(cut).catch((fault: unknown) => fault);
  expect(told).toMatchObject({ name: 'PortError', kind: 'corrupt' });
  const remedy = 'restore the data directory from its backup, or start with --accept-loss';
  expect(String(told)).toMatch(
    new RegExp(`shard 0: its log ends at record 1, and 3 was acknowledged: .*records 2 to 3; ${remedy}`),
  );
  expect(String(told)).toMatch(/shard 1: its log ends at record 0, and 1 was acknowledged/);
  const accepted = await opened(cut, true);
  expect(await accepted.log.bounds(0)).toEqual({ first: 1, last: 1 });
  expect(accepted.generation).toBeGreaterThan(1);
  await accepted.close();
  // Accepted once, it is not asked again.
  await (await opened(cut)).close();
});
