/** Brings requests to the shards, here or on other nodes, and answers those of other nodes. */
import type { RuntimeClock } from '../port/clock.ts';
import type { NodeWires } from '../port/node-wires.ts';
import type { Observer } from '../port/observer.ts';
import type { PeerShard } from '../runtime/identity/local-peer.ts';
import { decodeQuestion, encodeAnswer, type PeerQuestion } from './peer-message.ts';
import { ShardDoor, type ShardPlace } from './shard-door.ts';

export interface RouterParts {
  /** This node's own, served or not. */
  readonly shards: readonly PeerShard[];
  readonly whereIs: (shard: number) => ShardPlace;
  readonly wires: NodeWires;
  readonly clock: RuntimeClock;
  readonly generation: number;
  readonly observer: Observer;
}

const ELSEWHERE = encodeAnswer({ kind: 'elsewhere' });
const SAVED = encodeAnswer({ kind: 'saved' });

export class Router {
  readonly #parts: RouterParts;
  readonly #doors: readonly ShardDoor[];

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#doors = parts.shards.map((shard, id) => new ShardDoor({ ...parts, id, shard }));
  }

  /** Requests that wait for somebody to serve their shard. */
  get held(): number {
    return this.#doors.reduce((sum, door) => sum + door.held, 0);
  }

  door(shard: number): ShardDoor {
    return this.#doors[shard] as ShardDoor;
  }

  /** Of another node: it is never sent on, so that no request goes round. */
  answer(question: Uint8Array, answer: (bytes: Uint8Array) => void): void {
    const { shards, whereIs, clock, observer } = this.#parts;
    const asked = decodeQuestion(question, clock.now(), answer);
    if (asked === undefined) return;
    const shard = shards[asked.shard];
    if (shard === undefined || whereIs(asked.shard).kind !== 'here') return answer(ELSEWHERE);
    if (asked.op === 'request') return shard.submit(asked.request);
    const asking = asked.op === 'save' ? shard.saveNow().then(() => SAVED) : membersAt(shard, asked);
    asking.then(answer, (fault: unknown) =>
      observer.fault(`shard ${asked.shard}: what another node asks for failed`, fault),
    );
  }
}

async function membersAt(
  shard: PeerShard,
  { audience, after, limit }: Extract<PeerQuestion, { readonly op: 'members' }>,
): Promise<Uint8Array> {
  return encodeAnswer({ kind: 'members', found: await shard.membersIn(audience, after, limit) });
}
