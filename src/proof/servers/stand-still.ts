import { execFileSync } from 'node:child_process';

export interface StoppedProcess {
  readonly pid?: number | undefined;
  kill(signal: NodeJS.Signals): unknown;
}

const LOOK_MS = 10;

/** SIGSTOP, and waits until the process stands still: the signal alone may come after what was asked behind it. */
export async function standStill(child: StoppedProcess): Promise<void> {
  child.kill('SIGSTOP');
  while (
    !execFileSync('ps', ['-o', 'state=', '-p', String(child.pid)])
      .toString()
      .startsWith('T')
  )
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
