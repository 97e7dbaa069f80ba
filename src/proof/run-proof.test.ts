import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { runProof } from './run-proof.ts';

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

test.each([
  { lost: 0, keep: false, code: undefined },
  { lost: 2, keep: false, code: 1 },
  { lost: 0, keep: true, code: undefined },
])(
  'a proof that finds $lost faults ends with $code, and leaves its directory: $keep',
  async ({ lost, keep, code }) => {
    let out = '';
    const write = (text: string | Uint8Array): boolean => {
      out += String(text);
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(write);
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    let used = '';
    await runProof(
      { seed: '7', json: true, keep },
      {
        ...{ name: 'test', doing: 'testing', count: 1 },
        run: async ({ seed, directory, progress }) => {
          used = directory;
          writeFileSync(join(directory, 'data'), String(seed));
          progress(1);
          return { lost };
        },
        faults: (report) => report.lost,
      },
    );
    expect(JSON.parse(out)).toMatchObject({ lost, seed: 7, seconds: expect.any(Number) });
    expect(process.exitCode).toBe(code);
    expect(existsSync(used)).toBe(keep);
    rmSync(used, { recursive: true, force: true });
  },
);
