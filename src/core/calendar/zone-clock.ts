import type { OffsetSource } from './civil-time.ts';
import type { Zones } from './zones.ts';

/** The clock of a zone by name; a zone that is '' or unknown counts as UTC. */
export class NamedZoneClock implements OffsetSource {
  readonly #zones: Zones;
  readonly #zone: string;

  constructor(zones: Zones, zone: string) {
    this.#zones = zones;
    this.#zone = zone;
  }

  offsetAt(at: number): number {
    const offset = this.#zone === '' ? 0 : this.#zones.offsetMin(this.#zone, at);
    return Number.isNaN(offset) ? 0 : offset;
  }
}
