/**
 * Amounts and days as people of a locale write them, made outside of core (which knows no data of locales). Another release of
 * that data may say it otherwise: what was said stands in the decision's content, and a replay takes it from there.
 */
export interface Formats {
  /** Of a locale such as "de-DE". The others are asked only of locales that are known. */
  knows(locale: string): boolean;
  /** An amount of a currency, "£12" or "12,00 €". */
  money(amount: number, currency: string, locale: string): string;
  /** Hundredths, "15%" or "15 %". */
  percent(hundredths: number, locale: string): string;
  /** `local`: milliseconds on the local clock since 1970-01-01T00:00. */
  day(local: number, shows: DayShows, locale: string): string;
}

/** "31 March", "31 March at 14:00", "31 March 2027". */
export type DayShows = 'day' | 'day and time' | 'day and year';

/** Those of a replay, which asks for nothing. */
export const NO_FORMATS: Formats = {
  knows: () => false,
  money: () => '',
  percent: () => '',
  day: () => '',
};
