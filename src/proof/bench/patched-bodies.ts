/**
 * Prepared request bodies whose ids are written in place for each call, so that every call is a new request and costs
 * the client next to nothing.
 */

const DIGITS = 16;
/** Stands in a body wherever an id of its own belongs. */
export const ID_PLACEHOLDER = `bench-${'0'.repeat(DIGITS)}`;
/** Tags of this span all take four bytes, so that they can be written in place. */
export const TAG_LOW = 2 ** 21;
export const TAG_SPAN = 2 ** 21;

/** No id is used twice in one process, nor by two processes that start in different microseconds. */
let issued = Date.now() * 1000;

export class PatchedBodies {
  readonly #bodies: readonly Buffer[];
  readonly #places: readonly (readonly number[])[];
  readonly #stride: number;
  readonly #tagged: boolean;

  /** With `tagged` each body begins with a field 1 that holds `TAG_LOW`. */
  constructor(bodies: readonly Buffer[], tagged: boolean) {
    this.#bodies = bodies;
    this.#places = bodies.map(placesOf);
    this.#stride = strideFor(bodies.length);
    this.#tagged = tagged;
  }

  get bytesMean(): number {
    return this.#bodies.reduce((sum, body) => sum + body.length, 0) / this.#bodies.length;
  }

  /** The body of call `i`: all bodies in turn, scattered. It is changed again when its turn comes back. */
  readonly body = (i: number): Buffer => {
    const at = (i * this.#stride) % this.#bodies.length;
    const body = this.#bodies[at] as Buffer;
    for (const place of this.#places[at] as readonly number[]) writeDigits(body, place, DIGITS, issued++);
    if (this.#tagged) writeTag(body, 1, TAG_LOW + (i % TAG_SPAN));
    return body;
  };
}

function placesOf(body: Buffer): number[] {
  const places: number[] = [];
  for (let at = body.indexOf(ID_PLACEHOLDER); at >= 0; at = body.indexOf(ID_PLACEHOLDER, at + 1)) {
    places.push(at + ID_PLACEHOLDER.length - DIGITS);
  }
  return places;
}

/** Writes a number as decimal digits with leading zeros. */
export function writeDigits(body: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    body[i] = 48 + (rest - next * 10);
    rest = next;
  }
}

function writeTag(body: Buffer, at: number, tag: number): void {
  body[at] = (tag & 0x7f) | 0x80;
  body[at + 1] = ((tag >>> 7) & 0x7f) | 0x80;
  body[at + 2] = ((tag >>> 14) & 0x7f) | 0x80;
  body[at + 3] = tag >>> 21;
}

/** A step that visits every body before any comes again, far enough apart that neighbours do not follow each other. */
export function strideFor(count: number): number {
  let stride = Math.max(1, Math.floor(count * 0.618));
  while (greatestCommonDivisor(stride, count) > 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
