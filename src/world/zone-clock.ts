import { DAY_MS, MINUTE_MS, type Millis } from '../base/clock.ts';

/**
 * Minutes east of UTC of IANA zones at instants. The platform's zone tables are asked twice per zone and UTC day: a day that
 * begins and ends with one offset has it throughout, and only on a day of change is each instant asked for. Remembers one
 * number per zone and day asked.
 */
export class ZoneClock {
  readonly #formats = new Map<string, Intl.DateTimeFormat>();
  readonly #days = new Map<string, Map<number, number>>();

  /** Throws a RangeError for a zone that the platform does not know. */
  offsetMin(zone: string, at: Millis): number {
    let days = this.#days.get(zone);
    if (days === undefined) {
      days = new Map();
      this.#days.set(zone, days);
    }
    const day = Math.floor(at / DAY_MS);
    let offset = days.get(day);
    if (offset === undefined) {
      const start = this.#ask(zone, day * DAY_MS);
      offset = start === this.#ask(zone, (day + 1) * DAY_MS) ? start : Number.NaN;
      days.set(day, offset);
    }
    return Number.isNaN(offset) ? this.#ask(zone, at) : offset;
  }

  #ask(zone: string, at: Millis): number {
    let format = this.#formats.get(zone);
    if (format === undefined) {
      format = new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
      });
      this.#formats.set(zone, format);
    }
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
    const minuteOfUtc = Math.floor(at / MINUTE_MS);
    return Date.UTC(year, month - 1, day, hour, minute) / MINUTE_MS - minuteOfUtc;
  }
}
