/**
 * Whose each device is, as a person at a desk would keep it. Shares no code with what it judges.
 *
 * A device is with whom it was seen last, whenever that is told. Of whom nobody has an address and a number together, each of the two is
 * somebody. What a device tells alone is of who has it by then; with nobody's it waits for the first who is seen with it.
 */
import type { DeviceMoment } from './device-lives.ts';

interface Sighting {
  /** The key by which somebody was seen. */
  readonly key: string;
  readonly ago: number;
}

export class PlainDevices {
  /** Of each key the one that stands for its person: their own, or their address. */
  readonly #person = new Map<string, string>();
  /** Two who are taken for one. */
  #linked: readonly [string, string] | undefined;
  readonly #seen = new Map<number, Sighting>();
  /** What was viewed, by the person's key or by a device that is nobody's. */
  readonly #viewed = new Map<string, Set<string>>();
  moves = 0;

  keys(): readonly string[] {
    return [...this.#person.keys()];
  }

  live(moment: DeviceMoment, product: string): void {
    switch (moment.kind) {
      case 'seen': {
        const names = keysSeen(moment);
        const [key] = names as [string, ...string[]];
        for (const name of names) if (!this.#person.has(name)) this.#person.set(name, name);
        if (names.length > 1) this.#become(names[1] as string, key);
        this.#view(this.#personOf(key), product);
        for (const device of moment.devices) this.#see(device, { key, ago: moment.ago });
        return;
      }
      case 'alone': {
        const owner = this.#seen.get(moment.device);
        this.#view(owner === undefined ? `device ${moment.device}` : this.#personOf(owner.key), product);
        return;
      }
      case 'link': {
        const [who, other] = [addressOf(moment.who), addressOf(moment.other)];
        for (const name of [who, other]) if (!this.#person.has(name)) this.#person.set(name, name);
        this.#linked = [who, other];
        return;
      }
      case 'unlink':
        this.#linked = undefined;
        return;
      case 'erase':
        return this.#erase(addressOf(moment.who));
    }
  }

  /** Whether a desk may take the two for one: nobody else is, and no Unlink has anything to do with either. */
  get isLinked(): boolean {
    return this.#linked !== undefined;
  }

  /** What is known behind a key, or a device. */
  behind(name: string | number): { readonly devices: readonly number[]; readonly viewed: readonly string[] } {
    const person = typeof name === 'string' ? this.#personOf(name) : this.#ownerOf(name);
    if (person === undefined)
      return { devices: [], viewed: [...(this.#viewed.get(`device ${name}`) ?? [])].sort() };
    const all = this.#together(person);
    return {
      devices: [...this.#seen.keys()].filter((device) => all.includes(this.#ownerOf(device) ?? '')).sort(),
      viewed: all.flatMap((one) => [...(this.#viewed.get(one) ?? [])]).sort(),
    };
  }

  #see(device: number, sighting: Sighting): void {
    const last = this.#seen.get(device);
    if (last === undefined) {
      for (const product of this.#viewed.get(`device ${device}`) ?? [])
        this.#view(this.#personOf(sighting.key), product);
      this.#viewed.delete(`device ${device}`);
    } else if (last.ago <= sighting.ago) return;
    else if (this.#personOf(last.key) !== this.#personOf(sighting.key)) this.moves++;
    this.#seen.set(device, sighting);
  }

  #become(name: string, person: string): void {
    const former = this.#personOf(name);
    if (former === this.#personOf(person)) return;
    this.#person.set(name, this.#personOf(person));
    for (const product of this.#viewed.get(former) ?? []) this.#view(this.#personOf(person), product);
    this.#viewed.delete(former);
  }

  #erase(name: string): void {
    const all = this.#together(this.#personOf(name));
    for (const [device] of this.#seen)
      if (all.includes(this.#ownerOf(device) ?? '')) {
        this.#seen.delete(device);
        this.#viewed.delete(`device ${device}`);
      }
    for (const [key, person] of this.#person) if (all.includes(person)) this.#person.delete(key);
    for (const person of all) this.#viewed.delete(person);
    if (this.#linked?.some((one) => all.includes(one))) this.#linked = undefined;
  }

  #ownerOf(device: number): string | undefined {
    const sighting = this.#seen.get(device);
    return sighting && this.#personOf(sighting.key);
  }

  #personOf(key: string): string {
    return this.#person.get(key) ?? key;
  }

  #together(person: string): readonly string[] {
    return this.#linked?.includes(person) ? this.#linked : [person];
  }

  #view(person: string, product: string): void {
    const viewed = this.#viewed.get(person) ?? new Set();
    this.#viewed.set(person, viewed.add(product));
  }
}

/** The strongest first. */
export function keysSeen({ who, by }: Extract<DeviceMoment, { kind: 'seen' }>): readonly string[] {
  return by === 'address'
    ? [addressOf(who)]
    : by === 'number'
      ? [numberOf(who)]
      : [addressOf(who), numberOf(who)];
}

export function addressOf(who: number): string {
  return `email_sha256:a${who}`;
}

function numberOf(who: number): string {
  return `phone_sha256:n${who}`;
}
