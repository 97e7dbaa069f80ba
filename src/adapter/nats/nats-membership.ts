/** Members in a bucket: a key for each node, `node.<id>`, and `map`. */
import type { KvEntry } from '@nats-io/kv';
import type {
  DrainWord,
  MemberNode,
  Members,
  NodeMembership,
  NodeRow,
  SeenMap,
  ShardMap,
} from '../../port/membership.ts';
import { PortError } from '../../port/port-error.ts';
import { entryJson, KvBucket } from './kv-bucket.ts';
import type { NatsDoor } from './nats-door.ts';
import type { StreamOptions } from './shard-stream.ts';

const NODE = 'node.';
const MAP = 'map';
const NOTHING = { proposed: '', why: '' };
const UNKNOWN = { revisions: [], formats: {} };

export class NatsMembership implements NodeMembership {
  readonly #bucket: KvBucket;

  /** The door stays the caller's. */
  constructor(door: NatsDoor, options: StreamOptions) {
    this.#bucket = new KvBucket(door, options, 'members');
  }

  async read(): Promise<Members> {
    const entries = await this.#bucket.all('>');
    const map = entries.find(({ key }) => key === MAP);
    return {
      nodes: entries.filter(({ key }) => key.startsWith(NODE)).flatMap(nodeIn),
      map: map && entryJson<ShardMap>(map, isMap),
      mapRevision: map?.revision ?? 0,
    };
  }

  join(row: NodeRow): Promise<number> {
    return this.#bucket.create(NODE + row.id, JSON.stringify(row));
  }

  renew(row: NodeRow, revision: number): Promise<number> {
    return this.#bucket.update(NODE + row.id, JSON.stringify(row), revision);
  }

  remove(id: string, revision: number): Promise<void> {
    return this.#bucket.delete(NODE + id, revision);
  }

  writeMap(map: ShardMap, revision: number): Promise<number> {
    const text = JSON.stringify(map);
    return revision === 0 ? this.#bucket.create(MAP, text) : this.#bucket.update(MAP, text, revision);
  }

  onMap(changed: (seen: SeenMap | undefined) => void): () => void {
    return this.#bucket.watch(MAP, (entry) => changed(mapIn(entry)));
  }
}

/** None of what no node has written: whoever did is nobody to whom a shard could be given. */
function nodeIn(entry: KvEntry): MemberNode[] {
  try {
    return [{ ...entryJson<NodeRow>(entry, isRow), revision: entry.revision }];
  } catch (fault) {
    if (fault instanceof PortError) return [];
    throw fault;
  }
}

/** Undefined: it was removed, or no node has written it; whoever reads it is told so. */
function mapIn(entry: KvEntry): SeenMap | undefined {
  if (entry.operation !== 'PUT') return undefined;
  try {
    return { map: entryJson<ShardMap>(entry, isMap), mapRevision: entry.revision };
  } catch (fault) {
    if (fault instanceof PortError) return undefined;
    throw fault;
  }
}

function isRow(row: Partial<NodeRow>): boolean {
  const { id, address, isDraining, version, held = NOTHING, program = UNKNOWN } = row;
  return (
    isNumbers(program.revisions) &&
    isRecordOf(program.formats, isNumbers) &&
    [id, address, version, held.proposed, held.why].every((text) => typeof text === 'string') &&
    typeof isDraining === 'boolean'
  );
}

function isNumbers(list: unknown): boolean {
  return Array.isArray(list) && list.every(Number.isSafeInteger);
}

function isMap({ owners, handoffs, drained = {}, core = 1, formats = {} }: Partial<ShardMap>): boolean {
  return (
    Array.isArray(owners) &&
    owners.every((owner) => typeof owner === 'string') &&
    isRecordOf(handoffs, (to) => typeof to === 'string') &&
    isRecordOf(drained, isWord) &&
    Number.isSafeInteger(core) &&
    isRecordOf(formats, Number.isSafeInteger)
  );
}

function isWord(word: Partial<DrainWord> | null): boolean {
  return (
    word !== null &&
    [word.by, word.why].every((text) => typeof text === 'string') &&
    Number.isSafeInteger(word.since)
  );
}

function isRecordOf<T>(record: Readonly<Record<string, T>> | undefined, is: (value: T) => boolean): boolean {
  return typeof record === 'object' && record !== null && Object.values(record).every(is);
}
