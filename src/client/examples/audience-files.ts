/**
 * Audiences as files in a directory, one a file: who is in it, with what their ad says.
 *
 * I1  Of each customer the highest version counts, in whatever order changes come; who left is kept until nothing older can come.
 * I2  A file is replaced by renaming, which is whole or not at all: a change is answered after that.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is known of a customer in an audience. */
export interface KnownLevel {
  /** A bigint as text: JSON has none. */
  readonly version: string;
  readonly isMember: boolean;
  /** Keys as `kind=value`. */
  readonly keys: readonly string[];
  readonly shows: string;
  /** Ms since 1970: nobody is in the audience beyond it, and nothing older comes. */
  readonly notAfter: number;
}

export class AudienceFiles {
  readonly #directory: string;
  readonly #audiences = new Map<string, Map<string, KnownLevel>>();

  /** Makes the directory where it is not there. */
  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** Takes a change; false: a later one was known, and nothing changes. */
  put(audience: string, customerId: string, level: KnownLevel, now: number): boolean {
    const levels = this.#levels(audience);
    const known = levels.get(customerId);
    if (known !== undefined && BigInt(known.version) > BigInt(level.version)) return false;
    levels.set(customerId, level);
    for (const [id, { notAfter }] of levels) if (notAfter <= now) levels.delete(id);
    this.#write(audience, levels);
    return true;
  }

  /** Who is in it at `now`, by customer id. */
  members(audience: string, now: number): ReadonlyMap<string, KnownLevel> {
    const isIn = ({ isMember, notAfter }: KnownLevel): boolean => isMember && notAfter > now;
    return new Map([...this.#levels(audience)].filter(([, level]) => isIn(level)));
  }

  /** Nothing is kept of the customer, in any audience. */
  forget(customerId: string): void {
    for (const name of readdirSync(this.#directory)) {
      if (!name.endsWith('.json')) continue;
      const audience = decodeURIComponent(name.slice(0, -'.json'.length));
      const levels = this.#levels(audience);
      if (levels.delete(customerId)) this.#write(audience, levels);
    }
  }

  #write(audience: string, levels: ReadonlyMap<string, KnownLevel>): void {
    const path = this.#path(audience);
    writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(levels)));
    renameSync(`${path}.new`, path);
  }

  #levels(audience: string): Map<string, KnownLevel> {
    const known = this.#audiences.get(audience);
    if (known !== undefined) return known;
    const path = this.#path(audience);
    const stored: Record<string, KnownLevel> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
    const levels = new Map(Object.entries(stored));
    this.#audiences.set(audience, levels);
    return levels;
  }

  #path(audience: string): string {
    return join(this.#directory, `${encodeURIComponent(audience)}.json`);
  }
}
