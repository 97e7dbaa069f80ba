/** Images on command, as callers see it. */
export interface ImageWriter {
  /** The data directory, an absolute path. */
  readonly directory: string;
  /** Writes new images of every shard and of what the shards share, and reads them back. Throws PortError once all were tried. */
  writeAll(): Promise<void>;
  /** The same of what the shards share alone. */
  writeShared(): Promise<void>;
}
