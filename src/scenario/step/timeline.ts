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

  /** The last lines in order of time, what repeats itself day after day folded; a first line counts the omitted ones. */
  lines(): string[] {
    const sorted = this.#folded([...this.#entries].sort((a, b) => a.at - b.at || a.order - b.order));
    const shown = sorted.slice(-SHOWN_MAX);
    const times = shown.map((entry) => this.#moments.since(entry.at));
    const width = Math.max(0, ...times.map((time) => time.length));
    const lines = shown.map((entry, at) => `${(times[at] ?? '').padStart(width)}  ${entry.text}`);
    const omitted = sorted.length - shown.length;
    return omitted === 0 ? lines : [`(${omitted} earlier lines are left out)`, ...lines];
  }

  /** Of entries in a row that differ in no more than their dates the first, with how many more there were. */
  #folded(sorted: readonly Entry[]): Entry[] {
    const folded: Entry[] = [];
    let from = 0;
    for (const [at, entry] of sorted.entries()) {
      const next = sorted[at + 1];
      if (next !== undefined && undated(next) === undated(entry)) continue;
      const [first = entry, more] = [sorted[from], at - from];
      const times = more === 0 ? '' : `; ${more} more like it until ${this.#moments.since(entry.at)}`;
      folded.push({ ...first, text: `${first.text}${times}` });
      from = at + 1;
    }
    return folded;
  }
}

function undated({ text }: Entry): string {
  return text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '');
}
