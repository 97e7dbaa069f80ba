import type { Edition, EditionKind, Editions } from '../../port/editions.ts';
import type { Follow } from '../../port/follow.ts';
import { PortError } from '../../port/port-error.ts';
import { followerOf, tellFollowers } from './followers.ts';
import { type Defer, type MemoryOptions, settleLater } from './settle.ts';

interface Stored extends Edition {
  readonly at: number;
}

/** What outlives a MemoryEditions. */
export interface EditionsStorage {
  readonly editions: Map<string, Stored>;
  readonly current: Map<EditionKind, string>;
}

export function emptyEditions(): EditionsStorage {
  return { editions: new Map(), current: new Map() };
}

/** Editions on the heap. `now` dates what is put (ms). */
export class MemoryEditions implements Editions {
  readonly #storage: EditionsStorage;
  readonly #defer: Defer;
  readonly #now: () => number;
  readonly follow: Follow;

  constructor(options: MemoryOptions & { readonly now: () => number; readonly storage?: EditionsStorage }) {
    this.#storage = options.storage ?? emptyEditions();
    this.#defer = options.defer ?? queueMicrotask;
    this.#now = options.now;
    this.follow = followerOf(this.#storage);
  }

  put(edition: Edition, at = this.#now()): Promise<void> {
    return settleLater(this.#defer, () => {
      const key = keyOf(edition.kind, edition.version);
      const held = this.#storage.editions.get(key);
      if (held === undefined) {
        this.#storage.editions.set(key, {
          ...edition,
          bytes: new Uint8Array(edition.bytes),
          at,
        });
      } else if (held.sha256 !== edition.sha256 || Buffer.compare(held.bytes, edition.bytes) !== 0) {
        throw new PortError(
          'conflict',
          `the ${edition.kind} ${edition.version} is already stored with other bytes`,
        );
      }
    });
  }

  get(kind: EditionKind, version: string): Promise<Edition | undefined> {
    return settleLater(this.#defer, () => {
      const held = this.#storage.editions.get(keyOf(kind, version));
      return held && { kind, version, sha256: held.sha256, bytes: new Uint8Array(held.bytes) };
    });
  }

  current(kind: EditionKind): Promise<string> {
    return settleLater(this.#defer, () => this.#storage.current.get(kind) ?? '');
  }

  use(kind: EditionKind, version: string, expected: string): Promise<void> {
    return settleLater(this.#defer, () => {
      const now = this.#storage.current.get(kind) ?? '';
      if (now !== expected) {
        throw new PortError('conflict', `the ${kind} in force is '${now}', not '${expected}'`);
      }
      if (!this.#storage.editions.has(keyOf(kind, version))) {
        throw new PortError('conflict', `there is no ${kind} ${version} to put in force`);
      }
      this.#storage.current.set(kind, version);
      tellFollowers(this.#storage);
    });
  }

  versions(
    kind: EditionKind,
    limit = VERSIONS_MAX,
  ): Promise<{ readonly version: string; readonly sha256: string; readonly at: number }[]> {
    return settleLater(this.#defer, () =>
      [...this.#storage.editions.values()]
        .filter((each) => each.kind === kind)
        .map(({ version, sha256, at }) => ({ version, sha256, at }))
        .reverse()
        .sort((a, b) => b.at - a.at)
        .slice(0, limit),
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const VERSIONS_MAX = 100;

function keyOf(kind: EditionKind, version: string): string {
  return `${kind}/${version}`;
}
