// Long because its lease, its look at the others and what becomes of its shards are one state.
/**
 * This node as one of a deployment's: keeps its row alive, takes the shards that the map gives it, gives up those that it gives to others, and takes part in writing the
 * map. Owned by the node. A lease is liveness alone: what keeps a log right is its fence.
 *
 * I1  Who has not renewed their row for INTERVALS.nodeLeaseMs is dead (living-nodes.ts).
 * I2  A node counts its own lease from before the renewal was sent, and ends it nodeLeaseMarginMs early: it has ended here before anybody can see that it lapsed. From then
 *     on nothing is answered that appends nothing; an append that is accepted proves that the shard is still this node's.
 * I3  A shard is given up when the store says so: the row is gone, or the map names another node. When the store does not answer, nothing is given up.
 * I4  A handoff: what changed is saved while the shard still serves, then new requests wait (ShardDoor), the rest is finished and saved, the shard is closed, and the map
 *     names the next node. Handoffs of one node write the map one after the other.
 * I5  A map that was seen or written is never exchanged for an older one whose reading began before.
 */
import { INTERVALS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type {
  HeldEdition,
  MemberNode,
  Members,
  NodeMembership,
  NodeProgram,
  NodeRow,
  SeenMap,
  ShardMap,
} from '../port/membership.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { PhaseKind } from '../runtime/shard/phase.ts';
import { assignShards } from './assign-shards.ts';
import { LivingNodes } from './living-nodes.ts';
import { carriesCore, noteProgram, refusedByMap, refusedByNode } from './node-program.ts';
import type { ShardPlace } from './shard-door.ts';

/** Tries again to open a shard whose stores did not answer. */
const OPEN_AGAIN_MS = 250;

/** A shard, for who decides whether it is served here. */
export interface HeldShard {
  readonly id: number;
  readonly phase: PhaseKind;
  open(): Promise<void>;
  /** Saves what changed, and goes on serving. */
  saveNow(): Promise<void>;
  recover(): Promise<void>;
  lose(why: string): void;
  /** Finishes what was accepted, saves all, and serves no more. Resolves with the customers who were used last. */
  handOver(): Promise<readonly string[]>;
  /** Brings these customers in once it is served here. */
  warm(customers: readonly string[]): void;
}

export interface MemberParts {
  readonly membership: NodeMembership;
  readonly shards: readonly HeldShard[];
  /** Of this process, and no other ever. */
  readonly id: string;
  readonly version: string;
  /** Absent: nothing is said of it, and nothing asked. */
  readonly program?: NodeProgram;
  readonly clock: RuntimeClock;
  /** Milliseconds that no clock setting moves, also while the process is stopped. */
  readonly steadyMs: () => number;
  readonly observer: Observer;
  /** The places of shards may have changed. */
  readonly onPlaces: (shards: readonly number[]) => void;
  /** The addresses of the other nodes that live, after each look. */
  readonly onLiving: (addresses: readonly string[]) => void;
  /** The node at `address` serves a shard from now on; `used`: the customers who were used last here. */
  readonly onHandedOver: (shard: number, address: string, used: readonly string[]) => void;
}

export class Member {
  readonly #parts: MemberParts;
  #row: NodeRow | undefined;
  #held: Pick<NodeRow, 'held'> = {};
  #revision = 0;
  #members: Members = { nodes: [], map: undefined, mapRevision: 0 };
  readonly #living = new LivingNodes();
  #leaseUntil = Number.NEGATIVE_INFINITY;
  readonly #handing = new Set<number>();
  /** Those of them, and those that are saved before. */
  readonly #leaving = new Set<number>();
  /** I4: the last of the handoffs' writes. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Maps that were seen or written, counted (I5). */
  #mapsKnown = 0;
  readonly #opening = new Set<number>();
  #beating: Promise<void> | undefined;
  #isWoken = false;
  #isSilent = false;
  #isTooOld = false;
  #isOver = false;
  #cancel: () => void = () => {};
  #unwatch: () => void = () => {};

  constructor(parts: MemberParts) {
    this.#parts = parts;
  }

  /** Becomes a member; resolves when the map was looked at once. Throws PortError; `conflict`: its program cannot serve the deployment, or not beside the nodes that live. */
  async join(address: string): Promise<void> {
    const { id, version, program, membership } = this.#parts;
    if (program !== undefined) await this.#expectFit(program);
    this.#row = { id, address, isDraining: false, version, ...(program && { program }), ...this.#held };
    const sentAt = this.#parts.steadyMs();
    this.#revision = await membership.join(this.#row);
    this.#leaseUntil = sentAt + INTERVALS.nodeLeaseMs - INTERVALS.nodeLeaseMarginMs;
    this.#unwatch = membership.onMap((seen) => this.#see(seen));
    await this.beat();
  }

  /** The core revision under which the deployment works, as it was read last; undefined before. */
  get coreRevision(): number | undefined {
    return this.#members.map?.core;
  }

  /** A node that died without a word is waited for, until its lease is over: it may be what kept this program out. */
  async #expectFit(program: NodeProgram): Promise<void> {
    const { membership, steadyMs, clock } = this.#parts;
    const until = steadyMs() + INTERVALS.nodeLeaseMs + 2 * INTERVALS.nodeBeatMs;
    for (;;) {
      const { map, nodes } = await membership.read();
      const refused = refusedByMap(program, map);
      if (refused.length > 0) throw new PortError('conflict', refused.join('\n'));
      this.#living.look(nodes, steadyMs());
      const beside = nodes.filter(this.lives).flatMap((node) => refusedByNode(program, node));
      if (beside.length === 0) return;
      if (steadyMs() >= until) throw new PortError('conflict', beside.join('\n'));
      await new Promise<void>((resolve) => void clock.after(INTERVALS.nodeBeatMs, resolve));
    }
  }

  /**
   * Gives every shard to other nodes and leaves; resolves when it is so, or after `timeoutMs`, or at once where nobody else is there: what is served then is the caller's to
   * close.
   */
  async leave(timeoutMs: number): Promise<void> {
    const { steadyMs, membership, id, clock } = this.#parts;
    if (this.#row === undefined) return;
    this.#row = { ...this.#row, isDraining: true };
    const until = steadyMs() + timeoutMs;
    while (steadyMs() < until) {
      await this.beat();
      const isAlone = !this.#members.nodes.some(
        (node) => node.id !== id && !node.isDraining && this.lives(node),
      );
      if (isAlone || !this.#holdsAny) break;
      await new Promise<void>((resolve) => void clock.after(INTERVALS.nodeBeatMs / 10, resolve));
    }
    this.stop();
    await this.#beating;
    if (!this.#holdsAny) await membership.remove(id, this.#revision).catch(() => undefined);
  }

  /** Looks at nothing any more. */
  stop(): void {
    this.#isOver = true;
    this.#cancel();
    this.#unwatch();
  }

  /** Until when (steady ms) this node may answer without an append. */
  get answersUntil(): number {
    return this.#leaseUntil;
  }

  whereIs(shard: number): ShardPlace {
    const held = this.#parts.shards[shard];
    const { map, nodes } = this.#members;
    const owner = map?.owners[shard];
    if (owner === this.#parts.id) {
      if (held === undefined || this.#handing.has(shard)) return { kind: 'nowhere' };
      const { phase } = held;
      return phase === 'closed' || phase === 'lost' ? { kind: 'nowhere' } : { kind: 'here' };
    }
    const node = nodes.find(({ id }) => id === owner);
    return node === undefined ? { kind: 'nowhere' } : { kind: 'there', address: node.address };
  }

  /** I1 */
  readonly lives = (node: MemberNode): boolean => node.id === this.#parts.id || this.#living.has(node);

  /** Says in its row, from now on, whether it can put the edition in force that was proposed last. */
  say(held: HeldEdition): void {
    this.#held = { held };
    if (this.#row === undefined) return;
    this.#row = { ...this.#row, held };
    this.wake();
  }

  /** Soon, whatever the beat. */
  wake(): void {
    if (this.#isOver) return;
    if (this.#beating === undefined) void this.beat();
    else this.#isWoken = true;
  }

  /** One look at everything, now; never rejects. */
  beat(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = undefined;
      if (this.#isOver) return;
      this.#cancel();
      const wait = this.#isWoken ? 0 : INTERVALS.nodeBeatMs;
      this.#isWoken = false;
      this.#cancel = this.#parts.clock.after(wait, () => void this.beat());
    });
    return this.#beating;
  }

  async #beat(): Promise<void> {
    try {
      await this.#renew();
      await this.#look();
      this.#isSilent = false;
    } catch (fault) {
      // I3
      if (!this.#isSilent)
        this.#parts.observer.fault(
          'the members of the deployment can not be read: what is served here goes on',
          fault,
        );
      this.#isSilent = true;
    }
    this.#reconcile();
  }

  async #renew(): Promise<void> {
    const { membership, steadyMs } = this.#parts;
    const row = this.#row as NodeRow;
    const sentAt = steadyMs();
    try {
      this.#revision = await membership.renew(row, this.#revision);
    } catch (fault) {
      if (!isConflict(fault)) throw fault;
      if (await this.#isOwnWrite(row)) return;
      this.#giveUp('it was taken for dead by another node');
      this.#revision = await membership.join(row);
    }
    this.#leaseUntil = sentAt + INTERVALS.nodeLeaseMs - INTERVALS.nodeLeaseMarginMs;
  }

  /** A renewal whose answer was lost has taken place. */
  async #isOwnWrite(row: NodeRow): Promise<boolean> {
    const found = (await this.#parts.membership.read()).nodes.find(({ id }) => id === row.id);
    if (found === undefined) return false;
    this.#revision = found.revision;
    return true;
  }

  /** Reads all, drops who lapsed, and writes the map where it is to change. */
  async #look(): Promise<void> {
    const { membership, steadyMs, shards, observer } = this.#parts;
    const before = this.#members;
    const known = this.#mapsKnown;
    const found = await membership.read();
    this.#living.look(found.nodes, steadyMs());
    const living: MemberNode[] = [];
    for (const node of found.nodes) {
      if (this.lives(node)) {
        living.push(node);
        continue;
      }
      const isRemoved = await membership.remove(node.id, node.revision).then(
        () => true,
        (fault: unknown) => {
          if (isConflict(fault)) return false;
          throw fault;
        },
      );
      if (isRemoved)
        observer.info(
          `node ${node.id} at ${node.address} has not been heard of for ${INTERVALS.nodeLeaseMs} ms: its shards go to others`,
        );
      else living.push(node);
    }
    const members = this.#newest({ ...found, nodes: living }, known);
    this.#members = members;
    this.#parts.onLiving(living.flatMap(({ id, address }) => (id === this.#parts.id ? [] : [address])));
    const { program } = this.#parts;
    const assigned = assignShards(members.map, shards.length, living);
    const plan = assigned && program ? noteProgram(assigned, program, living) : assigned;
    this.#tellIfTooOld(members.map);
    if (plan !== undefined && plan !== members.map) await this.#write(plan, members.mapRevision);
    this.#tell(before);
  }

  /** It was finalised while this node came: it is given nothing. */
  #tellIfTooOld(map: ShardMap | undefined): void {
    const { program, observer } = this.#parts;
    if (carriesCore(program, map?.core) || this.#isTooOld) return;
    this.#isTooOld = true;
    observer.fault(
      `the deployment works under core revision ${map?.core}, which this version does not carry: it has no shards, and sends calls on`,
    );
  }

  async #read(): Promise<Members> {
    const known = this.#mapsKnown;
    return this.#newest(await this.#parts.membership.read(), known);
  }

  /** I5: `known`: of `#mapsKnown`, before the reading began. */
  #newest(found: Members, known: number): Members {
    const { map, mapRevision } = this.#members;
    const isOlder = this.#mapsKnown !== known && found.mapRevision < mapRevision;
    return isOlder ? { ...found, map, mapRevision } : found;
  }

  /** Somebody wrote the map: what it says is done at once, and the rest is looked at behind it. */
  #see(seen: SeenMap | undefined): void {
    if (this.#isOver) return;
    if (seen !== undefined && seen.mapRevision > this.#members.mapRevision) {
      const before = this.#members;
      this.#know(seen);
      this.#tell(before);
      this.#reconcile();
    }
    this.wake();
  }

  #know({ map, mapRevision }: SeenMap): void {
    this.#mapsKnown++;
    this.#members = { ...this.#members, map, mapRevision };
  }

  async #write(map: ShardMap, revision: number): Promise<boolean> {
    try {
      const mapRevision = await this.#parts.membership.writeMap(map, revision);
      // A later one may have been seen by now.
      if (mapRevision > this.#members.mapRevision) this.#know({ map, mapRevision });
      return true;
    } catch (fault) {
      if (!isConflict(fault)) throw fault;
      // Somebody else came first: what they wrote is read at once.
      this.#isWoken = true;
      return false;
    }
  }

  get #holdsAny(): boolean {
    return this.#parts.shards.some(({ phase }) => phase !== 'closed' && phase !== 'lost');
  }

  /** I3: what the map as it was read last says of each shard here. */
  #reconcile(): void {
    const { shards, id, steadyMs } = this.#parts;
    const { map } = this.#members;
    if (map === undefined || this.#isOver) return;
    for (const shard of shards) {
      const isDown = shard.phase === 'closed' || shard.phase === 'lost';
      if (this.#handing.has(shard.id)) continue;
      if (map.owners[shard.id] !== id) {
        if (!isDown) this.#lose(shard, 'the map names another node');
      } else if (map.handoffs[shard.id] !== undefined) {
        if (!this.#leaving.has(shard.id)) void this.#handOver(shard);
      } else if (isDown && steadyMs() < this.#leaseUntil) void this.#open(shard);
    }
  }

  /** I4 */
  async #handOver(shard: HeldShard): Promise<void> {
    const { observer } = this.#parts;
    this.#leaving.add(shard.id);
    try {
      await shard.saveNow();
      this.#handing.add(shard.id);
      const used = await shard.handOver();
      const writing = this.#writing.then(() => this.#nameNext(shard.id, used));
      this.#writing = writing.catch(() => undefined);
      await writing;
    } catch (fault) {
      observer.fault(`shard ${shard.id}: it could not be handed over`, fault);
    } finally {
      this.#leaving.delete(shard.id);
      this.#handing.delete(shard.id);
      this.#parts.onPlaces([shard.id]);
      this.wake();
    }
  }

  async #nameNext(shard: number, used: readonly string[]): Promise<void> {
    // Others write the map too.
    for (let isWritten = false; !isWritten; ) {
      const { map, mapRevision } = this.#members;
      const to = map?.handoffs[shard];
      if (map === undefined || to === undefined || map.owners[shard] !== this.#parts.id) return;
      const { [shard]: _, ...handoffs } = map.handoffs;
      const next = { ...map, owners: map.owners.with(shard, to), handoffs };
      isWritten = await this.#write(next, mapRevision);
      const place = this.whereIs(shard);
      if (isWritten && place.kind === 'there') this.#parts.onHandedOver(shard, place.address, used);
      if (!isWritten) this.#members = { ...this.#members, ...mapOf(await this.#read()) };
    }
  }

  async #open(shard: HeldShard): Promise<void> {
    const { clock, observer, onPlaces } = this.#parts;
    if (this.#opening.has(shard.id)) return;
    this.#opening.add(shard.id);
    try {
      const opened = shard.open();
      // It takes requests while it opens.
      onPlaces([shard.id]);
      await opened;
    } catch (fault) {
      observer.fault(`shard ${shard.id} could not be opened`, fault);
      if (shard.phase === 'suspended') {
        await new Promise<void>((resolve) => void clock.after(OPEN_AGAIN_MS, resolve));
        if (shard.phase === 'suspended') await shard.recover();
      }
    } finally {
      this.#opening.delete(shard.id);
    }
  }

  #giveUp(why: string): void {
    for (const shard of this.#parts.shards) this.#lose(shard, why);
  }

  #lose(shard: HeldShard, why: string): void {
    if (shard.phase === 'closed' || shard.phase === 'lost') return;
    shard.lose(why);
    this.#parts.onPlaces([shard.id]);
  }

  /** Of shards whose owner changed, or the address of whose owner did. */
  #tell(before: Members): void {
    const changed = this.#parts.shards.flatMap(({ id }) =>
      ownerAt(before, id) === ownerAt(this.#members, id) ? [] : [id],
    );
    if (changed.length > 0) this.#parts.onPlaces(changed);
  }
}

function mapOf({ map, mapRevision }: Members): Pick<Members, 'map' | 'mapRevision'> {
  return { map, mapRevision };
}

function ownerAt({ map, nodes }: Members, shard: number): string {
  const owner = map?.owners[shard] ?? '';
  return `${owner} ${nodes.find(({ id }) => id === owner)?.address ?? ''}`;
}

function isConflict(fault: unknown): boolean {
  return fault instanceof PortError && fault.kind === 'conflict';
}
