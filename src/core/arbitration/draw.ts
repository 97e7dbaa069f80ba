/**
 * The index in 0 … count − 1 whose cumulative share first exceeds `chance` (uniform in [0, 1)). Shares sum to 1 up to
 * rounding; a chance beyond the sum takes the last share above 0.
 */
export function draw(share: Float64Array, count: number, chance: number): number {
  let cumulative = 0;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const at = share[i] as number;
    if (at <= 0) continue;
    cumulative += at;
    last = i;
    if (chance < cumulative) return i;
  }
  return last;
}
