/** What a shop tells of a customer (`Profile Updated`): which attributes there are, and of which type, the policy declares. */
import { civilDate, civilDay, dayOf } from '../calendar/civil-time.ts';
import { NEVER } from '../trait/since.ts';

export const ATTRIBUTE_TYPES = ['text', 'number', 'flag', 'date', 'texts'] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

/** A date is a text, "1990-05-17". */
export type AttributeValue = string | number | boolean | readonly string[];

export interface AttributeSpec {
  readonly name: string;
  readonly type: AttributeType;
  /** It says who somebody is: its value stands in no record of a decision, save in the content that shows it. */
  readonly isPersonal: boolean;
  /** Characters of a text at most; of texts all together. */
  readonly charsMax: number;
}

export const NO_SPECS: readonly AttributeSpec[] = [];

/** What a condition takes an attribute for of which nothing is known. */
export const UNKNOWN_ATTRIBUTE: Readonly<Record<AttributeType, AttributeValue>> = {
  text: '',
  number: 0,
  flag: false,
  date: '',
  texts: [],
};

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Whether a text names a day of the calendar, as "1990-05-17" does. */
export function isDate(text: string): boolean {
  const parts = DATE.exec(text);
  return parts !== null && civilDate(dayOf(Number(parts[1]), Number(parts[2]), Number(parts[3]))) === text;
}

/** Whether a value is of a type: what a profile keeps may be what an earlier policy declared otherwise. */
export function isOfType(value: AttributeValue, type: AttributeType): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'date':
      return typeof value === 'string' && isDate(value);
    case 'number':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'texts':
      return typeof value === 'object';
  }
}

/** Days since 1970-01-01 of a date; NaN for a text that is none. */
export function dayOfDate(date: string): number {
  if (!isDate(date)) return Number.NaN;
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return dayOf(year, month, day);
}

/**
 * Days from the local day of `now` until a date's day and month come round, 0 to 365; NEVER for a text that is no date. In years
 * without a 29 February the day before stands for it. `offsetMin`: minutes east of UTC, NaN counts as UTC.
 */
export function daysUntil(date: string, now: number, offsetMin: number): number {
  if (!isDate(date)) return NEVER;
  const [, month, day] = date.split('-').map(Number) as [number, number, number];
  const today = civilDay(now, offsetMin);
  const year = Number(civilDate(today).slice(0, 4));
  const thisYear = anniversary(year, month, day);
  return (thisYear >= today ? thisYear : anniversary(year + 1, month, day)) - today;
}

function anniversary(year: number, month: number, day: number): number {
  const isMissing = month === 2 && day === 29 && dayOf(year, 3, 1) - dayOf(year, 2, 28) === 1;
  return dayOf(year, month, isMissing ? 28 : day);
}
