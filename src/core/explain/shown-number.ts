/** A number as sentences show it: two decimals at most. */
export function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}
