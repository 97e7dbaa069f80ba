/**
 * Ids of lines that have none: a hash of what the line says and of which repeat of it this is within its file, so that a
 * file that is sent twice counts once, and a line that stands in it twice counts twice. Owned by one `send`.
 *
 * I1  The same lines in the same order get the same ids, however their keys are ordered and whatever stands between them.
 * I2  48 bits of each line without an id are kept, and a count: about 40 bytes a line. Two lines that share them by chance
 *     get other ids all the same, which differ by the whole hash.
 */
import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from '../json-line.ts';

const ID_CHARACTERS = 32;
const KEPT_BYTES = 6;

export class RepeatIds {
  /** What besides the line makes another event of it, such as the kind that a flag names. */
  readonly #salt: string;
  readonly #counts = new Map<number, number>();

  constructor(salt: string) {
    this.#salt = salt;
  }

  /** The id of the next line: 32 hexadecimal digits. */
  next(line: JsonObject): string {
    const content = createHash('sha256').update(this.#salt).update(canonical(line)).digest();
    const kept = content.readUIntBE(0, KEPT_BYTES);
    const repeat = this.#counts.get(kept) ?? 0;
    this.#counts.set(kept, repeat + 1);
    return createHash('sha256').update(content).update(`#${repeat}`).digest('hex').slice(0, ID_CHARACTERS);
  }
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
