import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { TrialPlan, TrialResult } from './trial.ts';

const CHILD = new URL('./trial-child.ts', import.meta.url);
const TRIAL_MS_MAX = 60_000;

/** Runs trials in a child, which is made anew when it dies or hangs. Owned by the run. */
export class TrialRunner {
  #child: ChildProcess | undefined;

  /** A string: how the process died, hung, or failed by a bug of the trial itself. */
  async run(plan: TrialPlan): Promise<TrialResult | string> {
    this.#child ??= fork(CHILD, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const child = this.#child;
    const over = new AbortController();
    const { signal } = over;
    const answer = once(child, 'message', { signal }).then(
      ([message]) => message as { result?: TrialResult; fault?: string },
    );
    const end = once(child, 'exit', { signal }).then(
      ([code, how]) => `the process ended with ${how ?? code}`,
    );
    // Of one of the two nobody hears.
    for (const either of [answer, end]) either.catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`no answer within ${TRIAL_MS_MAX} ms`), TRIAL_MS_MAX);
    });
    child.send(plan);
    const first = await Promise.race([answer, end, late]);
    clearTimeout(timer);
    over.abort();
    if (typeof first !== 'string') return first.result ?? first.fault ?? 'no answer';
    child.kill('SIGKILL');
    this.#child = undefined;
    return first;
  }

  close(): void {
    this.#child?.disconnect();
    this.#child = undefined;
  }
}
