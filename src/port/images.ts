/** Second copies of what a shard saves: a whole shard in one checked file, two kept of each. */

/** In place of a shard's number: what the shards share (editions, catalogue). */
export const SHARED_IMAGE = -1;

/** Two, so that one is left while the next is written, and when the newest turns out to be damaged. */
export const IMAGES_KEPT = 2;

export interface ImageRow {
  /** Of a customer, else the name of what the row holds; at most 65,535 bytes of UTF-8. */
  readonly id: string;
  /** As in a snapshot: the last record folded into it, the core revision in force there, the earliest timer (0: none). */
  readonly seq: number;
  readonly revision: number;
  readonly due: number;
  readonly bytes: Uint8Array;
}

export interface ImageHead {
  /** Or SHARED_IMAGE. */
  readonly shard: number;
  /** Every fact up to this record is in `state` and the rows; a row may have more. With `at` it names the image within its shard. */
  readonly sequence: number;
  /** When it was begun, ms. */
  readonly at: number;
}

export interface ImageSource extends ImageHead {
  readonly generation: number;
  /** As of a checkpoint at `sequence`, opaque. */
  readonly state: Uint8Array;
  /** In order of the ids' bytes. What it throws ends the writing, and is thrown. */
  readonly rows: AsyncIterable<readonly ImageRow[]>;
}

export interface ImageContent {
  readonly generation: number;
  readonly state: Uint8Array;
  /** The highest `seq` of its rows and `sequence`: a log that ends before it has lost records. */
  readonly through: number;
  readonly rows: number;
  /** All of them in order. Throws `corrupt` where the file is damaged. */
  read(): AsyncIterable<readonly ImageRow[]>;
  /** One of them. Throws `corrupt`. */
  get(id: string): Promise<ImageRow | undefined>;
}

export interface Images {
  /** Durable, and read back whole, when it resolves; then those beyond the newest IMAGES_KEPT of its shard are dropped. */
  write(source: ImageSource): Promise<ImageHead>;
  /** Newest first. What was not written to its end is not among them; what was damaged since is. */
  list(shard: number): Promise<readonly ImageHead[]>;
  /** Throws `corrupt` when its index or state is damaged, with the file's name. */
  open(image: ImageHead): Promise<ImageContent>;
  /** Reads all of it. Throws `corrupt` with the file's name. */
  check(image: ImageHead): Promise<void>;
  /** Forgets one that is of no use. */
  remove(image: ImageHead): Promise<void>;
  /** Forgets images of a shard that were set aside, for somebody to look at, because they hold what its log lost. */
  removeAside(shard: number): Promise<void>;
  close(): Promise<void>;
}

/** Images by the names of what holds them, newest first. `pattern` finds sequence and time in a name; what it does not match is no image. */
export function imagesNamed(shard: number, names: readonly string[], pattern: RegExp): readonly ImageHead[] {
  return names
    .map((name) => pattern.exec(name))
    .filter((match) => match !== null)
    .map(([, sequence, at]) => ({ shard, sequence: Number(sequence), at: Number(at) }))
    .sort((a, b) => b.sequence - a.sequence || b.at - a.at);
}
