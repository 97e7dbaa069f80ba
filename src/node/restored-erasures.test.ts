import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openScratchNode, writeScratchData } from '../audit/scratch-data.fixture.ts';
import { verifyDirectory } from '../audit/verify.ts';
import { runCommand } from '../cli/scratch-command.fixture.ts';
import type { Profile } from '../core/profile/profile.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';

let scratch: ScratchDirectory;
beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(() => scratch.remove());

/** Somebody who is stored. */
async function anybody(node: Awaited<ReturnType<typeof openScratchNode>>): Promise<string> {
  for (const { id } of node.engine.shards) {
    const [found] = await node.stores.snapshots.ids(id, '', 1);
    if (found !== undefined) return found;
  }
  throw new Error('nobody is stored');
}

test('whoever was forgotten after a backup is forgotten in what is restored of it, before anybody is served', async () => {
  const [data, backup, to, plain] = ['data', 'backup', 'to', 'plain'].map((name) =>
    join(scratch.path, name),
  ) as [string, string, string, string];
  mkdirSync(scratch.path, { recursive: true });
  await writeScratchData(data);
  expect((await runCommand(['backup', backup, '--dir', data])).code).toBe(0);
  const node = await openScratchNode(data);
  const customerId = await anybody(node);
  const known = await node.gateway.read({ customerId }, (profile: Profile) => profile.key);
  expect(known.kind).toBe('read');
  expect(await node.gateway.erase({ customerId }, '')).toMatchObject({ kind: 'erased' });
  await node.close();
  expect((await verifyDirectory(data)).differences).toEqual([]);
  const list = join(data, 'ERASURES');
  expect(readFileSync(list, 'utf8')).not.toContain(known.kind === 'read' ? known.value : '');
  expect((await runCommand(['restore', backup, '--dir', plain])).code).toBe(0);
  expect((await runCommand(['restore', backup, '--dir', to, '--erasures', list])).code).toBe(0);
  for (const [directory, kind] of [
    [plain, 'read'],
    [to, 'unknown'],
  ] as const) {
    const restored = await openScratchNode(directory);
    expect((await restored.gateway.read({ customerId }, () => 1)).kind).toBe(kind);
    await restored.close();
  }
  expect((await verifyDirectory(to)).differences).toEqual([]);
  // A backup of what was erased brings the list along.
  const later = join(scratch.path, 'later');
  expect((await runCommand(['backup', later, '--dir', data])).code).toBe(0);
  expect(readFileSync(join(later, 'ERASURES'), 'utf8')).toBe(readFileSync(list, 'utf8'));
}, 120_000);

test('a list that is not there is refused, and nothing is served', async () => {
  const [data, backup] = [join(scratch.path, 'data'), join(scratch.path, 'backup')];
  await writeScratchData(data);
  expect((await runCommand(['backup', backup, '--dir', data])).code).toBe(0);
  const { code, stderr } = await runCommand([
    'restore',
    backup,
    '--dir',
    join(scratch.path, 'x'),
    '--erasures',
    '/no/file',
  ]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('/no/file')]);
}, 60_000);
