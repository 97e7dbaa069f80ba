/** The service that is killed again and again, on one directory and one port. */
import { join } from 'node:path';
import { startTarget, type Target } from '../bench/target.ts';
import type { Death } from './crash-plan.ts';

const FAULTS = new URL('./fault-points.ts', import.meta.url);

export class CrashService {
  readonly #directory: string;
  readonly #policyDir: string;
  #target: Target | undefined;
  #port = 0;
  restarts = 0;
  /** Deaths by fault point; '' those by a signal from outside. */
  readonly deaths = new Map<string, number>();

  constructor(directory: string, policyDir: string) {
    this.#directory = directory;
    this.#policyDir = policyDir;
  }

  get dataDir(): string {
    return join(this.#directory, 'data');
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Starts it; the first time on a free port, then on the same. `death`: where it is to die. */
  async start(death?: Death): Promise<void> {
    const faults = new URL(FAULTS);
    if (death !== undefined && death.point !== '') {
      faults.searchParams.set('point', death.point);
      faults.searchParams.set('after', String(death.after));
    }
    this.#target = undefined;
    const started = startTarget({
      dataDir: this.dataDir,
      policyDir: this.#policyDir,
      core: undefined,
      nodeFlags: death === undefined ? [] : ['--import', faults.href],
      // Small bounds, so that saving, dropping and archiving go on all the time.
      flags: [
        ...['--shards', '8', '--snapshot-every', '250ms', '--hot-log-keep', '1m'],
        ...['--resident-bytes-max', '1MiB', '--listen', `127.0.0.1:${this.#port}`],
      ],
    });
    try {
      this.#target = await started;
    } catch (fault) {
      // It has more to do at a start than its fault point waits for: `die` finds it dead.
      const isPlanned = death !== undefined && death.point !== '' && this.#port > 0;
      if (!isPlanned || !String(fault).includes(faultText(death))) throw fault;
      return;
    }
    this.#port = this.#target.port;
  }

  /** Resolves when it is dead: by its fault point, or by a signal when that does not come in time. */
  async die(death: Death): Promise<void> {
    const target = this.#target;
    if (target === undefined) return this.#died(death.point);
    const late = Symbol('late');
    const { promise, resolve } = Promise.withResolvers<typeof late>();
    const timer = setTimeout(() => resolve(late), death.withinMs);
    const first = await Promise.race([target.ended, promise]);
    clearTimeout(timer);
    const bySignal = first === late;
    if (bySignal) await target.stop('SIGKILL');
    else if (!target.output().includes(faultText(death)))
      throw new Error(`the service ended by itself:\n${target.output().slice(-4_000)}`);
    this.#died(bySignal ? '' : death.point);
  }

  #died(point: string): void {
    this.deaths.set(point, (this.deaths.get(point) ?? 0) + 1);
    this.restarts++;
  }

  /** A clean end; answers what it printed last. */
  async stop(): Promise<string> {
    const code = await this.#target?.stop();
    if (code !== 0)
      throw new Error(`the service ended with ${code}:\n${this.#target?.output().slice(-4_000)}`);
    return this.#target?.output() ?? '';
  }

  /** Ends it whatever it does. */
  async abort(): Promise<void> {
    await this.#target?.stop('SIGKILL').catch(() => {});
  }
}

/** What the service says at its fault point. */
function faultText({ point }: Death): string {
  return `fault point: ${point}`;
}
