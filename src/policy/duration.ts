const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A whole number and a unit: ms, s, m, h, d or w. */
export const DURATION_PATTERN = /^(\d{1,9})(ms|s|m|h|d|w)$/;
/** "HH:MM" from 00:00 to 23:59. */
export const LOCAL_TIME_PATTERN = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Milliseconds of a text that fits DURATION_PATTERN; NaN for any other. */
export function durationMs(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * (unitMs[match[2] ?? ''] ?? Number.NaN);
}

/** Minutes after midnight of a text that fits LOCAL_TIME_PATTERN; NaN for any other. */
export function parseMinuteOfDay(text: string): number {
  const match = LOCAL_TIME_PATTERN.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * 60 + Number(match[2]);
}

/** The shortest exact way to write a duration: 86,400,000 is "1d", 90,000 is "90s", 0 is "0s". */
export function renderDuration(ms: number): string {
  if (ms === 0) return '0s';
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = unitMs[unit] ?? 1;
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** "HH:MM" of minutes after midnight. */
export function renderMinuteOfDay(minute: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
