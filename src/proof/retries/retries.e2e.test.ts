import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runRetries } from './run-retries.ts';

test('a retry is recognised however it is written, and another meaning under its id is refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'attune-retries-test-'));
  const failures: string[] = [];
  try {
    const report = await runRetries({
      directory: join(directory, 'data'),
      ...{ trials: 3, seed: 9, failure: (sentence: string) => void failures.push(sentence) },
    });
    expect(failures).toEqual([]);
    expect(report).toMatchObject({ refused: 0, doubled: 0, accepted: 0, changed: 18, absent: [] });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
