import type { OffsetSource } from './civil-time.ts';
import type { Zones } from './zones.ts';

/** Offsets that a decision used besides the one of its own instant: instant, minutes east of UTC, and so on. Mostly empty. */
export type UsedOffsets = readonly number[];

const NONE: UsedOffsets = [];

/** What a decision's record says of the customer's clock. */
export interface RecordedClock {
  readonly at: number;
  /** Minutes east of UTC at `at`; NaN: the zone was unknown. */
  readonly offsetMin: number;
  readonly offsets: UsedOffsets;
}

/** The offset at `at` as a record knows it: what was not written down was that of the decision's instant. */
export function recordedOffset(recorded: RecordedClock, at: number): number {
  const { offsets } = recorded;
  for (let i = 0; i < offsets.length; i += 2) if (offsets[i] === at) return offsets[i + 1] as number;
  return recorded.offsetMin;
}

/**
 * The customer's clock in one decision. It resolves the zone for each instant that is asked, and remembers the offsets that are not
 * that of the decision's instant (a change of the clocks lies between): with these a record can be replayed
 * on any later zone tables. Owned by a draft, begun by `propose`.
 */
export class CustomerClock implements OffsetSource {
  /** At the decision's instant; NaN: the zone is unknown, and so is every other offset. */
  offsetMin: number = Number.NaN;
  /** The zone that is asked; '' where the record answers or no zone is known. */
  zone = '';
  #zones: Zones | undefined = undefined;
  #recorded: RecordedClock | undefined = undefined;
  #used: number[] | undefined = undefined;

  begin(zones: Zones, zone: string, now: number, recorded: RecordedClock | undefined): void {
    this.zone = zone;
    this.#zones = zones;
    this.#recorded = recorded;
    this.#used = undefined;
    this.offsetMin =
      recorded !== undefined ? recorded.offsetMin : zone === '' ? Number.NaN : zones.offsetMin(zone, now);
  }

  offsetAt(at: number): number {
    if (Number.isNaN(this.offsetMin)) return Number.NaN;
    const offset =
      this.#recorded !== undefined
        ? recordedOffset(this.#recorded, at)
        : (this.#zones as Zones).offsetMin(this.zone, at);
    if (offset !== this.offsetMin) this.#use(at, offset);
    return offset;
  }

  /** Those used so far; for the record. */
  get used(): UsedOffsets {
    return this.#used ?? NONE;
  }

  #use(at: number, offset: number): void {
    this.#used ??= [];
    for (let i = 0; i < this.#used.length; i += 2) if (this.#used[i] === at) return;
    this.#used.push(at, offset);
  }
}
