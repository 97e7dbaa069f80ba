import { join } from 'node:path';
import type { DiskArchive } from '../adapter/disk/disk-archive.ts';
import { DiskFactLog } from '../adapter/disk/disk-fact-log.ts';
import type { Extent } from '../adapter/disk/extents.ts';
import type { StateCheck } from '../adapter/lmdb/state-check.ts';
import type { Segment } from '../port/archive.ts';
import type { LogBounds } from '../port/fact-log.ts';
import type { ImageHead, Images } from '../port/images.ts';
import { PortError } from '../port/port-error.ts';
import { BATCHES_PER_RECORD_MAX } from '../port/snapshot-counter.ts';
import type { SnapshotStore } from '../port/snapshot-store.ts';
import type { LostRecords } from './fill-lost.ts';
import type { Findings } from './finding.ts';

export interface ShardSources {
  readonly shards: number;
  /** What is noted beside the data; undefined: it was lost, or a former version wrote the directory. */
  readonly extent: Extent | undefined;
  readonly archive: DiskArchive;
  readonly images: Images;
  readonly snapshots: SnapshotStore;
  /** Of the file of the snapshots. */
  readonly state: StateCheck;
  readonly findings: Findings;
  readonly logFileBytes: number | undefined;
  /** Called before each write to the log. */
  readonly confirm: () => void;
}

export interface JudgedShards {
  readonly log: DiskFactLog;
  /** Shards whose snapshots are not to be believed. */
  readonly rebuilt: readonly number[];
  /** Some log ends before what was acknowledged: numbers of records come again. */
  readonly endsEarly: boolean;
  /** Images that hold what the log does not. */
  readonly imagesAhead: readonly ImageHead[];
  /** Records that were lost, or that the archive alone has, in whose place fences must stand before the log goes on. */
  readonly filled: readonly LostRecords[];
  /** A count of snapshot batches that none has reached. */
  counterAbove(shard: number): number;
}

/** Opens the log of a directory and holds log, archive and snapshots of each shard against one another and what is noted of them. */
export async function judgeShards(dir: string, sources: ShardSources): Promise<JudgedShards> {
  const { shards, extent, archive, findings, logFileBytes, confirm } = sources;
  const segments: Segment[][] = [];
  for (let shard = 0; shard < shards; shard++) segments.push(await archive.segments(shard));
  const trimmed = segments.map((kept, shard) =>
    Math.max(extent?.shards[shard]?.trimmed ?? 0, kept.at(-1)?.last ?? 0),
  );
  const log = new DiskFactLog(join(dir, 'log'), {
    ...{ trimmed, isReadOnly: true, confirm },
    ...(logFileBytes === undefined ? {} : { fileBytes: logFileBytes }),
  });
  const bounds = boundsOf(log, findings);
  const rebuilt: number[] = [];
  const imagesAhead: ImageHead[] = [];
  const filled: LostRecords[] = [];
  let endsEarly = false;
  if (bounds !== undefined) {
    const { fault, holes } = log.healed;
    if (fault !== undefined)
      findings.add('healed', `${fault}: what the log begins with is taken from its files and the archive`);
    for (let shard = 0; shard < shards; shard++) {
      const judge = new ShardJudge(
        sources,
        shard,
        bounds[shard] ?? { first: 1, last: 0 },
        segments[shard] ?? [],
      );
      const hole = holes.find((each) => each.shard === shard);
      if (await judge.isToBeRebuilt(hole)) rebuilt.push(shard);
      imagesAhead.push(...judge.imagesAhead);
      if (judge.lost !== undefined) filled.push(judge.lost);
      endsEarly ||= judge.endsEarly;
    }
  }
  return {
    ...{ log, rebuilt, endsEarly, imagesAhead, filled },
    counterAbove: (shard) => {
      const to = filled.find((lost) => lost.shard === shard)?.to ?? 0;
      return Math.max(to, bounds?.[shard]?.last ?? 0) * BATCHES_PER_RECORD_MAX;
    },
  };
}

function boundsOf(log: DiskFactLog, findings: Findings): readonly LogBounds[] | undefined {
  try {
    return log.allBounds;
  } catch (fault) {
    if (!(fault instanceof PortError) || fault.kind !== 'corrupt') throw fault;
    findings.add('blocked', fault.message);
    return undefined;
  }
}

class ShardJudge {
  readonly #sources: ShardSources;
  readonly #shard: number;
  readonly #bounds: LogBounds;
  readonly #segments: readonly Segment[];
  /** Images that hold what the log does not. */
  imagesAhead: readonly ImageHead[] = [];
  /** What must be filled before the log goes on: known once `isToBeRebuilt` was asked. */
  lost: LostRecords | undefined;
  /** The log lost what was acknowledged. */
  endsEarly = false;

  constructor(sources: ShardSources, shard: number, bounds: LogBounds, segments: readonly Segment[]) {
    this.#sources = sources;
    this.#shard = shard;
    this.#bounds = bounds;
    this.#segments = segments;
  }

