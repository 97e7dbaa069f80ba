/**
 * Whether every node can put an edition in force, asked before it is. Owned by the composition root of a node that is one of several.
 *
 * I1  What is proposed is stored before it is proposed: who hears of it can read it.
 * I2  A node says of the last proposal whether it can, in its row; it says so again after a restart.
 * I3  One proposal counts at a time: who finds another one in place of their own gives up.
 */
import { INTERVALS, LIMITS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { AskHeld, Editions, ProposedKind, Unheld } from '../port/editions.ts';
import type { Follow } from '../port/follow.ts';
import type { HeldEdition, MemberNode, NodeMembership } from '../port/membership.ts';
import { PortError } from '../port/port-error.ts';

/** Reads and checks a stored edition; why it cannot be put in force here, '': it can. Throws PortError when it cannot be read now. */
export type Judge = (version: string) => Promise<string>;

export interface ConsentParts {
  readonly editions: Editions;
  readonly membership: Pick<NodeMembership, 'read'>;
  readonly clock: RuntimeClock;
  /** Whether this node counts another one among the living. */
  readonly lives: (node: MemberNode) => boolean;
  /** Says it in this node's row. */
  readonly say: (held: HeldEdition) => void;
  readonly judges: Readonly<Record<ProposedKind, Judge>>;
}

export class EditionConsent {
  readonly #parts: ConsentParts;
  #judged = '';

  constructor(parts: ConsentParts) {
    this.#parts = parts;
  }

  get follow(): Follow | undefined {
    return this.#parts.editions.follow;
  }

  /** I2: looks at what is proposed, and says whether it can be put in force here. Rejects with PortError. */
  async takeIn(): Promise<void> {
    const { editions, judges, say } = this.#parts;
    const proposed = await editions.current('proposed');
    if (proposed === '' || proposed === this.#judged) return;
    const [kind = '', version = ''] = proposed.split(' ');
    const judge = Object.hasOwn(judges, kind) ? judges[kind as ProposedKind] : undefined;
    const why = judge === undefined ? `this version knows no ${kind}` : await judge(version);
    this.#judged = proposed;
    say({ proposed, why });
  }

  /** I1, I3 */
  readonly ask: AskHeld = async (kind, version) => {
    const { editions, clock } = this.#parts;
    const proposed = `${kind} ${version}`;
    await this.#propose(proposed);
    const until = clock.now() + INTERVALS.editionHeldMs;
    for (;;) {
      const unheld = await this.#unheld(proposed);
      const isSaid = unheld.every(({ said }) => said);
      if (isSaid || clock.now() >= until) return unheld.map(({ address, why }) => ({ address, why }));
      if ((await editions.current('proposed')) !== proposed) return 'overtaken';
      await new Promise<void>((resolve) => void clock.after(INTERVALS.editionAskedMs, resolve));
    }
  };

  async #propose(proposed: string): Promise<void> {
    const { editions } = this.#parts;
    await editions.put({ kind: 'proposed', version: proposed, sha256: '', bytes: new Uint8Array() });
    for (let tries = 1; ; tries++) {
      const before = await editions.current('proposed');
      if (before === proposed) return;
      try {
        return await editions.use('proposed', proposed, before);
      } catch (fault) {
        const isSecond = fault instanceof PortError && fault.kind === 'conflict';
        if (!isSecond || tries >= LIMITS.sharedChangeTriesMax) throw fault;
      }
    }
  }

  /** Living nodes that cannot, or have not said whether they can. */
  async #unheld(proposed: string): Promise<(Unheld & { readonly said: boolean })[]> {
    const { membership, lives } = this.#parts;
    const { nodes } = await membership.read();
    return nodes.filter(lives).flatMap(({ address, held }) => {
      const said = held?.proposed === proposed;
      if (said && held.why === '') return [];
      const why = said ? held.why : `it has not said so within ${INTERVALS.editionHeldMs / 1_000} s`;
      return [{ address, why, said }];
    });
  }
}
