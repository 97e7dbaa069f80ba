/**
 * Requests over one pipelined stream a node, each to the node that has its customer. Streams of events and of decisions go through it.
 *
 * I1  Requests of one shard are at one node at a time, in the order in which they were sent: where the map names another one, further ones wait until what is
 *     under way there is answered. So no request of a customer overtakes another one on the way.
 * I2  A lane whose node is away goes by another node, and is replaced once its own answers again.
 * I3  Requests that left before a map was known count for their shards from when it is.
 */
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { AttuneError } from './attune-error.ts';
import type { Connection } from './connection.ts';
import { closedError, Pipeline, type PipelineParts, type TaggedReply } from './pipeline.ts';
import { type CustomerHint, type OwnerMap, shardOf } from './shard-map.ts';

export interface NodeLanesParts<Request, Reply extends TaggedReply<Reply>, T>
  extends Omit<PipelineParts<Request, Reply, T>, 'settings' | 'open' | 'onBreak'> {
  /** A stream at an address. */
  readonly open: (address: string) => ClientDuplexStream<Buffer, Reply>;
  /** Whom a request is about. */
  readonly targetOf: (request: Request) => CustomerHint;
}

interface Lane<Request, T> {
  readonly pipeline: Pick<Pipeline<Request, never, T>, 'send' | 'end' | 'close' | 'unanswered'>;
  /** Of its node; '': any. */
  readonly owner: string;
  /** Its stream is, or was last, at this address. */
  at: string;
}

interface Held<Request, T> {
  readonly request: Request;
  readonly expiresAt: number;
  readonly resolve: (value: T | Promise<T>) => void;
  readonly reject: (error: AttuneError) => void;
}

/** What is under way of a shard. */
interface Slot<Request, T> {
  readonly shard: number;
  lane: Lane<Request, T>;
  open: number;
  held: Held<Request, T>[];
}

export class NodeLanes<Request, Reply extends TaggedReply<Reply>, T> {
  readonly #connection: Connection;
  readonly #parts: NodeLanesParts<Request, Reply, T>;
  readonly #any: Lane<Request, T>;
  readonly #lanes = new Map<string, Lane<Request, T>>();
  /** Given no further requests: each ends with its last answer. */
  readonly #retired = new Set<Lane<Request, T>>();
  readonly #slots = new Map<number, Slot<Request, T>>();
  /** I3 */
  readonly #unmapped = new Set<{ readonly target: CustomerHint; slot: Slot<Request, T> | undefined }>();
  #held = 0;
  #map: OwnerMap | undefined;
  #isEnding = false;
  #isClosed = false;
  #onNoneHeld: (() => void) | undefined;

  constructor(connection: Connection, parts: NodeLanesParts<Request, Reply, T>) {
    this.#connection = connection;
    this.#parts = parts;
    this.#any = this.#newLane('');
  }

