/**
 * What people at this node watch, as the other nodes tell of it: changes of customers, and decisions. Owned by the cluster; the other end is served-watches.ts.
 *
 * I1  A customer's changes are asked of every node, since keys and customers move between shards, and shards between nodes.
 * I2  What changed while a node was not asked yet, or not any more, is found by a look at the customer: nobody is told of a state that is older than what they saw.
 */
import { decodeProfile } from '../codec/stored/profile-codec.ts';
import { readFact } from '../codec/stored/record-codec.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { Changed, Committed } from '../port/customers.ts';
import type { TailBounds } from '../port/tail-sample.ts';
import type { RemoteChanges } from '../runtime/remote-changes.ts';
import type { DownMessage } from './link-message.ts';
import type { LinkUser, OpenLink } from './node-links.ts';

interface RemoteWatch {
  readonly id: string;
  readonly changed: Changed;
  readonly look: () => void;
}

interface RemoteTail extends TailBounds {
  readonly each: (committed: Committed, skipped: number) => void;
}

export class RemoteWatches implements LinkUser, RemoteChanges {
  readonly #lookAtLinks: () => void;
  readonly #links = new Set<OpenLink>();
  readonly #watches = new Map<string, Set<RemoteWatch>>();
  readonly #tails = new Map<number, RemoteTail>();
  #numbers = 0;

  constructor(lookAtLinks: () => void) {
    this.#lookAtLinks = lookAtLinks;
  }

  get isUsing(): boolean {
    return this.#watches.size > 0 || this.#tails.size > 0;
  }

  watch(id: string, changed: Changed, look: () => void): () => void {
    const watch = { id, changed, look };
    const others = this.#watches.get(id);
    if (others !== undefined) others.add(watch);
    else {
      this.#watches.set(id, new Set([watch]));
      for (const link of this.#links) link.send({ kind: 'watch', id });
    }
    this.#lookAtLinks();
    return () => this.#unwatch(watch);
  }

  tail(each: RemoteTail['each'], bounds: TailBounds): () => void {
    const tail = ++this.#numbers;
    this.#tails.set(tail, { each, ...bounds });
    for (const link of this.#links) link.send({ kind: 'tail', tail, ...bounds });
    this.#lookAtLinks();
    return () => {
      this.#tails.delete(tail);
      for (const link of this.#links) link.send({ kind: 'untail', tail });
      this.#lookAtLinks();
    };
  }

  opened(link: OpenLink): void {
    this.#links.add(link);
    for (const id of this.#watches.keys()) link.send({ kind: 'watch', id });
    for (const [tail, { share, perSecondMax }] of this.#tails)
      link.send({ kind: 'tail', tail, share, perSecondMax });
  }

  /** I2 */
  broken(link: OpenLink): void {
    this.#links.delete(link);
    for (const watches of this.#watches.values()) for (const { look } of watches) look();
  }

  heard(_: OpenLink, message: DownMessage): void {
    if (message.kind === 'decided') {
      const { place, skipped } = message;
      const fact = readFact(message.fact, 0);
      if (fact !== undefined) this.#tails.get(message.tail)?.each({ place, fact }, skipped);
      return;
    }
    if (message.kind === 'watching') {
      for (const { look } of this.#watches.get(message.id) ?? []) look();
      return;
    }
    if (message.kind !== 'changed') return;
    const watches = this.#watches.get(message.id);
    if (watches === undefined) return;
    const profile: Profile = decodeProfile(message.profile);
    for (const { changed } of watches) changed(profile, message.causes);
  }

  #unwatch(watch: RemoteWatch): void {
    const { id } = watch;
    const watches = this.#watches.get(id);
    if (watches?.delete(watch) !== true || watches.size > 0) return;
    this.#watches.delete(id);
    for (const link of this.#links) link.send({ kind: 'unwatch', id });
    this.#lookAtLinks();
  }
}
