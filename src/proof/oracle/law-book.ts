/** Where broken laws are written down: the first ones whole, the rest counted. */
export interface Breach {
  /** Short name of the law. */
  readonly law: string;
  readonly sentence: string;
}

const KEPT = 50;

export class LawBook {
  readonly breaches: Breach[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  broken(law: string, sentence: string): void {
    this.#count++;
    if (this.breaches.length < KEPT) this.breaches.push({ law, sentence });
  }
}

/** Where a fact stands. */
export interface FactPlace {
  readonly shard: number;
  readonly sequence: number;
  readonly index: number;
}

export function placeText(place: FactPlace): string {
  return `${place.shard}/${place.sequence}/${place.index}`;
}
