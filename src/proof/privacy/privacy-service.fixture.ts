/** `attune serve` on a directory, in a process of its own whose clock goes fast; everything that it says is kept. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));
const CLOCK = new URL('fast-clock.fixture.ts', import.meta.url);

export interface ServicePlan {
  readonly dataDir: string;
  readonly policyDir: string;
  /** When its clock began to go fast, ms, the same for each process on the directory. */
  readonly from: number;
  readonly factor: number;
  readonly flags: readonly string[];
}

export class PrivacyService {
  readonly #plan: ServicePlan;
  /** Of all processes. */
  said = '';
  address = '';
  metrics = '';
  #child: ChildProcess | undefined;
  #closed: Promise<unknown> = Promise.resolve();

  constructor(plan: ServicePlan) {
    this.#plan = plan;
  }

  /** ms, by its clock. */
  get now(): number {
    const { from, factor } = this.#plan;
    return Math.floor(from + (Date.now() - from) * factor);
  }

  async start(): Promise<void> {
    const { dataDir, policyDir, from, factor, flags } = this.#plan;
    const clock = new URL(CLOCK);
    clock.searchParams.set('from', String(from));
    clock.searchParams.set('factor', String(factor));
    const args = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--no-policy-watch'];
    const dirs = ['--dir', dataDir, '--policy-dir', policyDir];
    const node = [
      '--disable-warning=DEP0123',
      '--disable-warning=ExperimentalWarning',
      '--import',
      clock.href,
    ];
    const child = spawn(process.execPath, [...node, MAIN, 'serve', ...args, ...dirs, ...flags], {
      stdio: 'pipe',
    });
    this.#child = child;
    this.#closed = once(child, 'close');
    const before = this.said.length;
    await new Promise<void>((resolve, reject) => {
      const listen = (chunk: Buffer): void => {
        this.said += chunk.toString();
        const now = this.said.slice(before);
        this.address = /attune listens on (127\.0\.0\.1:\d+)/.exec(now)?.[1] ?? '';
        this.metrics = /metrics on (http:\S+)\/metrics/.exec(now)?.[1] ?? '';
        if (this.address !== '' && this.metrics !== '') resolve();
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('close', () =>
        reject(new Error(`it ended before it listened:\n${this.said.slice(before)}`)),
      );
    });
  }

  /** Stands still while `look` runs: its files are what they are at one moment. */
  async stopped<T>(look: () => Promise<T>): Promise<T> {
    this.#child?.kill('SIGSTOP');
    try {
      return await look();
    } finally {
      this.#child?.kill('SIGCONT');
    }
  }

  /** Resolves when it is over. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal);
    await this.#closed;
  }

  async page(path: string): Promise<string> {
    return (await fetch(`${this.metrics}${path}`)).text();
  }

  /** Resolves when a metric without a label has this value; rejects after `seconds`. */
  async until(metric: string, value: number, seconds: number): Promise<void> {
    const end = Date.now() + seconds * 1_000;
    for (;;) {
      const page = await this.page('/metrics');
      const found = new RegExp(`^${metric} (\\S+)$`, 'm').exec(page)?.[1];
      if (found !== undefined && Number(found) === value) return;
      if (Date.now() > end)
        throw new Error(`${metric} is ${found}, and not ${value}:\n${this.said.slice(-30_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
