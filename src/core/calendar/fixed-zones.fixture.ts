import type { Zones } from './zones.ts';

/** Minutes east of UTC, the whole year round. */
const OFFSETS: Readonly<Record<string, number>> = {
  'Europe/Berlin': 60,
  'Europe/London': 0,
  'America/New_York': -300,
};

/** A zone that `fixedZones` knows, any number of minutes east of UTC; NaN gives '', the zone of which nothing is known. */
export function fixedZone(offsetMin: number): string {
  return Number.isNaN(offsetMin) ? '' : `Fixed/${offsetMin}`;
}

/** A zone that `fixedZones` knows, whose clocks change once, at `at`. */
export function shiftingZone(beforeMin: number, at: number, afterMin: number): string {
  return `Shifting/${beforeMin}/${at}/${afterMin}`;
}

/** Zones that never change their clocks: those of `fixedZone` (and `shiftingZone`), and three of the world with their winter time. */
export const fixedZones: Zones = {
  offsetMin: (zone, at) => {
    const [kind, before, change, after] = zone.split('/');
    if (kind === 'Fixed') return Number(before);
    if (kind === 'Shifting') return Number(at < Number(change) ? before : after);
    return OFFSETS[zone] ?? Number.NaN;
  },
};
