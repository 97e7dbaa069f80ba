/**
 * The diary of a life, and whose sheet says what after all of it. Nothing is ever taken apart: when a link is undone the whole diary is read again as
 * if those two had been two all the time, who only shared what is for both.
 */
import { type Letter, Sheet, type Telling, type Tie, type Word } from './plain-sheet.ts';

export type PlainNote =
  | { readonly is: 'begun'; readonly key: string; readonly isSilent: boolean }
  /** A key that was nobody's came to the customer who was met by `by`. */
  | { readonly is: 'key'; readonly by: string; readonly key: string; readonly isSilent: boolean }
  | { readonly is: 'joined'; readonly by: string; readonly other: string; readonly link: Tie }
  | { readonly is: 'refused'; readonly by: string; readonly keys: readonly string[] }
  | { readonly is: 'view'; readonly by: string; readonly product: string }
  | { readonly is: 'order'; readonly by: string; readonly orderId: string; readonly telling: Telling }
  | { readonly is: 'word'; readonly by: string; readonly channel: string; readonly word: Word }
  | { readonly is: 'message'; readonly to: string; readonly message: Letter }
  /** A browser stands for whom a message went to; for nobody any more. */
  | { readonly is: 'stands'; readonly by: string; readonly to: string | undefined }
  /** `forgotten`: keys of whoever was forgotten until then. */
  | { readonly is: 'parted'; readonly link: Tie; readonly forgotten: ReadonlySet<string> }
  | { readonly is: 'forgotten'; readonly key: string };

/** One of those who are one person for now. */
interface Part {
  readonly sheet: Sheet;
  /** By which link, and beside whom, they came; undefined: it is the person's first. */
  by: Tie | undefined;
  beside: Part | undefined;
}

/** Whoever is one person at the moment, the first of them first. */
type Person = Part[];

/** Whose sheets there are at the end of the diary, one a person. */
export function sheetsOf(diary: readonly PlainNote[]): readonly Sheet[] {
  const undone = new Set<Tie>();
  for (const entry of diary) if (entry.is === 'parted') undone.add(entry.link);
  const reading = new Reading(undone);
  for (const entry of diary) reading.entry(entry);
  return reading.persons.map(([first]) => (first as Part).sheet);
}

class Reading {
  readonly #undone: ReadonlySet<Tie>;
  persons: Person[] = [];

  constructor(undone: ReadonlySet<Tie>) {
    this.#undone = undone;
  }

  entry(entry: PlainNote): void {
    switch (entry.is) {
      case 'begun': {
        const sheet = new Sheet(entry.key);
        sheet.isSilent = entry.isSilent;
        this.persons.push([{ sheet, by: undefined, beside: undefined }]);
        return;
      }
      case 'key': {
        const { sheet } = this.#part(entry.by);
        sheet.keys.add(entry.key);
        sheet.apart.delete(entry.key);
        sheet.isSilent ||= entry.isSilent;
        return;
      }
      case 'joined':
        return this.#join(entry.by, entry.other, entry.link);
      case 'refused':
        for (const key of entry.keys) this.#part(entry.by).sheet.refused.add(key);
        return;
      case 'view':
        return this.#part(entry.by).sheet.view(entry.product);
      case 'order':
        return this.#part(entry.by).sheet.order(entry.orderId, entry.telling);
      case 'word': {
        const part = this.#part(entry.by);
        // Of those who were one, a yes is theirs who gave it, and a no stands for all.
        for (const one of this.#person(entry.by))
          if (one === part || !entry.word.isGranted) one.sheet.say(entry.channel, entry.word);
        return;
      }
      case 'message':
        for (const { sheet } of this.#person(entry.to)) sheet.messages.set(entry.message.id, entry.message);
        return;
      case 'stands':
        this.#part(entry.by).sheet.standsFor = entry.to;
        return;
      case 'parted':
        return this.#leave(entry.link, entry.forgotten);
      case 'forgotten': {
        const gone = this.#person(entry.key);
        this.persons = this.persons.filter((one) => one !== gone);
        return;
      }
    }
  }

  #person(key: string): Person {
    const found = this.persons.find((one) => one.some(({ sheet }) => sheet.keys.has(key)));
    if (found === undefined) throw new Error(`nobody has ${key}`);
    return found;
  }

  #part(key: string): Part {
    return this.#person(key).find(({ sheet }) => sheet.keys.has(key)) as Part;
  }

  #join(by: string, other: string, link: Tie): void {
    const person = this.#person(by);
    const asking = this.#part(by);
    const [first, ...others] = this.#person(other) as [Part, ...Part[]];
    this.persons = this.persons.filter((one) => one[0] !== first);
    if (this.#undone.has(link)) {
      first.by = link;
      first.beside = asking;
      person.push(first, ...others);
      return;
    }
    asking.sheet.takeIn(first.sheet);
    asking.sheet.links.push({ link, own: first.sheet.own });
    for (const one of others) if (one.beside === first) one.beside = asking;
    person.push(...others);
  }

  /** Whoever came by the link goes, with whoever came beside them. They and the others are two from here on. */
  #leave(link: Tie, forgotten: ReadonlySet<string>): void {
    const person = this.persons.find((one) => one.some(({ by }) => by === link)) ?? [];
    const leaving = person.filter(({ by }) => by === link);
    const groups = leaving.map((top) => person.filter((one) => one === top || isBeside(one, top)));
    const staying = person.filter((one) => !groups.flat().includes(one));
    const all = [staying, ...groups];
    for (const group of all)
      for (const other of all)
        if (other !== group)
          for (const { sheet } of group)
            for (const one of other) for (const key of one.sheet.keys) sheet.apart.add(key);
    for (const [top] of groups as [Part][]) {
      top.by = undefined;
      top.beside = undefined;
    }
    // By keys that are theirs alone now.
    for (const { sheet } of person) sheet.isSilent ||= isSilencing(sheet.keys, forgotten);
    this.persons = [...this.persons.filter((one) => one !== person), ...all];
  }
}

/** Whether one of the keys is of somebody who was forgotten. A browser's says nothing of who is known by another key as well. */
export function isSilencing(keys: ReadonlySet<string>, forgotten: ReadonlySet<string>): boolean {
  const isOnlyBrowser = [...keys].every((key) => key.startsWith('anonymous:'));
  return [...keys].some((key) => forgotten.has(key) && (isOnlyBrowser || !key.startsWith('anonymous:')));
}

function isBeside(one: Part, top: Part): boolean {
  for (let at = one.beside; at !== undefined; at = at.beside) if (at === top) return true;
  return false;
}
