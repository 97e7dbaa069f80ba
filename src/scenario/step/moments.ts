import { durationMs, renderDuration } from '../../policy/duration.ts';
import { TIME_PATTERN } from '../file/shape-words.ts';

/** Named instants: "start", and those of mark steps. */
export class Moments {
  readonly start: number;
  readonly #marks = new Map<string, number>();

  constructor(start: number) {
    this.start = start;
    this.#marks.set('start', start);
  }

  mark(name: string, at: number): void {
    this.#marks.set(name, at);
  }

  /** The instant of a text that fits TIME_PATTERN. Throws when its mark is not reached yet. */
  instant(text: string): number {
    const [, instant, mark, plus] = TIME_PATTERN.exec(text) ?? [];
    if (instant !== undefined) return Date.parse(instant);
    const from = this.#marks.get(mark ?? 'start');
    if (from === undefined) throw new Error(`the mark "${mark}" was not reached yet`);
    return from + (plus === undefined ? 0 : durationMs(plus));
  }

  /** "+1m 30s": how long after the start. */
  since(at: number): string {
    const ms = at - this.start;
    return `${ms < 0 ? '-' : '+'}${spanText(Math.abs(ms))}`;
  }

  /** "+90s (2026-03-03T10:01:30Z)". */
  show(at: number): string {
    return `${this.since(at)} (${new Date(at).toISOString().replace('.000Z', 'Z')})`;
  }
}

function spanText(ms: number): string {
  const parts: string[] = [];
  let restMs = ms;
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ] as const) {
    const whole = Math.floor(restMs / size);
    if (whole > 0) parts.push(`${whole}${unit}`);
    restMs -= whole * size;
  }
  return parts.length === 0 ? renderDuration(0) : parts.slice(0, 3).join(' ');
}
