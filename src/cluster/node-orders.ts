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
  DeploymentView,
  DrainOutcome,
  FinaliseOutcome,
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
type Plan<Outcome> = { readonly map: ShardMap; readonly outcome: Outcome } | { readonly outcome: Outcome };

interface Found extends Members {
  readonly map: ShardMap;
}

export class NodeOrders implements DeploymentControl {
  readonly #parts: OrderParts;

  constructor(parts: OrderParts) {
    this.#parts = parts;
  }

  async view(): Promise<DeploymentView> {
    return viewOf(await this.#read());
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

  finalise(): Promise<FinaliseOutcome> {
    return this.#changing<FinaliseOutcome>((found) => {
      const { nodes, core: previous } = viewOf(found);
      const core = Math.max(previous, ...nodes.flatMap(({ revisions }) => revisions));
      const behind = nodes.filter(({ revisions }) => revisions.length > 0 && !revisions.includes(core));
      if (behind.length > 0) return { outcome: { kind: 'behind', core, nodes: behind } };
      if (core === previous) return { outcome: { kind: 'unchanged', core, previous } };
      return { map: { ...found.map, core }, outcome: { kind: 'changed', core, previous } };
    });
  }

  #order(
    node: string,
    planOf: (named: readonly MemberNode[], found: Found) => Plan<DrainOutcome>,
  ): Promise<DrainOutcome> {
    return this.#changing<DrainOutcome>((found) => {
      const named = found.nodes.filter(({ id, address }) => id === node || address === node);
      if (named.length > 0) return planOf(named, found);
      const addresses = [...new Set(found.nodes.map(({ address }) => address))].sort();
      return { outcome: { kind: 'unknown', addresses } };
    });
  }

  /** I1 */
  async #changing<Outcome>(planOf: (found: Found) => Plan<Outcome>): Promise<Outcome> {
    const { membership, onWritten } = this.#parts;
    for (let tries = 1; ; tries++) {
      const found = await this.#read();
      const plan = planOf(found);
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

function viewOf({ map, nodes }: Found): DeploymentView {
  const listed = nodes.map(({ id, address, isDraining, program }): DeploymentNode => {
    const drained = map.drained?.[id];
    const standing = isDraining ? 'ends' : drained === undefined ? 'serves' : 'drained';
    return { id, address, standing, drained, revisions: program?.revisions ?? [] };
  });
  return { nodes: listed.sort((a, b) => (a.address < b.address ? -1 : 1)), core: map.core ?? 0 };
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
