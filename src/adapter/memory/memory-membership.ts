/** Members of a deployment whose nodes are in one process: for tests and simulations. */
import type { Members, NodeMembership, NodeRow, SeenMap, ShardMap } from '../../port/membership.ts';
import { PortError } from '../../port/port-error.ts';

/** What all nodes share. */
export class MembershipStorage {
  revision = 0;
  readonly rows = new Map<string, { readonly row: NodeRow; readonly revision: number }>();
  map: ShardMap | undefined;
  mapRevision = 0;
  readonly waiting = new Set<(seen: SeenMap) => void>();
}

export class MemoryMembership implements NodeMembership {
  readonly #storage: MembershipStorage;

  constructor(storage: MembershipStorage) {
    this.#storage = storage;
  }

  async read(): Promise<Members> {
    const { rows, map, mapRevision } = this.#storage;
    return { nodes: [...rows.values()].map(({ row, revision }) => ({ ...row, revision })), map, mapRevision };
  }

  async join(row: NodeRow): Promise<number> {
    if (this.#storage.rows.has(row.id)) throw changed(row.id);
    return this.#write(row);
  }

  async renew(row: NodeRow, revision: number): Promise<number> {
    this.#expect(row.id, revision);
    return this.#write(row);
  }

  async remove(id: string, revision: number): Promise<void> {
    this.#expect(id, revision);
    this.#storage.rows.delete(id);
  }

  async writeMap(map: ShardMap, revision: number): Promise<number> {
    const storage = this.#storage;
    if (storage.mapRevision !== revision) throw changed('the map');
    storage.map = map;
    storage.mapRevision = ++storage.revision;
    const { mapRevision } = storage;
    for (const tell of storage.waiting) queueMicrotask(() => tell({ map, mapRevision }));
    return mapRevision;
  }

  onMap(tell: (seen: SeenMap) => void): () => void {
    this.#storage.waiting.add(tell);
    return () => void this.#storage.waiting.delete(tell);
  }

  #write(row: NodeRow): number {
    const revision = ++this.#storage.revision;
    this.#storage.rows.set(row.id, { row, revision });
    return revision;
  }

  #expect(id: string, revision: number): void {
    if (this.#storage.rows.get(id)?.revision !== revision) throw changed(id);
  }
}

function changed(what: string): PortError {
  return new PortError('conflict', `${what} was written by somebody else meanwhile`);
}
