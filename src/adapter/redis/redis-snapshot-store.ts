/**
 * Snapshots in one Redis (plain, behind Sentinel, or managed: one primary), everything of a shard under one hash tag.
 *
 * I1  A batch, a checkpoint and a clear are each one script: whole or not at all, and only where the counter is the one that is expected.
 * I2  Whoever reads asks for the row before the counter: a row that a clear took in between is found missing under a counter that tells of it.
 * I3  Acknowledged is not synced: Redis may lose the last second or two (AOF), or everything. The counter shows it, and the shard is made anew from image,
 *     archive and log.
 * I4  A command is sent once and never kept for later: what was not answered is unknown, and the shard's counter is asked again.
 */
import type { Redis } from 'ioredis';
import { PortError } from '../../port/port-error.ts';
import { counterAfterClear, expectKnown } from '../../port/snapshot-counter.ts';
import type {
  Checkpoint,
  DueCustomer,
  Snapshot,
  SnapshotPut,
  SnapshotStore,
} from '../../port/snapshot-store.ts';
import { type RedisConnection, redisConnection } from './redis-connection.ts';
import { redisFault } from './redis-fault.ts';
import { decodeRow, encodeRow, idBytes } from './redis-row.ts';
import { CHECKPOINT, CLEAR, WRITE } from './snapshot-scripts.ts';

export interface RedisStoreOptions extends RedisConnection {
  /** Of the deployment: letters, digits, `-` and `_`. Two deployments on one Redis differ in it. */
  readonly prefix: string;
}

/** What a script answers: whether it was done, and the counter. */
type Done = readonly [number, Buffer];
type Scripts = Record<
  'attuneWriteBuffer' | 'attuneCheckpointBuffer' | 'attuneClearBuffer',
  (...args: readonly (string | Buffer | number)[]) => Promise<Done>
>;

interface Keys {
  readonly meta: string;
  readonly rows: string;
  readonly ids: string;
  readonly due: string;
  readonly names: string;
  /** Before an audience's name. */
  readonly audience: string;
}

export class RedisSnapshotStore implements SnapshotStore {
  readonly #prefix: string;
  readonly #redis: Redis & Scripts;
  readonly #keys = new Map<number, Keys>();
  /** The first time; later ones are the client's own. */
  #connecting: Promise<void> | undefined;
  /** Why there was no connection last. */
  #failure: Error | undefined;

  constructor(options: RedisStoreOptions) {
    this.#prefix = options.prefix;
    // I4
    const redis = redisConnection(options, (fault) => {
      this.#failure = fault;
    });
    redis.defineCommand('attuneWrite', { numberOfKeys: 5, lua: WRITE });
    redis.defineCommand('attuneCheckpoint', { numberOfKeys: 1, lua: CHECKPOINT });
    redis.defineCommand('attuneClear', { numberOfKeys: 5, lua: CLEAR });
    this.#redis = redis as Redis & Scripts;
  }

