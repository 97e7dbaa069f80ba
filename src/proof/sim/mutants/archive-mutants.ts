/** Bugs of the archive. */
import type { Mutant } from '../mutant.ts';

/** The last record of a segment is left out, and the log trimmed behind it. */
const recordLeftOut: Mutant = {
  name: 'record left out of the archive',
  archive: (archive) => ({
    write: async (shard, records, span) => {
      const segment = await archive.write(shard, records.length > 1 ? records.slice(0, -1) : records, span);
      return { ...segment, last: records.at(-1)?.sequence ?? segment.last };
    },
    segments: (shard) => archive.segments(shard),
    read: (shard, from, limit) => archive.read(shard, from, limit),
    get: (shard, sequence) => archive.get(shard, sequence),
    expire: (shard, before, through) => archive.expire(shard, before, through),
    close: () => archive.close(),
  }),
};

/** A segment that is there is not written again, whoever is to be left out of it. */
const neverRewritten: Mutant = {
  name: 'archive that is never rewritten',
  archive: (archive) => ({
    write: async (shard, records, span) => {
      const first = records[0]?.sequence;
      const known = (await archive.segments(shard)).find((segment) => segment.first === first);
      return known ?? archive.write(shard, records, span);
    },
    segments: (shard) => archive.segments(shard),
    read: (shard, from, limit) => archive.read(shard, from, limit),
    get: (shard, sequence) => archive.get(shard, sequence),
    expire: (shard, before, through) => archive.expire(shard, before, through),
    close: () => archive.close(),
  }),
};

export const ARCHIVE_MUTANTS: readonly Mutant[] = [recordLeftOut, neverRewritten];
