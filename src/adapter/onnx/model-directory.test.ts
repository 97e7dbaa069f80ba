import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { readModelDirectory } from './model-directory.ts';

test('a file of more bytes than the bound is refused unread, with a sentence', async () => {
  const directory = scratchDirectory();
  try {
    const model = join(directory.path, 'model.onnx');
    writeFileSync(join(directory.path, 'card.json'), '{}');
    writeFileSync(model, Buffer.alloc(100));
    expect(await readModelDirectory(directory.path, 100)).toMatchObject({ ok: true });
    const error = [`${model} has more than the 99 bytes that a model file may have`];
    expect(await readModelDirectory(directory.path, 99)).toEqual({ ok: false, error });
  } finally {
    directory.remove();
  }
});
