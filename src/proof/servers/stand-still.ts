import { type ChildProcess, execFileSync } from 'node:child_process';

const LOOK_MS = 10;

/** SIGSTOP, and waits until the process stands still: the signal alone may come after what was asked behind it. */
export async function standStill(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP');
  while (
    !execFileSync('ps', ['-o', 'state=', '-p', String(child.pid)])
      .toString()
      .startsWith('T')
  )
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