  /** `hole`: records that the log should hold and does not. */
  async isToBeRebuilt(hole: { readonly from: number; readonly to: number } | undefined): Promise<boolean> {
    const { extent, state, findings } = this.#sources;
    const shard = this.#shard;
    const { last } = this.#bounds;
    const noted = extent?.shards[shard]?.last ?? 0;
    const checkpoint = await this.#checkpoint();
    const saved = Math.max(checkpoint, state.fault === undefined ? (state.newest.get(shard) ?? 0) : 0);
    const known = Math.max(noted, saved, await this.#imaged());
    const archived = this.#segments.at(-1)?.last ?? 0;
    const whole = Math.max(last, archived);
    this.endsEarly = known > whole;
    if (this.endsEarly)
      findings.add(
        'loss',
        `shard ${shard}: its log ends at record ${whole}, and ${known} was acknowledged: it lost records ${whole + 1} to ${known}`,
      );
    if (archived > last) {
      const what = `shard ${shard}: records ${last + 1} to ${archived} are gone from its log`;
      findings.add('healed', `${what}: they are read from the archive`);
      this.#fillTo(Math.max(known, archived));
    }
    const missing = this.#missing(hole);
    const isDoubtful = state.doubtful.has(shard);
    const isLost = (state.isEmpty || state.fault !== undefined) && last > 0;
    // An older file of snapshots may be behind a gap, or what has expired since, that an image is not behind.
    const isBehind = this.#first() > checkpoint + 1 || missing.some(({ to }) => to > checkpoint);
    const isWanted = saved > (this.lost?.to ?? last) || isDoubtful || isLost || isBehind;
    let isPossible = isWanted && (await this.#base(missing)) !== undefined;
    if (isWanted && !isPossible && known > last) {
      // Nothing to build from ends where the log does: what is ahead of it is kept, and the log goes on behind that.
      this.#fillTo(known);
      if (!isDoubtful && !isLost && !isBehind) return false;
      isPossible = (await this.#base(missing)) !== undefined;
    }
    for (const { from, to } of missing) {
      const what = `shard ${shard}: records ${from} to ${to} are neither in the archive nor in the log`;
      if (isWanted && !isPossible)
        findings.add('blocked', `${what}, and its profiles cannot be built again without them`);
      else findings.add('history', `${what}: profiles are right, what was decided there cannot be explained`);
    }
    if (!isWanted) return false;
    if (isDoubtful && !isPossible)
      findings.add(
        'history',
        `shard ${shard}: rows of its snapshots are damaged, and its first records have expired: customers whose rows are damaged cannot be built again`,
      );
    else if (isDoubtful)
      findings.add(
        'healed',
        `shard ${shard}: rows of its snapshots are damaged: a service that starts builds its profiles again from image, archive and log`,
      );
    else if (isBehind && isPossible)
      findings.add(
        'healed',
        `shard ${shard}: its snapshots are older than what is left of its records: a service that starts builds its profiles again from an image`,
      );
    else if (!isPossible && missing.length === 0)
      findings.add('blocked', `shard ${shard}: its snapshots are lost, and its first records have expired`);
    return isPossible;
  }

  /** Sequence of the checkpoint, 0 where there is none or it cannot be read. */
  async #checkpoint(): Promise<number> {
    try {
      return (await this.#sources.snapshots.load(this.#shard)).checkpoint?.sequence ?? 0;
    } catch (fault) {
      if (!(fault instanceof PortError) || fault.kind !== 'corrupt') throw fault;
      // Recovery says so and builds the shard again.
      return 0;
    }
  }

  /** The last record that an image has something of. A damaged image says so by its name. */
  async #imaged(): Promise<number> {
    const { images } = this.#sources;
    let known = 0;
    for (const image of await images.list(this.#shard)) {
      const through = Math.max(image.sequence, await this.#through(image));
      if (through > this.#bounds.last) this.imagesAhead = [...this.imagesAhead, image];
      known = Math.max(known, through);
    }
    return known;
  }

  async #through(image: ImageHead): Promise<number> {
    try {
      return (await this.#sources.images.open(image)).through;
    } catch (fault) {
      if (!(fault instanceof PortError) || fault.kind !== 'corrupt') throw fault;
      // Who reads it says so.
      return 0;
    }
  }

  /** Then no image is ahead of it. */
  #fillTo(to: number): void {
    const archived = this.#segments.at(-1)?.last ?? 0;
    this.lost = { shard: this.#shard, from: this.#bounds.last + 1, to, archived };
    this.imagesAhead = [];
  }

  /** The record from behind which on profiles can be folded: 0, or that of an image; undefined: there is none. */
  async #base(missing: readonly { readonly to: number }[]): Promise<number | undefined> {
    const needed = Math.max(0, ...missing.map(({ to }) => to));
    const last = this.lost?.to ?? this.#bounds.last;
    if (needed === 0 && this.#first() === 1) return 0;
    for (const image of await this.#sources.images.list(this.#shard)) {
      const { sequence, at } = image;
      if (this.imagesAhead.some((ahead) => ahead.sequence === sequence && ahead.at === at)) continue;
      if (sequence < needed || sequence + 1 < this.#first() || sequence > last) continue;
      if (await this.#isReadable(image)) return sequence;
    }
    return undefined;
  }

  async #isReadable(image: ImageHead): Promise<boolean> {
    try {
      await this.#sources.images.check(image);
      return true;
    } catch (fault) {
      if (!(fault instanceof PortError) || fault.kind !== 'corrupt') throw fault;
      this.#sources.findings.add('healed', fault.message);
      return false;
    }
  }

  /** The first record that is kept. */
  #first(): number {
    return Math.min(this.#segments[0]?.first ?? this.#bounds.first, this.#bounds.first);
  }

  /** Records that should be kept and are in neither place. */
  #missing(
    hole: { readonly from: number; readonly to: number } | undefined,
  ): { readonly from: number; readonly to: number }[] {
    const found: { from: number; to: number }[] = [];
    const noted = this.#sources.extent?.shards[this.#shard]?.first;
    let due = noted ?? this.#first();
    if (hole !== undefined) due = Math.min(due, hole.from);
    for (const { first, last } of this.#segments) {
      if (first > due) found.push({ from: due, to: first - 1 });
      due = Math.max(due, last + 1);
    }
    if (this.#bounds.first > due) found.push({ from: due, to: this.#bounds.first - 1 });
    return found;
  }
}
