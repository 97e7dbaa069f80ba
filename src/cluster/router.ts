/** Brings requests to the shards, here or on other nodes, and answers those of other nodes. */
import type { RuntimeClock } from '../port/clock.ts';
import type { NodeWires } from '../port/node-wires.ts';
import type { Observer } from '../port/observer.ts';
import type { PeerShard } from '../runtime/identity/local-peer.ts';
import type { HeldShard } from './member.ts';
import type { NodeLinks } from './node-links.ts';
import { decodeQuestion, encodeAnswer, encodeQuestion, type PeerQuestion } from './peer-message.ts';
import { ShardDoor, type ShardPlace } from './shard-door.ts';

export interface RouterParts {
  /** This node's own, served or not. */
  readonly shards: readonly (PeerShard & Pick<HeldShard, 'warm'>)[];
  readonly whereIs: (shard: number) => ShardPlace;
  readonly wires: NodeWires;
  readonly clock: RuntimeClock;
  readonly generation: number;
  readonly observer: Observer;
  readonly links: Pick<NodeLinks, 'answer'>;
}

const ELSEWHERE = encodeAnswer({ kind: 'elsewhere' });
const SAVED = encodeAnswer({ kind: 'saved' });
const WARMED = encodeAnswer({ kind: 'warmed' });
/** What is lost of it costs a few milliseconds. */
const WARM_MS = 2_000;

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

  /** Tells a node who serves a shard from now on whom it is likely to be asked for. */
  tellUsed(shard: number, address: string, used: readonly string[]): void {
    const { wires, clock } = this.#parts;
    if (used.length > 0)
      wires.ask(
        address,
        encodeQuestion({ op: 'warm', shard, customers: used }, clock.now()),
        WARM_MS,
        () => {},
      );
  }

  /** Of another node: it is never sent on, so that no request goes round. */
  answer(question: Uint8Array, answer: (bytes: Uint8Array) => void): void {
    const { shards, whereIs, clock, observer } = this.#parts;
    const asked = decodeQuestion(question, clock.now(), answer);
    if (asked === undefined) return;
    if (asked.op === 'link') return this.#parts.links.answer(asked, answer);
    const shard = shards[asked.shard];
    if (asked.op === 'warm') {
      shard?.warm(asked.customers);
      return answer(WARMED);
    }
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
