/**
 * The shard map as a client knows it, asked for when it is used: without calls nothing is asked. Owned by the connection.
 *
 * I1  Nobody waits for a map: until it is there, and when it cannot be had, any node is asked.
 * I2  One question at a time, and the next one not before its time.
 */
import type { AttuneError } from './attune-error.ts';
import type { OwnerMap } from './shard-map.ts';

export interface MapFollowerParts {
  /** Asks a node; undefined: the service is alone. Throws AttuneError. */
  readonly ask: () => Promise<OwnerMap | undefined>;
  readonly onMap: (map: OwnerMap) => void;
  /** Tells a person. */
  readonly warn: (sentence: string) => void;
}

/** Old enough to be asked for again. */
const FRESH_MS = 5_000;
/** After a sign that it is wrong. */
const SUSPECT_MS = 250;
/** After a question that nobody answered. */
const RETRY_MS = 500;
/** A service that is alone, or does not tell, may be another one later. */
const SELDOM_MS = 60_000;

export class MapFollower {
  readonly #parts: MapFollowerParts;
  #map: OwnerMap | undefined;
  #nextAt = 0;
  #isAsking = false;
  #isTold = false;

  constructor(parts: MapFollowerParts) {
    this.#parts = parts;
  }

  /** As it was said last; undefined: nothing is known of who serves whom. */
  get map(): OwnerMap | undefined {
    if (!this.#isAsking && Date.now() >= this.#nextAt) void this.#ask();
    return this.#map;
  }

  /** A node did not answer: others may serve its customers soon. */
  suspect(): void {
    if (this.#map !== undefined) this.#nextAt = Math.min(this.#nextAt, Date.now() + SUSPECT_MS);
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    const { ask, onMap } = this.#parts;
    try {
      this.#map = await ask();
      if (this.#map !== undefined) onMap(this.#map);
      this.#nextAt = Date.now() + (this.#map === undefined ? SELDOM_MS : FRESH_MS);
    } catch (error) {
      this.#nextAt = Date.now() + this.#refused(error as AttuneError);
    } finally {
      this.#isAsking = false;
    }
  }

  /** How long to wait. */
  #refused({ code, message }: AttuneError): number {
    if (code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED' || code === 'RESOURCE_EXHAUSTED')
      return RETRY_MS;
    if (!this.#isTold && code !== 'CANCELLED')
      this.#parts.warn(
        `Attune does not tell which node serves which customer (${code}: ${message}). All calls work, by the addresses that were given and with a way round in the service.`,
      );
    this.#isTold = true;
    return SELDOM_MS;
  }
}
