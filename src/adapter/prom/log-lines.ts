import { inspect } from 'node:util';
import { LruMap } from '../../base/lru-map.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogOptions {
  /** Lines for people, or one JSON object a line for a collector. Default 'json'. */
  readonly format?: 'text' | 'json';
  /** The least severe level that is written. Default 'info'. */
  readonly level?: LogLevel;
  /** Default: stderr. */
  readonly write?: (line: string) => void;
  /** ms since the epoch. Default: the system's clock. */
  readonly now?: () => number;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
/** A fault that repeats with every turn must not fill the disk: so many lines of one kind in a window, then a count. */
const LINES_MAX = 5;
const WINDOW_MS = 60_000;
const KINDS_MAX = 1_000;

interface Window {
  readonly since: number;
  written: number;
  held: number;
}

/** Writes log lines; sentences that differ in numbers only are one kind, and each kind is bounded in its rate. */
export class LogLines {
  readonly #json: boolean;
  readonly #least: number;
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  readonly #windows = new LruMap<string, Window>(KINDS_MAX);

  constructor(options: LogOptions) {
    this.#json = options.format !== 'text';
    this.#least = LEVELS.indexOf(options.level ?? 'info');
    this.#write = options.write ?? ((line) => void process.stderr.write(line));
    this.#now = options.now ?? Date.now;
  }

  line(level: LogLevel, sentence: string, cause?: unknown): void {
    if (LEVELS.indexOf(level) < this.#least) return;
    const now = this.#now();
    const kind = `${level} ${sentence.replace(/\d+/g, '#')}`;
    let window = this.#windows.get(kind);
    let alike = 0;
    if (window === undefined || now - window.since >= WINDOW_MS) {
      alike = window?.held ?? 0;
      window = { since: now, written: 0, held: 0 };
      this.#windows.set(kind, window);
    }
    if (window.written === LINES_MAX) {
      window.held++;
      return;
    }
    window.written++;
    this.#write(
      this.#json ? asJson(now, level, sentence, cause, alike) : asText(now, level, sentence, cause, alike),
    );
  }
}

function asJson(now: number, level: LogLevel, sentence: string, cause: unknown, alike: number): string {
  const line = {
    level,
    time: new Date(now).toISOString(),
    sentence,
    ...(alike > 0 && { alike }),
    ...(cause !== undefined && { cause: whole(cause) }),
  };
  return `${JSON.stringify(line)}\n`;
}

function asText(now: number, level: LogLevel, sentence: string, cause: unknown, alike: number): string {
  const more = alike > 0 ? ` (${alike} more alike were not written)` : '';
  const why = cause === undefined ? '' : `\n  ${whole(cause).replaceAll('\n', '\n  ')}`;
  return `${new Date(now).toISOString()} ${level.padEnd(5)} ${sentence}${more}${why}\n`;
}

/** With stack, fields and causes. */
function whole(cause: unknown): string {
  return typeof cause === 'string'
    ? cause
    : inspect(cause, { depth: 4, maxArrayLength: 20, maxStringLength: 2_000 });
}
