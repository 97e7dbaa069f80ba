/** Of the normal distribution: 1 − 0.05 / 2 and 0.80. */
const Z_ALPHA = 1.959963985;
const Z_POWER = 0.841621234;

export interface SampleOf {
  /** Share who buy in the control group and in the treated one, both between 0 and 1 and not equal. */
  readonly control: number;
  readonly treated: number;
  /** Share of all that are in the control group: between 0 and 1. */
  readonly controlShare: number;
  /** Quantiles of the normal distribution; a two-sided 5 % and a power of 80 % when absent. */
  readonly zAlpha?: number;
  readonly zPower?: number;
}

/**
 * How many, in both groups together, show that two shares differ: Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions, 3rd
 * ed. 2003, eq. 4.14 and, for groups of other sizes, 4.18; without continuity correction. Infinite where nothing differs.
 */
export function sampleSize({
  control,
  treated,
  controlShare,
  zAlpha = Z_ALPHA,
  zPower = Z_POWER,
}: SampleOf): number {
  const difference = treated - control;
  if (difference === 0) return Number.POSITIVE_INFINITY;
  const ratio = (1 - controlShare) / controlShare;
  const mean = (control + ratio * treated) / (1 + ratio);
  const alike = zAlpha * Math.sqrt((ratio + 1) * mean * (1 - mean));
  const apart = zPower * Math.sqrt(ratio * control * (1 - control) + treated * (1 - treated));
  const inControl = (alike + apart) ** 2 / (ratio * difference ** 2);
  return Math.ceil(inControl * (1 + ratio));
}
