/** The product's own part in a deployment (cluster/cluster.ts) over simulated members and wires. */
import { Cluster } from '../../../cluster/cluster.ts';
import type { NodeAnswers } from '../../../port/node-wires.ts';
import type { Observer } from '../../../port/observer.ts';
import { ChannelRegistry } from '../../../runtime/delivery/channel-registry.ts';
import { Watchers } from '../../../runtime/trigger/watchers.ts';
import type { Mutant, MutantTools } from '../mutant.ts';
import type { Scheduler } from '../scheduler.ts';
import type { ServingNode, ShardAgent } from '../shard-agent.ts';
import { GENERATION } from '../sim-node.ts';
import type { Wire } from '../wire.ts';
import type { SimDeployment } from './sim-deployment.ts';
import { remoteMembers } from './sim-members.ts';
import { simWires } from './sim-wires.ts';

export interface ClusterAgentParts {
  readonly scheduler: Scheduler;
  readonly deployment: SimDeployment;
  readonly place: number;
  /** To the store of members. */
  readonly wire: Wire;
  readonly observer: Observer;
  readonly mutant: Mutant;
  readonly tools: MutantTools;
  /** The process ends: it could not become a member. */
  readonly onEnd: () => void;
}

/** Its shards are others' by then, or the process ends all the same. */
const LEAVE_MS = 20_000;

export class ClusterAgent implements ShardAgent {
  readonly runtime;
  readonly engine;
  readonly answers: NodeAnswers;
  readonly cluster: Cluster;
  readonly #parts: ClusterAgentParts;
  readonly #node: ServingNode;

  constructor(parts: ClusterAgentParts, node: ServingNode) {
    const { deployment, scheduler, mutant, tools, place } = parts;
    const { host, clock } = node;
    this.#parts = parts;
    this.#node = node;
    const members = remoteMembers(deployment, parts.wire, scheduler, host);
    const wires = simWires(deployment, scheduler, host, place);
    const { steady } = deployment;
    const cluster = new Cluster({
      membership: mutant.members?.(members, tools) ?? members,
      wires: mutant.wires?.(wires, tools) ?? wires,
      id: host.name,
      version: '1',
      generation: GENERATION,
      clock: {
        now: () => clock.now(),
        after: (ms, run) => steady.after(ms, host, run),
        soon: (run) => clock.soon(run),
      },
      steadyMs: () => steady.now,
      observer: parts.observer,
    });
    this.cluster = cluster;
    this.runtime = { mayAnswer: () => mutant.mayAnswer ?? cluster.mayAnswer() };
    this.engine = { shardAt: cluster.shardAt, ownerOf: cluster.ownerOf };
    this.answers = cluster.answers;
  }

  attach(): void {
    // Channel systems connect to every node here, so nothing is relayed: a registry that knows none of them opens no links, whose questions would hurry a month of steady time.
    const runtime = { channels: new ChannelRegistry(), watchers: new Watchers(0) };
    this.cluster.attach({ shards: this.#node.shards(), runtime, waitingFor: () => 0 });
  }

  start(): void {
    const { deployment, place, onEnd } = this.#parts;
    const orders = this.cluster.deployment;
    deployment.listen(place, { host: this.#node.host, answers: this.answers, orders });
    this.cluster.join(deployment.addressOf(place)).catch(onEnd);
  }

  /** Here the map says who serves what. */
  handOver(): void {}

  leave(): Promise<void> {
    return this.cluster.leave(LEAVE_MS);
  }

  close(): void {
    this.cluster.close();
  }
}
