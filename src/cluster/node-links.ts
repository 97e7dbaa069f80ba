/**
 * The links of this node to every other one that lives, while anybody here uses them, and those of the others to this one. Owned by the cluster.
 *
 * I1  There is at most one link to a node; a broken one is followed by another while the node lives.
 */
import { INTERVALS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { NodeWires } from '../port/node-wires.ts';
import type { Observer } from '../port/observer.ts';
import { AnsweringLink } from './answering-link.ts';
import { AskingLink, type LinkQuestion } from './asking-link.ts';
import type { DownMessage, UpMessage } from './link-message.ts';
import { decodeAnswer, encodeAnswer, encodeQuestion } from './peer-message.ts';

/** A link as its users see it. */
export interface OpenLink {
  readonly address: string;
  send(message: UpMessage): void;
}

/** What is asked of all other nodes. */
export interface LinkUser {
  /** Whether links are wanted now. */
  readonly isUsing: boolean;
  opened(link: OpenLink): void;
  heard(link: OpenLink, message: DownMessage): void;
  /** Nothing comes over it any more; another one may be opened. */
  broken(link: OpenLink): void;
}

/** A link of another node as its users see it. */
export interface AskedLink {
  say(message: DownMessage): void;
  /** How many messages wait to be said. */
  readonly waiting: number;
}

/** What another node asks of this one. */
export interface LinkServer {
  heard(link: AskedLink, message: UpMessage): void;
  over(link: AskedLink): void;
}

export interface NodeLinksParts {
  readonly id: string;
  readonly clock: RuntimeClock;
  readonly wires: NodeWires;
  readonly observer: Observer;
  readonly users: readonly LinkUser[];
  readonly servers: readonly LinkServer[];
}

interface Target {
  readonly address: string;
  link: (OpenLink & { readonly asking: AskingLink }) | undefined;
  cancelReopen: (() => void) | undefined;
}

const BROKEN = encodeAnswer({ kind: 'broken' });

export class NodeLinks {
  readonly #parts: NodeLinksParts;
  /** By address. */
  readonly #targets = new Map<string, Target>();
  /** Of other nodes, by their id. */
  readonly #asked = new Map<string, AnsweringLink>();
  #epoch = 0;
  #isLeaving = false;
  #isOver = false;

  constructor(parts: NodeLinksParts) {
    this.#parts = parts;
  }

  /** The other nodes that live, by their addresses. */
  follow(addresses: readonly string[]): void {
    for (const [address, target] of this.#targets)
      if (!addresses.includes(address)) {
        this.#targets.delete(address);
        this.#shut(target);
      }
    for (const address of addresses)
      if (!this.#targets.has(address))
        this.#targets.set(address, { address, link: undefined, cancelReopen: undefined });
    this.look();
  }

  /** What is used here may have changed. */
  look(): void {
    if (this.#isOver) return;
    const isUsed = this.#parts.users.some(({ isUsing }) => isUsing);
    for (const target of this.#targets.values())
      if (!isUsed) this.#shut(target);
      else if (target.link === undefined && target.cancelReopen === undefined) this.#open(target);
  }

  /** This node serves nothing any more: the others need no link to it. */
  endAsked(): void {
    this.#isLeaving = true;
    for (const link of [...this.#asked.values()]) link.end();
  }

  close(): void {
    this.endAsked();
    this.#isOver = true;
    for (const target of this.#targets.values()) this.#shut(target);
  }

  /** A question of another node. */
  answer({ from, epoch, at, up, isOver }: LinkQuestion, answer: (bytes: Uint8Array) => void): void {
    let link = this.#asked.get(from);
    if (link !== undefined && epoch > link.epoch) {
      link.end();
      link = undefined;
    }
    if (isOver) {
      if (link?.epoch === epoch) link.end();
      return answer(encodeAnswer({ kind: 'link', down: [] }));
    }
    // The second question may overtake the first.
    if (link === undefined && at <= 2 && !this.#isLeaving) link = this.#begin(from, epoch);
    const isTaken =
      link?.epoch === epoch &&
      link.take({ at, up }, (down) =>
        answer(down === undefined ? BROKEN : encodeAnswer({ kind: 'link', down })),
      );
    if (!isTaken) answer(BROKEN);
  }

  #begin(from: string, epoch: number): AnsweringLink {
    const { clock, servers } = this.#parts;
    const link: AnsweringLink = new AnsweringLink({
      ...{ epoch, clock },
      heard: (messages) => {
        for (const message of messages)
          for (const server of servers) this.#guard(() => server.heard(link, message));
      },
      over: () => {
        if (this.#asked.get(from) === link) this.#asked.delete(from);
        for (const server of servers) this.#guard(() => server.over(link));
      },
    });
    this.#asked.set(from, link);
    return link;
  }

  #open(target: Target): void {
    const { id, clock, wires, users } = this.#parts;
    const { address } = target;
    const asking = new AskingLink({
      ...{ from: id, epoch: ++this.#epoch, clock },
      ask: (question, timeoutMs, done) =>
        wires.ask(address, encodeQuestion(question, clock.now()), timeoutMs, (answer) =>
          done(answer && decodeAnswer(answer, question)),
        ),
      heard: (messages) => {
        for (const message of messages)
          for (const user of users) this.#guard(() => user.heard(link, message));
      },
      broken: () => {
        target.link = undefined;
        target.cancelReopen = clock.after(INTERVALS.linkReopenMs, () => {
          target.cancelReopen = undefined;
          this.look();
        });
        for (const user of users) user.broken(link);
      },
    });
    const link = { address, asking, send: (message: UpMessage) => asking.send(message) };
    target.link = link;
    for (const user of users) user.opened(link);
  }

  #shut(target: Target): void {
    target.cancelReopen?.();
    target.cancelReopen = undefined;
    const { link } = target;
    if (link === undefined) return;
    target.link = undefined;
    link.asking.close();
    for (const user of this.#parts.users) user.broken(link);
  }

  /** A message that cannot be handled does not hold up those behind it. */
  #guard(handle: () => void): void {
    try {
      handle();
    } catch (fault) {
      this.#parts.observer.fault('what another node said could not be handled', fault);
    }
  }
}
