/**
 * Who is who, as a person at a desk would keep it: sets of keys, and what was done by each set. Shares no code with what it judges.
 *
 * A moment is its strongest key's. Its other keys join, each with all that was known by it, unless the two have different accounts, of
 * which a person has one. A refusal of either stands. Orders count once by their id.
 */
import type { LifeKey, Moment } from './lives.ts';

const KINDS = ['crm', 'email_sha256', 'anonymous'];

export interface Word {
  readonly isGranted: boolean;
  readonly ago: number;
}

export class PlainPerson {
  readonly keys = new Set<string>();
  readonly accounts = new Set<string>();
  readonly viewed = new Set<string>();
  readonly orders = new Set<string>();
  readonly words = new Map<string, Word>();
  sent = 0;
}

export class PlainPeople {
  readonly #byKey = new Map<string, PlainPerson>();
  /** Two had different accounts: whose a shared device is depends on who came first. */
  conflicts = 0;

  person(key: LifeKey): PlainPerson | undefined {
    return this.#byKey.get(keyName(key));
  }

  /** `isSent`: of a decision, a message went out. */
  live({ keys, deed, ago }: Moment, isSent: boolean): void {
    const ranked = keys
      .map((key, place) => ({ key, place }))
      .sort((a, b) => KINDS.indexOf(a.key.kind) - KINDS.indexOf(b.key.kind) || a.place - b.place)
      .map(({ key }) => key);
    if (deed.kind === 'decide') {
      const accounts = ranked.filter(({ kind }) => kind === 'crm').map(({ value }) => value);
      // Whoever has another account is somebody else.
      const isMeant = (person: PlainPerson | undefined): person is PlainPerson =>
        person !== undefined &&
        (person.accounts.size === 0 || accounts.every((account) => person.accounts.has(account)));
      const known = this.person(ranked[0] as LifeKey) ?? ranked.map((key) => this.person(key)).find(isMeant);
      const person = known ?? this.#begin(ranked[0] as LifeKey);
      if (isSent) person.sent++;
      return;
    }
    const person = this.person(ranked[0] as LifeKey) ?? this.#begin(ranked[0] as LifeKey);
    if (deed.kind === 'view') person.viewed.add(deed.product);
    if (deed.kind === 'order') person.orders.add(deed.orderId);
    if (deed.kind === 'consent') {
      const before = person.words.get(deed.channel);
      const isNewer = before === undefined || ago < before.ago;
      if (isNewer) person.words.set(deed.channel, { isGranted: deed.isGranted, ago });
    }
    for (const key of keys) if (key !== ranked[0]) this.#join(person, key);
  }

  #begin(key: LifeKey): PlainPerson {
    const person = new PlainPerson();
    this.#byKey.set(keyName(key), person);
    person.keys.add(keyName(key));
    if (key.kind === 'crm') person.accounts.add(key.value);
    return person;
  }

  #join(person: PlainPerson, key: LifeKey): void {
    const other = this.person(key);
    if (other === person) return;
    const accounts = other?.accounts ?? new Set(key.kind === 'crm' ? [key.value] : []);
    if (person.accounts.size > 0 && accounts.size > 0) {
      this.conflicts++;
      return;
    }
    const joining = other ?? this.#begin(key);
    for (const name of joining.keys) {
      person.keys.add(name);
      this.#byKey.set(name, person);
    }
    for (const account of joining.accounts) person.accounts.add(account);
    for (const product of joining.viewed) person.viewed.add(product);
    for (const order of joining.orders) person.orders.add(order);
    person.sent += joining.sent;
    for (const [channel, word] of joining.words) {
      const own = person.words.get(channel);
      const ago = Math.min(word.ago, own?.ago ?? word.ago);
      person.words.set(channel, { isGranted: word.isGranted && (own?.isGranted ?? true), ago });
    }
  }
}

export function keyName({ kind, value }: LifeKey): string {
  return `${kind}:${value}`;
}
