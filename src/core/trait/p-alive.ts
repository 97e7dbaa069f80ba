/**
 * Whether a customer still buys here, from their own rhythm: the MBG/NBD model (Batislam, Denizel, Filiztekin 2007), in
 * which a customer may leave after any purchase, the first included:
 *
 *   P(alive) = 1 / (1 + a/(b+x) · ((α+T)/(α+t_x))^(r+x))
 *
 * x repeat orders, t_x weeks from the first order to the last, T weeks from the first order to now. The parameters are
 * those of the CDNOW sample; a shop's own fit belongs into an edition.
 */
export const MBG_NBD = { r: 0.524838, alpha: 6.182992, a: 0.891356, b: 1.613999 } as const;

/** P(alive) in 0..1 for `repeats` ≥ 0 repeat orders, the last at `lastWeeks`, seen for `weeks` ≥ `lastWeeks`. */
export function pAlive(repeats: number, lastWeeks: number, weeks: number): number {
  const { r, alpha, a, b } = MBG_NBD;
  return 1 / (1 + (a / (b + repeats)) * ((alpha + weeks) / (alpha + lastWeeks)) ** (r + repeats));
}

/** Orders per week of a customer who is alive: the mean of the gamma posterior, (r + x) / (α + T). */
export function orderRate(repeats: number, weeks: number): number {
  return (MBG_NBD.r + repeats) / (MBG_NBD.alpha + weeks);
}
