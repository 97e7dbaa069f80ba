/**
 * What operators tell the nodes of a deployment. It stands in the map of the shards, so that any node can be asked, and every node works out the same from it.
 *
 * I1  Each order is one compare-and-set on what it was worked out from: of two operators who drain the last two nodes at once the second one is refused.
 * I2  An order is of a process: a node that is started again is another one, and takes shards.
 */
import { LIMITS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type {
  DeploymentControl,
  DeploymentNode,
  DrainOutcome,
  NodeStanding,
  NodeWords,
} from '../port/deployment.ts';
import type { DrainWord, MemberNode, Members, NodeMembership, ShardMap } from '../port/membership.ts';
import { PortError } from '../port/port-error.ts';
import { takersOf } from './assign-shards.ts';

export interface OrderParts {
  readonly membership: NodeMembership;
  readonly clock: Pick<RuntimeClock, 'now'>;
  /** Whether the node that is asked counts this one among the living. */
  readonly lives: (node: MemberNode) => boolean;
  /** The map was written. */
  readonly onWritten: () => void;
}

/** What is to be written, or why nothing is. */
type Plan = { readonly map: ShardMap; readonly outcome: DrainOutcome } | { readonly outcome: DrainOutcome };

interface Found extends Members {
  readonly map: ShardMap;
}

export class NodeOrders implements DeploymentControl {
  readonly #parts: OrderParts;

  constructor(parts: OrderParts) {
    this.#parts = parts;
  }

  async nodes(): Promise<readonly DeploymentNode[]> {
    const { map, nodes } = await this.#read();
    return nodes
      .map(({ id, address, isDraining }) => {
        const drained = map.drained?.[id];
        const standing: NodeStanding = isDraining ? 'ends' : drained === undefined ? 'serves' : 'drained';
        return { id, address, standing, drained };
      })
      .sort((a, b) => (a.address < b.address ? -1 : 1));
  }

  drain(node: string, { by, why }: NodeWords): Promise<DrainOutcome> {
    return this.#order(node, (named, { map, nodes }) => {
      const { address } = named[0] as MemberNode;
      const staying = named.filter(({ isDraining }) => !isDraining);
      if (staying.length === 0) return { outcome: { kind: 'ends', address } };
      const words = map.drained ?? {};
      const shards = sharesOf(map, named);
      if (staying.every(({ id }) => words[id] !== undefined))
        return { outcome: { kind: 'unchanged', address, shards } };
      const word: DrainWord = { by, why, since: this.#parts.clock.now() };
      const drained = {
        // Those that are gone need no word any more.
        ...wordsOf(map, nodes),
        ...Object.fromEntries(staying.map(({ id }) => [id, words[id] ?? word])),
      };
      const next = { ...map, drained };
      // Where nobody is left all of them would be given shards.
      if (takersOf(next, nodes).some(({ id }) => drained[id] !== undefined))
        return { outcome: { kind: 'last', address } };
      return { map: next, outcome: { kind: 'changed', address, shards } };
    });
  }

  undrain(node: string): Promise<DrainOutcome> {
    return this.#order(node, (named, { map, nodes }) => {
      const { address } = named[0] as MemberNode;
      const shards = sharesOf(map, named);
      if (named.every(({ id }) => map.drained?.[id] === undefined))
        return { outcome: { kind: 'unchanged', address, shards } };
      const drained = wordsOf(
        map,
        nodes.filter((one) => !named.includes(one)),
      );
      return { map: { ...map, drained }, outcome: { kind: 'changed', address, shards } };
    });
  }

  /** I1 */
  async #order(
    node: string,
    planOf: (named: readonly MemberNode[], found: Found) => Plan,
  ): Promise<DrainOutcome> {
    const { membership, onWritten } = this.#parts;
    for (let tries = 1; ; tries++) {
      const found = await this.#read();
      const named = found.nodes.filter(({ id, address }) => id === node || address === node);
      if (named.length === 0) {
        const addresses = [...new Set(found.nodes.map(({ address }) => address))].sort();
        return { kind: 'unknown', addresses };
      }
      const plan = planOf(named, found);
      if (!('map' in plan)) return plan.outcome;
      try {
        await membership.writeMap(plan.map, found.mapRevision);
        onWritten();
        return plan.outcome;
      } catch (fault) {
        const isSecond = fault instanceof PortError && fault.kind === 'conflict';
        if (!isSecond || tries >= LIMITS.sharedChangeTriesMax) throw fault;
      }
    }
  }

  /** Of the nodes those that live. */
  async #read(): Promise<Found> {
    const { map, mapRevision, nodes } = await this.#parts.membership.read();
    return {
      ...{ mapRevision, nodes: nodes.filter(this.#parts.lives) },
      map: map ?? { owners: [], handoffs: {} },
    };
  }
}

function sharesOf({ owners }: ShardMap, nodes: readonly MemberNode[]): number {
  return owners.filter((owner) => nodes.some(({ id }) => id === owner)).length;
}

/** What was said of these nodes. */
function wordsOf({ drained = {} }: ShardMap, nodes: readonly MemberNode[]): Record<string, DrainWord> {
  return Object.fromEntries(
    nodes.flatMap(({ id }) => {
      const word = drained[id];
      return word === undefined ? [] : [[id, word]];
    }),
  );
}