  /** Requests that are not answered. */
  get unanswered(): number {
    let sum = this.#held;
    for (const { pipeline } of this.#all()) sum += pipeline.unanswered;
    return sum;
  }

  send(request: Request): Promise<T> {
    if (this.#isClosed || this.#isEnding) return Promise.reject(closedError());
    if (!this.#connection.settings.shardMap) return this.#any.pipeline.send(request);
    const expiresAt = Date.now() + this.#parts.deadlineMs;
    const target = this.#parts.targetOf(request);
    const { map } = this.#connection;
    if (map === undefined) return this.#sendUnmapped(request, target, expiresAt);
    if (map !== this.#map) this.#take(map);
    const shard = shardOf(map, target);
    if (shard === undefined) return this.#any.pipeline.send(request, expiresAt);
    const slot = this.#slotOf(shard);
    const lane = this.#laneOf(map.owners[shard] ?? '');
    // I1
    if (slot.held.length > 0 || (slot.open > 0 && slot.lane !== lane)) {
      this.#held++;
      return new Promise((resolve, reject) => slot.held.push({ request, expiresAt, resolve, reject }));
    }
    slot.lane = lane;
    return this.#sendIn(slot, request, expiresAt);
  }

  /** Resolves when everything sent is answered, then closes. */
  async end(): Promise<void> {
    if (this.#isClosed) return;
    this.#isEnding = true;
    if (this.#held > 0) await new Promise<void>((resolve) => (this.#onNoneHeld = resolve));
    await Promise.all([...this.#all()].map(({ pipeline }) => pipeline.end()));
    this.close();
  }

  /** Fails what is not answered; it may or may not have taken effect. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const slot of this.#slots.values()) {
      for (const { reject } of slot.held) reject(closedError());
      this.#noneHeld(slot);
    }
    for (const { pipeline } of this.#all()) pipeline.close();
  }

  #all(): Set<Lane<Request, T>> {
    return new Set([this.#any, ...this.#lanes.values(), ...this.#retired]);
  }

  #sendIn(slot: Slot<Request, T>, request: Request, expiresAt: number): Promise<T> {
    slot.open++;
    const answer = slot.lane.pipeline.send(request, expiresAt);
    const leave = (): void => this.#leave(slot);
    answer.then(leave, leave);
    return answer;
  }

  #sendUnmapped(request: Request, target: CustomerHint, expiresAt: number): Promise<T> {
    const entry = { target, slot: undefined };
    this.#unmapped.add(entry);
    const answer = this.#any.pipeline.send(request, expiresAt);
    const leave = (): void => {
      this.#unmapped.delete(entry);
      if (entry.slot !== undefined) this.#leave(entry.slot);
    };
    answer.then(leave, leave);
    return answer;
  }

  #leave(slot: Slot<Request, T>): void {
    slot.open--;
    if (slot.open === 0 && slot.held.length > 0 && !this.#isClosed) {
      const { held } = slot;
      this.#noneHeld(slot);
      slot.lane = this.#laneOf((this.#connection.map ?? this.#map)?.owners[slot.shard] ?? '');
      for (const { request, expiresAt, resolve } of held) resolve(this.#sendIn(slot, request, expiresAt));
      if (this.#held === 0) this.#onNoneHeld?.();
    }
    for (const lane of this.#retired) this.#endIfIdle(lane);
  }

  #noneHeld(slot: Slot<Request, T>): void {
    this.#held -= slot.held.length;
    slot.held = [];
  }

  /** Another map than before. */
  #take(map: OwnerMap): void {
    this.#map = map;
    for (const entry of this.#unmapped) {
      const shard = shardOf(map, entry.target);
      if (shard === undefined) continue;
      entry.slot = this.#slotOf(shard);
      if (entry.slot.open === 0) entry.slot.lane = this.#any;
      entry.slot.open++;
    }
    this.#unmapped.clear();
    for (const lane of [...this.#lanes.values()]) if (!map.nodes.includes(lane.owner)) this.#retire(lane);
  }

  #slotOf(shard: number): Slot<Request, T> {
    let slot = this.#slots.get(shard);
    if (slot === undefined) {
      slot = { shard, lane: this.#any, open: 0, held: [] };
      this.#slots.set(shard, slot);
    }
    return slot;
  }

  #laneOf(owner: string): Lane<Request, T> {
    if (owner === '') return this.#any;
    const known = this.#lanes.get(owner);
    if (known !== undefined) {
      // I2
      if (known.at === owner || known.at === '' || this.#connection.isAway(owner)) return known;
      this.#retire(known);
    }
    const lane = this.#newLane(owner);
    this.#lanes.set(owner, lane);
    return lane;
  }

  #newLane(owner: string): Lane<Request, T> {
    const { open, ...parts } = this.#parts;
    const connection = this.#connection;
    const pipeline = new Pipeline<Request, Reply, T>({
      ...parts,
      settings: connection.settings,
      open: () => {
        lane.at = connection.pick(owner);
        return open(lane.at);
      },
      onBreak: (error) => connection.failed(lane.at, error),
    });
    const lane: Lane<Request, T> = { pipeline, owner, at: '' };
    return lane;
  }

  #retire(lane: Lane<Request, T>): void {
    this.#lanes.delete(lane.owner);
    this.#retired.add(lane);
    this.#endIfIdle(lane);
  }

  #endIfIdle(lane: Lane<Request, T>): void {
    if (lane.pipeline.unanswered > 0) return;
    this.#retired.delete(lane);
    lane.pipeline.close();
  }
}
