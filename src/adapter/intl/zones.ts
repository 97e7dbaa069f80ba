import { MINUTE_MS } from '../../base/clock.ts';
import { LruMap } from '../../base/lru-map.ts';
import type { Zones } from '../../core/calendar/zones.ts';

/**
 * Zones change their offset at a quarter of an hour UTC nearly always; at another minute Newfoundland and Labrador did (a minute past
 * midnight, until 2011).
 */
const QUARTER_MS = 15 * MINUTE_MS;
/** More than there are zones; names come from outside, so there is a bound. */
const ZONES_MAX = 1_000;
/** Quarters remembered per zone: some days back and ahead for events that come late and timers. */
const QUARTERS_MAX = 1_024;

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
      // A change inside of the quarter: nothing is remembered of it.
      if (offsetOf(zone.format, (quarter + 1) * QUARTER_MS - 1) !== offset) return offsetOf(zone.format, at);
      if (zone.offsets.size >= QUARTERS_MAX) zone.offsets.clear();
      zone.offsets.set(quarter, offset);
    }
    zone.quarter = quarter;
    zone.offset = offset;
    return offset;
  }

  #known(name: string): Zone {
    const zone = { format: formatOf(name), offsets: new Map(), quarter: Number.NaN, offset: Number.NaN };
    this.#zones.set(name, zone);
    return zone;
  }
}

function formatOf(name: string): Intl.DateTimeFormat | undefined {
  // Intl takes no zone for the system's own, and an offset for a zone: but it is right on one side of a change of the clocks only.
  if (name === '' || /^[+-]/.test(name)) return undefined;
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
