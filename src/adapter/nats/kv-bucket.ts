/** A bucket of the JetStream key-value store whose reads the leader answers. */

import { type SeqMsgRequest, StorageType } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm, KvWatchInclude } from '@nats-io/kv';
import { PortError } from '../../port/port-error.ts';
import type { NatsDoor, Speaker } from './nats-door.ts';
import type { StreamOptions } from './shard-stream.ts';

/** Between two tries to watch. */
const WATCH_AGAIN_MS = 500;

/** An entry as it was written. */
export interface Written {
  readonly revision: number;
  readonly text: string;
}

export class KvBucket {
  readonly #door: NatsDoor;
  readonly #replicas: number;
  readonly #isReadOnly: boolean;
  readonly #name: string;
  #opened: { readonly speaker: Speaker; readonly bucket: Promise<KV> } | undefined;

  constructor(door: NatsDoor, { prefix, replicas, isReadOnly = false }: StreamOptions, name: string) {
    this.#door = door;
    this.#replicas = replicas;
    this.#isReadOnly = isReadOnly;
    this.#name = `${prefix}-${name}`;
  }

  /** Undefined: there is none, or it was deleted. */
  get(key: string): Promise<KvEntry | undefined> {
    return this.#ask(`the reading of ${key}`, async (bucket) => {
      const entry = await bucket.get(key);
      return entry === null || entry.operation !== 'PUT' ? undefined : entry;
    });
  }

  /** Throws PortError `conflict` where there is one. */
  create(key: string, text: string): Promise<number> {
    return this.#ask(`the making of ${key}`, (bucket) => bucket.create(key, text));
  }

  /** Throws PortError `conflict` where its revision is another. */
  update(key: string, text: string, revision: number): Promise<number> {
    return this.#ask(`the change of ${key}`, (bucket) => bucket.update(key, text, revision));
  }

  put(key: string, text: string): Promise<number> {
    return this.#ask(`the writing of ${key}`, (bucket) => bucket.put(key, text));
  }

  /** Throws PortError `conflict` where its revision is another. */
  delete(key: string, revision: number): Promise<void> {
    return this.#ask(`the removal of ${key}`, (bucket) => bucket.delete(key, { previousSeq: revision }));
  }

  /** Calls `changed` after each write of a key, with what was written, until it is stopped. What is written while nobody is connected is not told. */
  watch(key: string, changed: (entry: KvEntry) => void): () => void {
    let isOver = false;
    let stop = (): void => {};
    const run = async (): Promise<void> => {
      while (!isOver) {
        await this.#ask(`the watch of ${key}`, async (bucket) => {
          const changes = await bucket.watch({ key, include: KvWatchInclude.UpdatesOnly });
          stop = () => changes.stop();
          if (isOver) stop();
          for await (const entry of changes) if (!isOver) changed(entry);
        }).catch(() => undefined);
        if (!isOver) await new Promise<void>((resolve) => setTimeout(resolve, WATCH_AGAIN_MS).unref());
      }
    };
    void run();
    return () => {
      isOver = true;
      stop();
    };
  }

  /** The last of each key that `filter` fits (`a.*`, `>`), the oldest first. */
  all(filter: string): Promise<readonly KvEntry[]> {
    return this.#ask('the listing', async (bucket) => {
      const entries: KvEntry[] = [];
      for await (const entry of await bucket.history({ key: filter }))
        if (entry.operation === 'PUT') entries.push(entry);
      return entries.sort((a, b) => a.revision - b.revision);
    });
  }

  /** What was written behind a revision, the last of each key, in order, at most `limit`. The leader answers. */
  since(revision: number, limit: number): Promise<readonly Written[]> {
    return this.#ask('the reading of what was written', async (_, { manager }) => {
      const found: Written[] = [];
      for (let from = revision + 1; found.length < limit; ) {
        // The leader answers this one too, from 2.9 on; the library's types know it of direct reads alone.
        const query = { seq: from, next_by_subj: this.#subjectOf('>') } as SeqMsgRequest;
        const message = await manager.streams.getMessage(`KV_${this.#name}`, query);
        if (message === null) break;
        from = message.seq + 1;
        if (!message.header.has('KV-Operation'))
          found.push({ revision: message.seq, text: message.string() });
      }
      return found;
    });
  }

  /** Calls when a key that `filter` fits is written; see NatsDoor.hear. */
  hear(filter: string, heard: () => void): () => void {
    return this.#door.hear(this.#subjectOf(filter), heard);
  }

  #subjectOf(filter: string): string {
    return `$KV.${this.#name}.${filter}`;
  }

  #ask<T>(what: string, ask: (bucket: KV, speaker: Speaker) => Promise<T>): Promise<T> {
    return this.#door
      .ask(`${this.#name}: ${what}`, async (speaker) => ask(await this.#bucket(speaker), speaker))
      .catch((fault: unknown) => {
        // The library says so of a key that is there.
        if (
          fault instanceof PortError &&
          fault.cause instanceof Error &&
          /wrong last sequence/.test(fault.message)
        )
          throw new PortError('conflict', fault.message, { cause: fault.cause });
        throw fault;
      });
  }

  #bucket(speaker: Speaker): Promise<KV> {
    if (this.#opened?.speaker === speaker) return this.#opened.bucket;
    const buckets = new Kvm(speaker.client);
    const bucket = this.#isReadOnly
      ? buckets.open(this.#name, { allow_direct: false })
      : buckets.create(this.#name, {
          ...{ replicas: this.#replicas, history: 1, storage: StorageType.File, allow_direct: false },
        });
    this.#opened = { speaker, bucket };
    bucket.catch(() => {
      if (this.#opened?.bucket === bucket) this.#opened = undefined;
    });
    return bucket;
  }
}

/** What an entry says. `isSuch`: whether it can be that. Throws PortError `corrupt`, with its place. */
export function entryJson<T extends object>(entry: KvEntry, isSuch: (value: Partial<T>) => boolean): T {
  let value: unknown;
  try {
    value = entry.json();
  } catch {
    // Told below.
  }
  if (typeof value === 'object' && value !== null && isSuch(value as Partial<T>)) return value as T;
  throw new PortError(
    'corrupt',
    `${entry.bucket}: entry ${entry.key} is damaged, or was written by somebody who is no node`,
  );
}
