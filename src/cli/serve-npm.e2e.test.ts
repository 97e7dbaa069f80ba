/** `attune serve` as README starts it, through npm, and as a supervisor ends it: by a signal to npm alone. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying } from './scratch-command.fixture.ts';

const ROOT = join(import.meta.dirname, '../..');

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to npm ends the service that it started, and the directory is free',
  async (signal) => {
    const scratch = scratchDirectory();
    const data = join(scratch.path, 'data');
    const npm = spawn(
      'npm',
      [
        ...['run', '-s', 'attune', '--', 'serve', '--no-metrics', '--shards', '2'],
        ...['--listen', '127.0.0.1:0', '--dir', data],
      ],
      // A process group of its own, so that nothing of it outlives a test that fails.
      { cwd: ROOT, stdio: 'pipe', detached: true },
    );
    const exit = ended(npm);
    onTestFinished(() => {
      if (npm.exitCode === null) process.kill(-(npm.pid ?? 0), 'SIGKILL');
      scratch.remove();
    });
    await saying(npm, /attune listens on/);
    npm.kill(signal);
    // The pipes stay open as long as anything that npm started lives.
    const { stdout, stderr } = await exit;
    expect(`${stdout}${stderr}`).toMatch(/shutting down[\s\S]*stopped\n$/);
    expect(existsSync(join(data, 'lock'))).toBe(false);
    expect((await runCommand(['inspect', data])).code).toBe(0);
  },
);
