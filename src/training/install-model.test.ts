import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { installModel } from './install-model.ts';

const card = '{\n  "version": "unversioned"\n}\n';

test('a model goes behind the newest, under a version that its card names; the same one again changes nothing', () => {
  const scratch = scratchDirectory();
  const first = installModel(scratch.path, Buffer.from('one'), card, 'aaaa');
  expect(first).toMatchObject({ version: '1-aaaa', fresh: true });
  expect(JSON.parse(readFileSync(join(first.folder, 'card.json'), 'utf8'))).toEqual({ version: '1-aaaa' });
  expect(readFileSync(join(first.folder, 'model.onnx'), 'utf8')).toBe('one');
  expect(installModel(scratch.path, Buffer.from('one'), card, 'aaaa')).toEqual({ ...first, fresh: false });
  expect(installModel(scratch.path, Buffer.from('two'), card, 'bbbb').version).toBe('2-bbbb');
  // What was there before the newest is a step back, and a version of its own.
  expect(installModel(scratch.path, Buffer.from('one'), card, 'aaaa').version).toBe('3-aaaa');
  expect(readdirSync(join(scratch.path, 'attune-heads')).sort()).toEqual(['1-aaaa', '2-bbbb', '3-aaaa']);
  scratch.remove();
});
