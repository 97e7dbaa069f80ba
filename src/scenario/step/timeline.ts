import type { Moments } from './moments.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly text: string;
}

const SHOWN_MAX = 60;

/** What happened in a scenario, by the service's clock; shown beside what was expected when it fails. */
export class Timeline {
  readonly #moments: Moments;
  readonly #entries: Entry[] = [];

  constructor(moments: Moments) {
    this.#moments = moments;
  }

  add(at: number, text: string): void {
    this.#entries.push({ at, order: this.#entries.length, text });
  }

  /** The last lines in order of time; a first line counts the omitted ones. */
  lines(): string[] {
    const sorted = [...this.#entries].sort((a, b) => a.at - b.at || a.order - b.order);
    const shown = sorted.slice(-SHOWN_MAX);
    const times = shown.map((entry) => this.#moments.since(entry.at));
    const width = Math.max(0, ...times.map((time) => time.length));
    const lines = shown.map((entry, at) => `${(times[at] ?? '').padStart(width)}  ${entry.text}`);
    const omitted = sorted.length - shown.length;
    return omitted === 0 ? lines : [`(${omitted} earlier lines are left out)`, ...lines];
  }
}
