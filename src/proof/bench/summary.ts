/** The middle of the values, the mean of the two middle ones when they are even; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** The first and third quartile, by linear interpolation; NaN of none. */
export function quartiles(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? Number.NaN;
    const high = sorted[Math.ceil(place)] ?? Number.NaN;
    return low + (high - low) * (place - Math.floor(place));
  };
  return [at(0.25), at(0.75)];
}

/** Rounded for reading: three digits that count, more for large numbers. */
export function rounded(value: number): number {
  if (!Number.isFinite(value)) return value;
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return Number(value.toFixed(digits));
}

/** A law that a bench checks: what it says, what was found, and whether it holds. */
export interface Law {
  readonly name: string;
  readonly bound: string;
  readonly value: number;
  readonly holds: boolean;
}

/** A law that a value stays at or under its bound; a value that is no number breaks it. */
export function atMost(name: string, value: number, bound: number): Law {
  return { name, bound: `<= ${bound}`, value: rounded(value), holds: value <= bound };
}
