/** When people are at their screens, as relative rates over the local hours of a week, Monday 0 h first. */
export const HOUR_PROFILES = ['even', 'morning', 'lunch', 'evening', 'night'] as const;
type HourProfile = (typeof HOUR_PROFILES)[number];

/** Share of customers of each profile, in the order of HOUR_PROFILES. */
export const HOUR_PROFILE_SHARES: readonly number[] = [0.2, 0.2, 0.25, 0.25, 0.1];

export const HOURS_PER_WEEK = 168;

// How much likelier a message is read at an hour of activity: rate to this power.
const READING_POWER = 0.7;

const visitRates = HOUR_PROFILES.map((profile) => scaled((hour) => rawRate(profile, hour)));
const readingRates = visitRates.map((rates) => scaled((hour) => (rates[hour] as number) ** READING_POWER));

/** The greatest rate of any profile and hour: the bound for thinning. */
export const VISIT_RATE_MAX = Math.max(...visitRates.map((rates) => Math.max(...rates)));

/** Visits in a local hour of the week over the week's mean: the mean over 168 hours is 1. */
export function visitRate(profile: number, hourOfWeek: number): number {
  return visitRates[profile]?.[hourOfWeek] ?? 1;
}

/** Odds factor for reading a message that arrives in that hour; the mean over 168 hours is 1. */
export function readingRate(profile: number, hourOfWeek: number): number {
  return readingRates[profile]?.[hourOfWeek] ?? 1;
}

function rawRate(profile: HourProfile, hourOfWeek: number): number {
  const hour = hourOfWeek % 24;
  const weekend = hourOfWeek >= 120;
  const everyone = hour < 6 ? 0.15 : hour < 9 ? 0.6 : hour < 18 ? 1 : hour < 23 ? 1.3 : 0.6;
  switch (profile) {
    case 'even':
      return everyone;
    case 'morning':
      return everyone + (hour >= 7 && hour < 9 && !weekend ? 5 : 0);
    case 'lunch':
      return everyone + (hour >= 12 && hour < 14 ? 6 : 0);
    case 'evening':
      return everyone + (hour >= 19 && hour < 22 ? 4 : 0);
    case 'night':
      return everyone + (hour >= 22 || hour < 1 ? 5 : 0);
  }
}

function scaled(rate: (hourOfWeek: number) => number): Float64Array {
  const rates = Float64Array.from({ length: HOURS_PER_WEEK }, (_, hour) => rate(hour));
  const mean = rates.reduce((sum, value) => sum + value, 0) / HOURS_PER_WEEK;
  return rates.map((value) => value / mean);
}
