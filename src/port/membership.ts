/**
 * What the nodes of a deployment agree on: who they are, and which of them serves each shard. Every write is a compare-and-set, so that of two
 * who decide at once one is told that the other came first.
 */

/** A node, as it says of itself. */
export interface NodeRow {
  /** Of this run of its process. */
  readonly id: string;
  /** Where clients and other nodes reach it, `host:port`. */
  readonly address: string;
  /** It is about to end: it takes no shards and gives its own away. */
  readonly isDraining: boolean;
  readonly version: string;
  /** Absent: nothing is known of it. */
  readonly program?: NodeProgram;
  /** Of the edition that was proposed last: whether the node can put it in force. Absent: it has not looked yet. */
  readonly held?: HeldEdition;
}

/** What the program of a node can do. */
export interface NodeProgram {
  /** Core revisions that it carries. */
  readonly revisions: readonly number[];
  /** Of each stored format, by its name: the oldest that it reads, and the one that it writes and is the newest that it reads. */
  readonly formats: Readonly<Record<string, readonly [oldest: number, current: number]>>;
}

export interface HeldEdition {
  /** As it was proposed: kind and version. */
  readonly proposed: string;
  /** Why not; '': it can. */
  readonly why: string;
}

/** A node's row as it was written last. */
export interface MemberNode extends NodeRow {
  /** Another one with every renewal. */
  readonly revision: number;
}

/** That an operator told a node to have no shards. */
export interface DrainWord {
  readonly by: string;
  /** A sentence for people; may be empty. */
  readonly why: string;
  /** Milliseconds since 1970, by the clock of the node that was asked. */
  readonly since: number;
}

export interface ShardMap {
  /** The id of the node of each shard. */
  readonly owners: readonly string[];
  /** Shards that their nodes are to give to another one: its id, by shard. */
  readonly handoffs: Readonly<Record<string, string>>;
  /** Nodes, by id, that live and are to have no shards. Absent: none, as in maps of before. */
  readonly drained?: Readonly<Record<string, DrainWord>>;
  /** The core revision under which all nodes work: finalised, and never lowered. Absent: not noted yet. */
  readonly core?: number;
  /** Of each stored format, by its name, the newest that a node may have written. */
  readonly formats?: Readonly<Record<string, number>>;
}

/** A map as it was written, with its revision. */
export interface SeenMap {
  readonly map: ShardMap;
  readonly mapRevision: number;
}

export interface Members {
  readonly nodes: readonly MemberNode[];
  /** Undefined: none was made yet. */
  readonly map: ShardMap | undefined;
  /** Of the map; 0: there is none. */
  readonly mapRevision: number;
}

export interface NodeMembership {
  /** All that is agreed now. Throws PortError. */
  read(): Promise<Members>;
  /** Writes a row for the first time; its revision. Throws PortError, `conflict`: there is one of this id. */
  join(row: NodeRow): Promise<number>;
  /** Writes it again; its new revision. Throws PortError, `conflict`: somebody removed it, or wrote it. */
  renew(row: NodeRow, revision: number): Promise<number>;
  /** Throws PortError, `conflict`: it was renewed since. */
  remove(id: string, revision: number): Promise<void>;
  /** Throws PortError, `conflict`: somebody else wrote it since. */
  writeMap(map: ShardMap, revision: number): Promise<number>;
  /**
   * Calls `changed` soon after somebody wrote the map, with the map as it was written where it can be read, until it is stopped. It may be late or not come at all: who must
   * know reads.
   */
  onMap(changed: (seen: SeenMap | undefined) => void): () => void;
}
