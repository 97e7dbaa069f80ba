import { createHash, timingSafeEqual } from 'node:crypto';

/** Admitted headers that are remembered; further ones are compared each time. */
const REMEMBERED_MAX = 1_024;

/**
 * The tokens that admit a caller, kept as hashes of equal length. Every one is compared in full for each header that was
 * not admitted before, so that the time it takes shows neither how much of a guess was right nor which token it resembles.
 */
export class BearerTokens {
  readonly #hashes: readonly Buffer[];
  readonly #admitted = new Set<string>();

  constructor(tokens: readonly string[]) {
    this.#hashes = tokens.map(sha256);
  }

  /** `authorization` as it stands in the headers. */
  admits(authorization: string): boolean {
    if (this.#admitted.has(authorization)) return true;
    const match = /^Bearer +(\S+) *$/i.exec(authorization);
    if (match === null) return false;
    const given = sha256(match[1] as string);
    let admitted = false;
    for (const hash of this.#hashes) admitted = timingSafeEqual(hash, given) || admitted;
    if (admitted && this.#admitted.size < REMEMBERED_MAX) this.#admitted.add(authorization);
    return admitted;
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
