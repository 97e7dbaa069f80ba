/**
 * Editions: their bytes as objects named by their SHA-256, what they are in a key-value bucket. Keys: `<kind>.<version in base64url>`, and `current.<kind>` for
 * the version in force.
 *
 * I1  The bytes are there before the key that names them. Of two who put one version at once the first makes the key.
 */
import { createHash } from 'node:crypto';
import type { Edition, EditionKind, Editions } from '../../port/editions.ts';
import type { Follow } from '../../port/follow.ts';
import { PortError } from '../../port/port-error.ts';
import { entryJson, KvBucket } from './kv-bucket.ts';
import type { NatsDoor } from './nats-door.ts';
import { ObjectFolder } from './object-folder.ts';
import type { StreamOptions } from './shard-stream.ts';

const VERSIONS_LISTED = 100;

interface Listed {
  readonly version: string;
  readonly sha256: string;
  readonly at: number;
  /** Of the bytes as they are; `sha256` is what the edition says of itself. */
  readonly digest: string;
}

export class NatsEditions implements Editions {
  readonly #keys: KvBucket;
  readonly #files: ObjectFolder;
  readonly #now: () => number;

  /** The door stays the caller's. */
  constructor(door: NatsDoor, options: StreamOptions, { now }: { readonly now: () => number }) {
    this.#keys = new KvBucket(door, options, 'editions');
    this.#files = new ObjectFolder(door, options, 'shared');
    this.#now = now;
  }

  async put({ kind, version, sha256, bytes }: Edition, at: number = this.#now()): Promise<void> {
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (await this.#isPut(kind, version, digest)) return;
    // I1
    await this.#files.write(fileOf(digest), [bytes]);
    const listed: Listed = { version, sha256, at, digest };
    await this.#keys.create(keyOf(kind, version), JSON.stringify(listed)).catch(async (fault: unknown) => {
      if (
        fault instanceof PortError &&
        fault.kind === 'conflict' &&
        (await this.#isPut(kind, version, digest))
      )
        return;
      throw fault;
    });
  }

  async get(kind: EditionKind, version: string): Promise<Edition | undefined> {
    const listed = await this.#listed(kind, version);
    if (listed === undefined) return undefined;
    const bytes = await this.#files.expect(fileOf(listed.digest));
    return { kind, version, sha256: listed.sha256, bytes };
  }

  async current(kind: EditionKind): Promise<string> {
    return (await this.#keys.get(`current.${kind}`))?.string() ?? '';
  }

  async use(kind: EditionKind, version: string, expected: string): Promise<void> {
    if ((await this.#listed(kind, version)) === undefined)
      throw new PortError('conflict', `${kind} ${version} was never put`);
    const key = `current.${kind}`;
    const entry = await this.#keys.get(key);
    const found = entry?.string() ?? '';
    if (found !== expected)
      throw new PortError('conflict', `the ${kind} in force is "${found}", not "${expected}"`);
    if (entry === undefined) await this.#keys.create(key, version);
    else await this.#keys.update(key, version, entry.revision);
  }

  async versions(
    kind: EditionKind,
    limit: number = VERSIONS_LISTED,
  ): Promise<{ readonly version: string; readonly sha256: string; readonly at: number }[]> {
    const entries = await this.#keys.all(`${kind}.*`);
    return entries
      .toReversed()
      .slice(0, limit)
      .map((entry) => {
        const { version, sha256, at } = entryJson<Listed>(entry, isListed);
        return { version, sha256, at };
      });
  }

  readonly follow: Follow = (changed) => this.#keys.hear('current.*', changed);

  async close(): Promise<void> {}

  /** Throws PortError `conflict` for a version that was put with other bytes. */
  async #isPut(kind: EditionKind, version: string, digest: string): Promise<boolean> {
    const listed = await this.#listed(kind, version);
    if (listed === undefined) return false;
    if (listed.digest === digest) return true;
    throw new PortError('conflict', `${kind} ${version} was put before with other bytes`);
  }

  async #listed(kind: EditionKind, version: string): Promise<Listed | undefined> {
    const entry = await this.#keys.get(keyOf(kind, version));
    return entry && entryJson<Listed>(entry, isListed);
  }
}

function keyOf(kind: EditionKind, version: string): string {
  return `${kind}.${Buffer.from(version).toString('base64url')}`;
}

function fileOf(digest: string): string {
  return `edition/${digest}`;
}

function isListed({ version, sha256, at, digest }: Partial<Listed>): boolean {
  return [version, sha256, digest].every((text) => typeof text === 'string') && Number.isFinite(at);
}
