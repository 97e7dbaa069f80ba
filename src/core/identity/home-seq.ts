/**
 * Where a decision stands when its customer has moved. A profile names its decisions by the sequence of their record in the log of
 * its own shard. A customer whom another one absorbed may have lived in another shard: their decisions stay there, and the number of
 * that shard is packed above the sequence.
 */

/** No shard ever writes so many records; 512 shards above it are still exact numbers with a bit to spare. */
const SHARD_UNIT = 2 ** 42;

export interface SeqPlace {
  readonly shard: number;
  /** Of the record in that shard's log. */
  readonly seq: number;
}

/** Where the record is that a profile of `shard` calls `seq`. */
export function placeOfSeq(shard: number, seq: number): SeqPlace {
  if (!(seq >= SHARD_UNIT)) return { shard, seq };
  const packed = Math.floor(seq / SHARD_UNIT);
  return { shard: packed - 1, seq: seq - packed * SHARD_UNIT };
}

/** What a profile of `shard` calls the record at `place`. */
export function seqOfPlace(shard: number, place: SeqPlace): number {
  return place.shard === shard ? place.seq : (place.shard + 1) * SHARD_UNIT + place.seq;
}

/** What a profile of shard `to` calls the record that one of shard `from` calls `seq`. */
export function movedSeq(seq: number, from: number, to: number): number {
  return from === to ? seq : seqOfPlace(to, placeOfSeq(from, seq));
}
