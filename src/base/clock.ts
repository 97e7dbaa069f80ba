/** Milliseconds: since 1970-01-01T00:00:00Z for an instant, plain for a duration. */
export type Millis = number;

export const SECOND_MS: Millis = 1_000;
export const MINUTE_MS: Millis = 60_000;
export const HOUR_MS: Millis = 3_600_000;
export const DAY_MS: Millis = 86_400_000;
