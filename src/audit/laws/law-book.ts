/**
 * What the laws in this folder and in src/proof/oracle write to. A law reads the facts of a log in their order and says what
 * must be true of them. It knows the format of records and shares no other code with what wrote them, so that an error
 * there cannot hide itself. Here are the laws that shipped commands use too.
 */
export interface Breach {
  /** Short name of the law. */
  readonly law: string;
  readonly sentence: string;
}

const KEPT = 50;

/** Keeps the first breaches whole and counts the rest. */
export class LawBook {
  readonly breaches: Breach[] = [];
  readonly #kept: number;
  #count = 0;

  constructor(kept = KEPT) {
    this.#kept = kept;
  }

  /** All breaches, kept or not. */
  get count(): number {
    return this.#count;
  }

  broken(law: string, sentence: string): void {
    this.#count++;
    if (this.breaches.length < this.#kept) this.breaches.push({ law, sentence });
  }
}

/** Where a fact stands in the logs of a directory. */
export interface FactPlace {
  readonly shard: number;
  readonly sequence: number;
  readonly index: number;
}

export function placeText(place: FactPlace): string {
  return `${place.shard}/${place.sequence}/${place.index}`;
}