  get(shard: number, id: string, known?: number): Promise<Snapshot | undefined> {
    return this.#asked(shard, 'the reading of a snapshot', async (redis, { rows }) => {
      // I2
      const [row] = await this.#knowing(shard, known, [redis.hgetBuffer(rows, idBytes(id))]);
      return row === null || row === undefined ? undefined : decodeRow(row, shard, id);
    });
  }

  write(shard: number, puts: readonly SnapshotPut[], expectedCounter: number): Promise<number> {
    return this.#asked(shard, 'a batch of snapshots', async (redis, keys) => {
      const rows = puts.flatMap((put) => [
        idBytes(put.id),
        put.seq,
        put.due,
        put.bytes.length === 0 ? '' : encodeRow(put),
      ]);
      const done = await redis.attuneWriteBuffer(...named(keys), keys.audience, expectedCounter, ...rows);
      return counterOf(shard, done, expectedCounter);
    });
  }

  checkpoint(shard: number, { sequence, counter, state }: Checkpoint): Promise<void> {
    return this.#asked(shard, 'a checkpoint', async (redis, { meta }) => {
      const done = await redis.attuneCheckpointBuffer(meta, counter, sequence, Buffer.from(state));
      counterOf(shard, done, counter);
    });
  }

  load(shard: number): Promise<{ readonly checkpoint: Checkpoint | undefined; readonly counter: number }> {
    return this.#asked(shard, 'its checkpoint', async (redis, { meta }) => {
      const found = await redis.hmgetBuffer(meta, 'counter', 'seen', 'sequence', 'state');
      const [at, seen, sequence, state] = found;
      const counter = numberOf(at);
      if (!seen || !sequence || !state) return { checkpoint: undefined, counter };
      const checkpoint = {
        ...{ sequence: numberOf(sequence), counter: numberOf(seen), state: new Uint8Array(state) },
      };
      if (counter < checkpoint.counter)
        throw new PortError(
          'corrupt',
          `the snapshots of shard ${shard} lost a suffix: ${counter} batches are left, its checkpoint saw ${checkpoint.counter}`,
        );
      return { checkpoint, counter };
    });
  }

  due(shard: number, from: number, to: number, limit: number, known?: number): Promise<DueCustomer[]> {
    return this.#asked(shard, 'who is due', async (redis, { due }) => {
      const until = to === Number.POSITIVE_INFINITY ? '+inf' : `(${to}`;
      const asked = redis.zrangebyscoreBuffer(due, from, until, 'WITHSCORES', 'LIMIT', 0, limit);
      const [found = []] = await this.#knowing(shard, known, [asked]);
      const customers: DueCustomer[] = [];
      for (let at = 0; at + 1 < found.length; at += 2)
        customers.push({ due: numberOf(found[at + 1]), id: (found[at] as Buffer).toString('base64url') });
      return customers;
    });
  }

  members(
    shard: number,
    audience: string,
    after: string,
    limit: number,
    known?: number,
  ): Promise<readonly string[]> {
    return this.#asked(shard, 'the members of an audience', async (redis, keys) => {
      const asked = this.#page(redis, `${keys.audience}${audience}`, after, limit);
      const [found = []] = await this.#knowing(shard, known, [asked]);
      return found.map((id) => id.toString('base64url'));
    });
  }

  scan(shard: number, after: string, limit: number): Promise<(Snapshot & { readonly id: string })[]> {
    return this.#asked(shard, 'its snapshots', async (redis, { ids, rows }) => {
      for (let from = after; ; ) {
        const page = await this.#page(redis, ids, from, limit);
        if (page.length === 0) return [];
        const found = (await redis.hmgetBuffer(rows, ...page)) as (Buffer | null)[];
        const snapshots = page.flatMap((bytes, at) => {
          const [id, row] = [bytes.toString('base64url'), found[at]];
          // Gone since the page was read.
          return row ? [{ id, ...decodeRow(row, shard, id) }] : [];
        });
        if (snapshots.length > 0) return snapshots;
        from = (page.at(-1) as Buffer).toString('base64url');
      }
    });
  }

  ids(shard: number, after: string, limit: number): Promise<readonly string[]> {
    return this.#asked(shard, 'its customers', async (redis, { ids }) => {
      const page = await this.#page(redis, ids, after, limit);
      return page.map((id) => id.toString('base64url'));
    });
  }

  clear(shard: number, above = 0): Promise<void> {
    return this.#asked(shard, 'the clearing', async (redis, keys) => {
      await redis.attuneClearBuffer(...named(keys), keys.audience, above, counterAfterClear(0, 0));
    });
  }

  count(shard: number): Promise<number> {
    return this.#asked(shard, 'the count of its customers', (redis, { ids }) => redis.zcard(ids));
  }

  /** Whose profiles these are, as `own` noted it; '': nobody noted it. */
  owner(): Promise<string> {
    return this.#asked(0, 'whose profiles it has', async (redis) => {
      return (await redis.hget(`{${this.#prefix}:deployment}`, 'owner')) ?? '';
    });
  }

  own(owner: string): Promise<void> {
    return this.#asked(0, 'the note of whose profiles it has', async (redis) => {
      await redis.hset(`{${this.#prefix}:deployment}`, 'owner', owner);
    });
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  /** Ids behind `after`, in the order of their bytes. */
  #page(redis: Redis, key: string, after: string, limit: number): Promise<Buffer[]> {
    const from = after === '' ? '-' : Buffer.concat([Buffer.from('('), idBytes(after)]);
    return redis.zrangebylexBuffer(key, from, '+', 'LIMIT', 0, limit);
  }

  /** I2: what was asked, once the counter that was asked behind it is one that `known` may see. */
  async #knowing<T>(shard: number, known: number | undefined, asked: Promise<T>[]): Promise<T[]> {
    if (known === undefined) return Promise.all(asked);
    const counter = this.#redis.hgetBuffer(this.#keysOf(shard).meta, 'counter');
    const [found, at] = await Promise.all([Promise.all(asked), counter]);
    expectKnown(shard, known, numberOf(at));
    return found;
  }

  async #asked<T>(
    shard: number,
    what: string,
    ask: (redis: Redis & Scripts, keys: Keys) => Promise<T>,
  ): Promise<T> {
    try {
      if (this.#redis.status === 'wait')
        this.#connecting = this.#redis.connect().finally(() => {
          this.#connecting = undefined;
        });
      await this.#connecting;
      return await ask(this.#redis, this.#keysOf(shard));
    } catch (fault) {
      throw redisFault(`shard ${shard}: ${what}`, fault, this.#failure);
    }
  }

  #keysOf(shard: number): Keys {
    const found = this.#keys.get(shard);
    if (found !== undefined) return found;
    const tag = `{${this.#prefix}:${shard}}`;
    const made = {
      ...{ meta: `${tag}:meta`, rows: `${tag}:rows`, ids: `${tag}:ids`, due: `${tag}:due` },
      ...{ names: `${tag}:audiences`, audience: `${tag}:audience:` },
    };
    this.#keys.set(shard, made);
    return made;
  }
}

function named({ meta, rows, ids, due, names }: Keys): string[] {
  return [meta, rows, ids, due, names];
}

/** Throws PortError `corrupt`: somebody else wrote there. */
function numberOf(text: Buffer | null | undefined): number {
  const found = text ? Number(text.toString()) : 0;
  if (Number.isFinite(found)) return found;
  throw new PortError('corrupt', `a number in Redis is ${JSON.stringify(text?.toString().slice(0, 40))}`);
}

/** Throws PortError `conflict` where a script found another counter than the one expected. */
function counterOf(shard: number, [done, counter]: Done, expected: number): number {
  if (Number(done) === 1) return numberOf(counter);
  throw new PortError(
    'conflict',
    `shard ${shard} has had ${numberOf(counter)} snapshot batches, not the expected ${expected}`,
  );
}
