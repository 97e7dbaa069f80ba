import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { LruMap } from '../../base/lru-map.ts';
import type { Zones } from '../../core/calendar/zones.ts';

/** Zones change their offset at a quarter of an hour UTC, all of them since 1972. */
const QUARTER_MS = 15 * MINUTE_MS;
/** More than there are zones; names come from outside, so there is a bound. */
const ZONES_MAX = 1_000;
/** Quarters remembered per zone: some days back and ahead for events that come late and timers. */
const QUARTERS_MAX = 1_024;
const WEEK_HOURS = 168;

interface Zone {
  /** Undefined for a name that Intl does not know. */
  readonly format: Intl.DateTimeFormat | undefined;
  readonly offsets: Map<number, number>;
  /** The last answer: nearly all questions are about now. */
  quarter: number;
  offset: number;
}

/** Zones from the ICU data of Node; a new release of the zone tables comes with a new Node. */
export class IntlZones implements Zones {
  readonly #zones = new LruMap<string, Zone>(ZONES_MAX);

  /** NaN also for an instant that is none. A known zone and quarter of an hour costs a look-up. */
  offsetMin(name: string, at: number): number {
    const zone = this.#zones.get(name) ?? this.#known(name);
    const quarter = Math.floor(at / QUARTER_MS);
    if (zone.quarter === quarter) return zone.offset;
    if (zone.format === undefined || Number.isNaN(quarter)) return Number.NaN;
    let offset = zone.offsets.get(quarter);
    if (offset === undefined) {
      offset = offsetOf(zone.format, quarter * QUARTER_MS);
      if (zone.offsets.size >= QUARTERS_MAX) zone.offsets.clear();
      zone.offsets.set(quarter, offset);
    }
    zone.quarter = quarter;
    zone.offset = offset;
    return offset;
  }

  /** Local hour of week, Monday 0 h = 0 … 167; NaN for an unknown zone. */
  hourOfWeek(name: string, at: number): number {
    const hours = Math.floor((at + this.offsetMin(name, at) * MINUTE_MS) / HOUR_MS);
    // The epoch was a Thursday, three days after a Monday.
    const hour = (hours + 3 * 24) % WEEK_HOURS;
    return hour < 0 ? hour + WEEK_HOURS : hour;
  }

  /**
   * The instant at which the clocks of a zone show `wall` (ms since 1970-01-01T00:00 by that clock); NaN for an unknown zone.
   * A time that is skipped, when clocks go forward, gives the first instant after the gap; one that comes twice the first.
   */
  instantOf(name: string, wall: number): number {
    const before = this.offsetMin(name, wall - DAY_MS);
    const after = this.offsetMin(name, wall + DAY_MS);
    const first = wall - Math.max(before, after) * MINUTE_MS;
    const second = wall - Math.min(before, after) * MINUTE_MS;
    if (this.#shows(name, first, wall)) return first;
    if (this.#shows(name, second, wall)) return second;
    return this.#changeBetween(name, first, second);
  }

  #shows(name: string, at: number, wall: number): boolean {
    return at + this.offsetMin(name, at) * MINUTE_MS === wall;
  }

  /** The first instant of the offset that holds at `end`, by halving; NaN for an unknown zone. */
  #changeBetween(name: string, start: number, end: number): number {
    const offset = this.offsetMin(name, end);
    if (Number.isNaN(offset)) return Number.NaN;
    let early = Math.floor(start / QUARTER_MS);
    let late = Math.ceil(end / QUARTER_MS);
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2);
      if (this.offsetMin(name, middle * QUARTER_MS) === offset) late = middle;
      else early = middle;
    }
    return late * QUARTER_MS;
  }

  #known(name: string): Zone {
    const zone = { format: formatOf(name), offsets: new Map(), quarter: Number.NaN, offset: Number.NaN };
    this.#zones.set(name, zone);
    return zone;
  }
}

function formatOf(name: string): Intl.DateTimeFormat | undefined {
  // Intl takes no zone for the system's own.
  if (name === '') return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

/** "GMT", "GMT+05:45" and, in old times, "GMT-00:01:15" in minutes. */
function offsetOf(format: Intl.DateTimeFormat, at: number): number {
  const text = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (match === null) return Number.NaN;
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const offset = Number(hours) * 60 + Number(minutes) + Number(seconds) / 60;
  return sign === '-' ? -offset : offset;
}
