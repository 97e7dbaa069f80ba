/** This node's part in a deployment of several: what its engine, its gRPC server and its start ask of the others. */
import type { CoreRevisions } from '../core/core-revision.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { DeploymentControl } from '../port/deployment.ts';
import type { Editions } from '../port/editions.ts';
import type { NodeMembership, NodeProgram } from '../port/membership.ts';
import type { NodeAnswers, NodeWires } from '../port/node-wires.ts';
import type { Observer } from '../port/observer.ts';
import type { Engine } from '../runtime/engine.ts';
import type { PeerShard } from '../runtime/identity/local-peer.ts';
import type { RemoteChanges } from '../runtime/remote-changes.ts';
import { ChannelLender } from './channel-lender.ts';
import { type ConsentParts, EditionConsent } from './edition-consent.ts';
import { type HeldShard, Member } from './member.ts';
import { NodeLinks } from './node-links.ts';
import { NodeOrders } from './node-orders.ts';
import { RelayedChannels } from './relayed-channels.ts';
import { RemoteWatches } from './remote-watches.ts';
import { Router } from './router.ts';
import { ServedWatches } from './served-watches.ts';
import type { ShardPlace } from './shard-door.ts';

export interface ClusterParts {
  readonly membership: NodeMembership;
  readonly wires: NodeWires;
  /** Of this process, and no other ever. */
  readonly id: string;
  readonly version: string;
  /** Absent: nothing is said of it, and nothing asked. */
  readonly program?: NodeProgram;
  readonly generation: number;
  readonly clock: RuntimeClock;
  /** Milliseconds that no clock setting moves, also while the process is stopped. */
  readonly steadyMs: () => number;
  readonly observer: Observer;
}

/** What it asks of the engine. */
export type ServedEngine = Pick<Engine, 'waitingFor'> & {
  readonly shards: readonly (PeerShard & HeldShard)[];
  readonly runtime: Pick<Engine['runtime'], 'channels' | 'watchers'>;
};

export class Cluster {
  readonly #parts: ClusterParts;
  #member: Member | undefined;
  #router: Router | undefined;
  #links: NodeLinks | undefined;
  #remote: RemoteWatches | undefined;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
  }

  /** The engine whose shards are served here from `join` on. */
  attach(engine: ServedEngine): void {
    const { shards } = engine;
    const links = this.#link(engine);
    const member = new Member({
      ...this.#parts,
      shards,
      onPlaces: (changed) => {
        for (const shard of changed) this.#router?.door(shard).moved();
      },
      onLiving: (addresses) => links.follow(addresses),
      onHandedOver: (shard, address, used) => this.#router?.tellUsed(shard, address, used),
    });
    this.#member = member;
    this.#router = new Router({ ...this.#parts, shards, links, whereIs: (shard) => member.whereIs(shard) });
  }

  /** What this node and the others do for each other beyond requests for actors. */
  #link(engine: ServedEngine): NodeLinks {
    const { id, clock, wires, observer } = this.#parts;
    const { channels } = engine.runtime;
    const waiting = (channel: number, max: number): number => engine.waitingFor(channel, max);
    const look = (): void => links.look();
    const lender = new ChannelLender({ channels, clock, waiting, look });
    const relayed = new RelayedChannels({ channels, waiting, clock });
    const served = new ServedWatches(engine.runtime.watchers, clock);
    const remote = new RemoteWatches(look);
    const links = new NodeLinks({
      ...{ id, clock, wires, observer },
      ...{ users: [lender, remote], servers: [relayed, served] },
    });
    this.#remote = remote;
    channels.lender = lender;
    channels.onShort = (channel) => {
      lender.short(channel);
      relayed.short(channel);
    };
    this.#links = links;
    return links;
  }

  /** Which core revision shards adopt here: the deployment's, whatever this program's own is. */
  revisions(own: CoreRevisions): CoreRevisions {
    const current = (): number => Math.min(own.current, this.#member?.coreRevision ?? own.current);
    return {
      carried: own.carried,
      get current() {
        return current();
      },
    };
  }

  /** A shard as it is spoken to, wherever it is served. */
  readonly shardAt = (id: number): PeerShard => (this.#router as Router).door(id);

  /** Of another node that serves a shard, `host:port`; '': it is this one's, or nobody's. */
  readonly ownerOf = (id: number): string => {
    const place: ShardPlace = this.#member?.whereIs(id) ?? { kind: 'nowhere' };
    return place.kind === 'there' ? place.address : '';
  };

  /** What other nodes commit. Of no use before `attach`. */
  readonly remote: RemoteChanges = {
    watch: (id, changed, look) => (this.#remote as RemoteWatches).watch(id, changed, look),
    tail: (each, bounds) => (this.#remote as RemoteWatches).tail(each, bounds),
  };

  readonly mayAnswer = (): boolean => this.#parts.steadyMs() < (this.#member?.answersUntil ?? 0);

  readonly answers: NodeAnswers = (question, answer) => this.#router?.answer(question, answer);

  /** Requests that wait for somebody to serve their shard. */
  get held(): number {
    return this.#router?.held ?? 0;
  }

  /** What operators ask of all nodes, and tell them. Of no use before `attach`. */
  get deployment(): DeploymentControl {
    const { membership, clock } = this.#parts;
    const member = this.#member as Member;
    return new NodeOrders({
      ...{ membership, clock, lives: member.lives, onWritten: () => member.wake() },
    });
  }

  /** Asks all nodes before an edition comes into force, and answers for this one. Of no use before `attach`. */
  consent(editions: Editions, judges: ConsentParts['judges']): EditionConsent {
    const { membership, clock } = this.#parts;
    const member = this.#member as Member;
    return new EditionConsent({
      ...{ editions, membership, clock, judges, lives: member.lives },
      say: (held) => member.say(held),
    });
  }

  /** Becomes a member, at the address where clients and other nodes reach it; shards are opened as the map gives them. Throws PortError. */
  async join(address: string): Promise<void> {
    await this.#member?.join(address);
  }

  /** Gives its shards to others, and leaves; resolves when it is so, or after `timeoutMs`, or at once where nobody else is there. */
  async leave(timeoutMs: number): Promise<void> {
    await this.#member?.leave(timeoutMs);
    this.#links?.endAsked();
  }

  close(): void {
    this.#member?.stop();
    this.#links?.close();
    this.#parts.wires.close();
  }
}
