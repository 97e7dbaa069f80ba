import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AudienceFiles, type KnownLevel } from './audience-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audiences-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const level = (version: number, isMember: boolean, notAfter = 1_000): KnownLevel => ({
  ...{ version: String(version), isMember, keys: ['email_sha256=aa'], shows: 'coat', notAfter },
});

test('the highest version counts, in every order and after a restart', () => {
  const changes = [level(1, true), level(2, false), level(3, true), level(10, false)];
  for (const order of [changes, changes.toReversed(), [changes[3], changes[0], changes[2], changes[1]]]) {
    rmSync(directory, { recursive: true, force: true });
    for (const change of order) new AudienceFiles(directory).put('near', 'anna', change as KnownLevel, 0);
    expect(new AudienceFiles(directory).members('near', 0).size).toBe(0);
    new AudienceFiles(directory).put('near', 'anna', level(11, true), 0);
    expect([...new AudienceFiles(directory).members('near', 0).keys()]).toEqual(['anna']);
    expect(new AudienceFiles(directory).put('near', 'anna', level(9, false), 0)).toBe(false);
  }
});

test('nobody is in an audience beyond the end, and what ended is forgotten', () => {
  const files = new AudienceFiles(directory);
  files.put('near', 'anna', level(1, true), 0);
  files.put('near', 'ben', level(1, true, 5_000), 0);
  expect([...files.members('near', 2_000).keys()]).toEqual(['ben']);
  files.put('near', 'cleo', level(1, true, 9_000), 2_000);
  expect([...new AudienceFiles(directory).members('near', 0).keys()]).toEqual(['ben', 'cleo']);
});
