/**
 * What people at other nodes watch of the shards here. Owned by the cluster; the other end is remote-watches.ts.
 *
 * I1  What a link asked for ends with it.
 * I2  A tail whose link is behind leaves decisions out, and counts them.
 */
import { encodeProfile } from '../codec/stored/profile-codec.ts';
import { encodeRecord } from '../codec/stored/record-codec.ts';
import { LIMITS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import { TailSample } from '../port/tail-sample.ts';
import type { Watchers } from '../runtime/trigger/watchers.ts';
import type { UpMessage } from './link-message.ts';
import type { AskedLink, LinkServer } from './node-links.ts';

const NO_HEADER = { generation: 0, epoch: 0, batch: '', at: 0 };

export class ServedWatches implements LinkServer {
  readonly #watchers: Pick<Watchers, 'watchFrom' | 'tail'>;
  readonly #clock: RuntimeClock;
  /** By link, what ends each watch and tail. */
  readonly #ends = new Map<AskedLink, Map<string, () => void>>();

  constructor(watchers: Pick<Watchers, 'watchFrom' | 'tail'>, clock: RuntimeClock) {
    this.#watchers = watchers;
    this.#clock = clock;
  }

  heard(link: AskedLink, message: UpMessage): void {
    switch (message.kind) {
      case 'watch':
        this.#begin(link, `watch ${message.id}`, this.#watch(link, message.id));
        return link.say({ kind: 'watching', id: message.id });
      case 'unwatch':
        return this.#end(link, `watch ${message.id}`);
      case 'tail':
        return this.#begin(link, `tail ${message.tail}`, this.#tail(link, message));
      case 'untail':
        return this.#end(link, `tail ${message.tail}`);
    }
  }

  /** I1 */
  over(link: AskedLink): void {
    for (const end of this.#ends.get(link)?.values() ?? []) end();
    this.#ends.delete(link);
  }

  #watch(link: AskedLink, id: string): () => void {
    return this.#watchers.watchFrom(id, (profile, causes) =>
      link.say({ kind: 'changed', id, profile: encodeProfile(profile), causes: [...causes] }),
    );
  }

  #tail(link: AskedLink, { tail, ...bounds }: Extract<UpMessage, { kind: 'tail' }>): () => void {
    const sample = new TailSample(bounds);
    return this.#watchers.tail(({ place, fact }) => {
      if (fact.kind !== 'decision') return;
      // I2
      const skipped = sample.take(place, this.#clock.now(), link.waiting >= LIMITS.linkTailMax);
      if (skipped !== undefined)
        link.say({ kind: 'decided', tail, place, fact: encodeRecord(NO_HEADER, [fact]), skipped });
    });
  }

  #begin(link: AskedLink, name: string, end: () => void): void {
    this.#end(link, name);
    const ends = this.#ends.get(link) ?? new Map<string, () => void>();
    this.#ends.set(link, ends.set(name, end));
  }

  #end(link: AskedLink, name: string): void {
    const ends = this.#ends.get(link);
    ends?.get(name)?.();
    ends?.delete(name);
  }
}
