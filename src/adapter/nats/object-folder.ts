/**
 * Files of one shard in a bucket of the JetStream object store. All that a listing needs is in the names.
 *
 * I1  A file is there whole or not at all: its entry is published after its last chunk, and its SHA-256 is checked when it is read.
 * I2  A listing is answered by the leader of the bucket's stream. A consumer may sit on a replica that has not heard of the last file yet.
 * I3  A file that is removed leaves no entry.
 */

import { StorageType } from '@nats-io/jetstream';
import { type ObjectStore, Objm } from '@nats-io/obj';
import { PortError } from '../../port/port-error.ts';
import type { NatsDoor, Speaker } from './nats-door.ts';
import { infoOf, type StreamOptions } from './shard-stream.ts';

/** Reads of large files get so many times the time of an answer. */
const READ_ANSWERS = 12;

export class ObjectFolder {
  readonly #door: NatsDoor;
  readonly #options: StreamOptions;
  readonly #bucket: string;
  #store: { readonly speaker: Speaker; readonly store: Promise<ObjectStore> } | undefined;

  /** `name`: of the folder, letters, digits, `-` and `_`. */
  constructor(door: NatsDoor, options: StreamOptions, name: string) {
    this.#door = door;
    this.#options = options;
    this.#bucket = `${options.prefix}-files-${name}`;
  }

  /** Names that begin with `prefix`, in no order. */
  list(prefix: string): Promise<readonly string[]> {
    return this.#door.ask(`${this.#bucket}: the listing`, async ({ manager }) => {
      const entries = `$O.${this.#bucket}.M.`;
      const info = await infoOf(manager, this.#stream, `${entries}>`);
      return Object.keys(info?.state.subjects ?? {})
        .map((subject) => Buffer.from(subject.slice(entries.length), 'base64url').toString())
        .filter((name) => name.startsWith(prefix));
    });
  }

  /** Of these names, those whose files are there: a removal that was cut short leaves a name without one. */
  async filter(names: readonly string[]): Promise<readonly string[]> {
    return this.#ask('the look at its files', async (store) => {
      const entries = await Promise.all(names.map((name) => store.info(name)));
      return names.filter((_, at) => entries[at]?.deleted === false);
    });
  }

  /** Replaces a file of the name. What `pieces` throws ends the writing, and is thrown. */
  write(name: string, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
    return this.#ask(`the writing of ${name}`, async (store) => {
      let fault: unknown;
      const stream = ReadableStream.from(
        (async function* () {
          try {
            yield* pieces;
          } catch (cause) {
            fault = cause;
            throw cause;
          }
        })(),
      ) as ReadableStream<Uint8Array>;
      try {
        const { size } = await store.put({ name }, stream, { timeout: this.#door.answerMs });
        return size;
      } catch (cause) {
        throw fault ?? cause;
      }
    });
  }

  /** Undefined: there is none of the name. Throws PortError `corrupt`. */
  read(name: string): Promise<Uint8Array | undefined> {
    return this.#ask(`the reading of ${name}`, async (store, { manager }) => {
      const entry = await store.info(name);
      if (entry === null || entry.deleted) return undefined;
      // The library waits without an end for pieces that are gone.
      const pieces = `$O.${this.#bucket}.C.${entry.nuid}`;
      const { [pieces]: count = 0 } = (await infoOf(manager, this.#stream, pieces))?.state.subjects ?? {};
      if (count !== entry.chunks) {
        if ((await store.info(name))?.nuid !== entry.nuid) return undefined;
        throw this.damaged(name, `it has ${count} pieces of ${entry.chunks}`);
      }
      const found = await within(this.#door.answerMs * READ_ANSWERS, store.getBlob(name)).catch(
        (cause: Error) => {
          if (!/digests do not match/.test(cause.message)) throw cause;
          throw this.damaged(name, cause.message);
        },
      );
      return found ?? undefined;
    });
  }

  /** Throws PortError `corrupt` where there is none of the name. */
  async expect(name: string): Promise<Uint8Array> {
    const found = await this.read(name);
    if (found === undefined) throw this.damaged(name, 'it is gone');
    return found;
  }

  damaged(name: string, how: string): PortError {
    return new PortError('corrupt', `${this.#bucket}: ${name} is damaged: ${how}`);
  }

  /** I3 */
  remove(name: string): Promise<void> {
    return this.#ask(`the removal of ${name}`, async (store, { manager }) => {
      await store.delete(name);
      const entry = Buffer.from(name).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      await manager.streams.purge(this.#stream, { filter: `$O.${this.#bucket}.M.${entry}` });
    });
  }

  get #stream(): string {
    return `OBJ_${this.#bucket}`;
  }

  #ask<T>(what: string, ask: (store: ObjectStore, speaker: Speaker) => Promise<T>): Promise<T> {
    return this.#door.ask(`${this.#bucket}: ${what}`, async (speaker) =>
      ask(await this.#opened(speaker), speaker),
    );
  }

  #opened(speaker: Speaker): Promise<ObjectStore> {
    if (this.#store?.speaker === speaker) return this.#store.store;
    const { replicas, isReadOnly } = this.#options;
    const stores = new Objm(speaker.client);
    const store =
      isReadOnly === true
        ? stores.open(this.#bucket, false)
        : stores.create(this.#bucket, { storage: StorageType.File, replicas, compression: false });
    this.#store = { speaker, store };
    store.catch(() => {
      if (this.#store?.store === store) this.#store = undefined;
    });
    return store;
  }
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it was not read within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
