import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand, runScript } from '../../cli/scratch-command.fixture.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { ONLINE_RETAIL_FILE } from '../../world/online-retail/online-retail.ts';
import { replayOnlineRetail } from './replay.ts';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const LINES = [
  '1,22720,CAKE TIN,2,2011-01-05 10:00:00,4.95,7.0,France',
  '1,POST,POSTAGE,1,2011-01-05 10:01:00,18,7.0,France',
  '2,22720,CAKE TIN,1,2011-01-05 10:01:00,4.95,,Germany',
  '3,POST,POSTAGE,1,2011-01-06 09:00:00,15,8.0,Germany',
  'C4,22720,CAKE TIN,-1,2011-01-07 12:00:00,4.95,7.0,France',
  'A5,B,Adjust bad debt,1,2011-01-08 12:00:00,-11.25,,United Kingdom',
  '6,22720,lost,-3,2011-01-08 13:00:00,0,,United Kingdom',
  '7,22720,CAKE TIN,1,2011-03-20 12:00:00,4.95,7.0,France',
];

let scratch: ScratchDirectory;

beforeEach(() => {
  scratch = scratchDirectory();
  mkdirSync(join(scratch.path, 'online-retail'));
  writeFileSync(join(scratch.path, ONLINE_RETAIL_FILE), gzipSync([HEADER, ...LINES, ''].join('\n')));
});
afterEach(() => scratch.remove());

test('a replay accounts for every line, agrees with the profiles to the cent, and leaves a directory that verifies', async () => {
  const directory = join(scratch.path, 'data');
  const replayed = await replayOnlineRetail({
    dataDirectory: scratch.path,
    directory,
    keep: true,
    documented: { lines: 8, invoices: 7, netValue: 36.6 },
  });
  expect(replayed.disagreements).toEqual([]);
  expect(replayed.accounts.brokenLaws).toEqual([]);
  expect(replayed.accounts).toMatchObject({
    events: 5,
    orders: 4,
    refunds: 1,
    decisions: 8,
    netMills: 47_850,
  });
  expect(replayed.accounts.decisionsAtRisk).toBeGreaterThanOrEqual(3);
  expect(replayed.profiles).toEqual({ profiles: 3, orders: 4, revenue: expect.closeTo(14.85, 6) });
  const verified = await runCommand(['verify', directory, '--json']);
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({ decisions: 8, customers: 3, different: 0 });
});

test('a figure that is not as documented is named, and nothing is left behind', async () => {
  const directory = join(scratch.path, 'data');
  const replayed = await replayOnlineRetail({
    dataDirectory: scratch.path,
    directory,
    keep: false,
    documented: { lines: 9 },
  });
  expect(replayed.disagreements).toEqual(['lines as documented: 8, not 9']);
  expect(existsSync(directory)).toBe(false);
});

test('the command ends with 1 on a file with other figures, and says in JSON what it found', async () => {
  const { code, stdout } = await runScript('src/proof/replay/main.ts', [
    'online-retail',
    '--data',
    scratch.path,
    '--json',
  ]);
  expect(code).toBe(1);
  const json = JSON.parse(stdout);
  expect(json).toMatchObject({ lines: 8, invoices: 7, customers: 2, events: 5, decisions: 8, lawsBroken: 0 });
  expect(json.disagree[0]).toBe('lines as documented: 8, not 320705');
});

test('a data set that is not there is a sentence', async () => {
  const { code, stderr } = await runScript('src/proof/replay/main.ts', [
    'online-retail',
    '--data',
    join(scratch.path, 'none'),
  ]);
  expect(code).toBe(69);
  expect(stderr).toContain('ATTUNE_DATA_DIR');
});
