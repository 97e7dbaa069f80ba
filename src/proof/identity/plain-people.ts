/**
 * Who is who, as a person at a desk would keep it: a diary, and a sheet for everybody who follows from it. Shares no code with what it judges.
 *
 * A moment is its strongest key's. Its other keys join, each with all that was known by it, unless the two have different accounts, of
 * which a person has one, or a desk has parted them. A refusal of either stands. Orders count once by their id. A desk's Link unites also
 * whom it has parted. Whoever is forgotten was never there, and who comes by one of their keys is sent nothing. A browser that nobody knows and
 * that follows the link in a message stands for whom that went to, as the first to do so, until it is somebody's: what is done there is theirs, but
 * for a yes, and names no other browser.
 */
import type { LifeKey, Moment, OwnDeed } from './lives.ts';
import { isSilencing, type PlainNote, sheetsOf } from './plain-diary.ts';
import type { Letter, Sheet, Tie } from './plain-sheet.ts';

/** Of marketing, and of service: the caps of the policy. */
const MESSAGES_MAX = 2;
const KINDS = ['crm', 'email_sha256', 'anonymous'];

/** How a request ended: a message went out, or the desk was told that it cannot be. */
export interface Ended {
  readonly message?: Letter;
  readonly isRefused?: boolean;
}

export class PlainPeople {
  readonly #diary: PlainNote[] = [];
  readonly #forgotten = new Set<string>();
  /** Of each message, the key by which whom it went to had begun, and the browser that followed it first. */
  readonly #mails = new Map<string, { readonly to: string; browser: string | undefined }>();
  #sheets: readonly Sheet[] = [];
  #links = 0;
  /** Two had different accounts: whose a shared device is depends on who came first. */
  conflicts = 0;
  unlinked = 0;
  landed = 0;
  forgotten = 0;
  /** What a request came to and should not have. */
  readonly faults: string[] = [];

  person(key: LifeKey): Sheet | undefined {
    return this.#sheets.find(({ keys }) => keys.has(keyName(key)));
  }

  /** Of a customer, the link that an `unlink` means; undefined: there is none. */
  linkMeant(key: LifeKey, draw: number): { readonly link: Tie; readonly own: string } | undefined {
    const links = this.person(key)?.links ?? [];
    return links[draw % Math.max(1, links.length)];
  }

  live({ keys, deed, ago }: Moment, ended: Ended): void {
    const ranked = keys
      .map((key, place) => ({ key, place }))
      .sort((a, b) => KINDS.indexOf(a.key.kind) - KINDS.indexOf(b.key.kind) || a.place - b.place)
      .map(({ key }) => key);
    const [strongest] = ranked as [LifeKey, ...LifeKey[]];
    switch (deed.kind) {
      case 'decide':
        return this.#decide(ranked, ended.message);
      case 'link':
        return this.#link(strongest, keys, ended.isRefused === true);
      case 'unlink': {
        const meant = this.linkMeant(strongest, deed.draw);
        if (meant === undefined) return;
        if (ended.isRefused) this.faults.push(`the link of ${meant.own} cannot be undone`);
        this.unlinked++;
        return this.#note({ is: 'parted', link: meant.link, forgotten: new Set(this.#forgotten) });
      }
      case 'erase':
        return this.#erase(strongest);
      case 'land':
        this.#land(keyName(strongest), keys, deed.mail);
        return this.#event({ kind: 'view', product: deed.product }, ago, strongest, keys);
      default:
        return this.#event(deed, ago, strongest, keys);
    }
  }

  #event(deed: OwnDeed, ago: number, strongest: LifeKey, keys: readonly LifeKey[]): void {
    const isYes = deed.kind === 'consent' && deed.isGranted;
    const to = isYes ? undefined : this.#linkedTo(this.person(strongest), keys);
    const by = to ?? keyName(strongest);
    const sheet =
      to === undefined ? (this.person(strongest) ?? this.#begin(strongest, keys)) : this.#sheet(to);
    if (deed.kind === 'view') this.#note({ is: 'view', by, product: deed.product });
    if (deed.kind === 'order') {
      const { orderId, revenue } = deed;
      const telling = { revenue, ago };
      if (sheet.isNews(orderId, telling)) this.#note({ is: 'order', by, orderId, telling });
    }
    if (deed.kind === 'consent') {
      const { channel, isGranted } = deed;
      this.#note({ is: 'word', by, channel, word: { isGranted, ago } });
    }
    if (to !== undefined) return;
    const { apart, refused } = this.#sheet(by);
    // Of which it is known by now that they cannot be had.
    const inVain = new Set(keys.map(keyName).filter((name) => apart.has(name) || refused.has(name)));
    const accounts = this.#sheet(by).accounts();
    for (const key of keys) {
      if (this.#sheet(by).keys.has(keyName(key)) || inVain.has(keyName(key))) continue;
      if (key.kind === 'crm' && accounts.length > 0) this.conflicts++;
      else this.#ask(by, key);
    }
  }

  /** A browser that is nobody's yet follows the link in a message: from here on it stands for whom that went to. */
  #land(browser: string, keys: readonly LifeKey[], mail: string): void {
    const message = this.#mails.get(mail);
    const sheet = this.#known(browser);
    const isNobodys =
      sheet === undefined ||
      (sheet.own === browser &&
        isBrowser(sheet) &&
        (sheet.standsFor === undefined || this.#forgotten.has(sheet.standsFor)));
    if (message === undefined || !isNobodys || this.#forgotten.has(message.to)) return;
    const other = this.#known(message.to);
    if (other === undefined || other === sheet || (message.browser ?? browser) !== browser) return;
    message.browser = browser;
    this.landed++;
    if (sheet === undefined) this.#begin(keys[0] as LifeKey, keys);
    this.#note({ is: 'stands', by: browser, to: message.to });
  }

  /** For whom the browser of `sheet` stands, by the key by which they had begun; undefined: for itself. */
  #linkedTo(sheet: Sheet | undefined, keys: readonly LifeKey[]): string | undefined {
    if (sheet?.standsFor === undefined || !isBrowser(sheet)) return undefined;
    if (keys.some(({ kind }) => kind !== 'anonymous')) return undefined;
    if (!this.#forgotten.has(sheet.standsFor)) return sheet.standsFor;
    this.#note({ is: 'stands', by: sheet.own, to: undefined });
    return undefined;
  }

  /** The customer who is met by `by` asks for a key. */
  #ask(by: string, key: LifeKey): void {
    const name = keyName(key);
    const asking = this.#sheet(by);
    const other = this.person(key);
    if (other === asking) return;
    const owner = [...new Set([name, other?.own ?? name])];
    const isParted = other !== undefined && [...asking.keys].some((one) => other.apart.has(one));
    const accounts = other?.accounts() ?? (key.kind === 'crm' ? [name] : []);
    const isConflict = asking.accounts().length > 0 && accounts.length > 0;
    if (isConflict && !isParted) this.conflicts++;
    if (isParted || isConflict) return this.#note({ is: 'refused', by, keys: owner });
    if (other === undefined) {
      const isSilent = this.#isSilent(key, new Set([...asking.keys, name]));
      this.#note({ is: 'key', by, key: name, isSilent });
    } else this.#note({ is: 'joined', by, other: name, link: this.#newLink() });
  }

  #link(strongest: LifeKey, keys: readonly LifeKey[], isRefused: boolean): void {
    const by = keyName(strongest);
    const known = this.person(strongest);
    const missing = keys.filter((key) => key !== strongest && known?.keys.has(keyName(key)) !== true);
    const accounts = new Set([...(known?.accounts() ?? []), ...keys.map(keyName).filter(isAccount)]);
    const isConflict = missing.length > 0 && missing.some(({ kind }) => kind === 'crm') && accounts.size > 1;
    if (isConflict !== isRefused)
      this.faults.push(`a link of ${keys.map(keyName)} is ${isRefused ? '' : 'not '}refused`);
    if (isConflict) {
      this.conflicts++;
      return;
    }
    if (known === undefined) this.#begin(strongest, keys);
    const link = this.#newLink();
    for (const key of missing) {
      const asking = this.#sheet(by);
      const other = this.person(key);
      if (other === asking) continue;
      if (other !== undefined && asking.accounts().length > 0 && other.accounts().length > 0) {
        this.conflicts++;
        this.#note({ is: 'refused', by, keys: [keyName(key), other.own] });
        continue;
      }
      if (other === undefined) {
        const isSilent = this.#isSilent(key, new Set([...asking.keys, keyName(key)]));
        this.#note({ is: 'begun', key: keyName(key), isSilent });
      }
      this.#note({ is: 'joined', by, other: keyName(key), link });
    }
  }

  #decide(ranked: readonly LifeKey[], message: Letter | undefined): void {
    const accounts = ranked.filter(({ kind }) => kind === 'crm').map(keyName);
    // Whoever has another account is somebody else.
    const isMeant = (person: Sheet | undefined): person is Sheet =>
      person !== undefined &&
      (person.accounts().length === 0 || accounts.every((account) => person.keys.has(account)));
    const [strongest] = ranked as [LifeKey, ...LifeKey[]];
    const known = this.person(strongest) ?? ranked.map((key) => this.person(key)).find(isMeant);
    const to = this.#linkedTo(known, ranked);
    const person = to === undefined ? (known ?? this.#begin(strongest, ranked)) : this.#sheet(to);
    if (message === undefined) return;
    this.#mails.set(message.id, { to: person.own, browser: undefined });
    const fault = whyNot(person, message);
    if (fault !== '') this.faults.push(`${person.own} was sent something, and ${fault}`);
    this.#note({ is: 'message', to: person.own, message });
  }

  #erase(key: LifeKey): void {
    const person = this.person(key);
    for (const name of person?.keys ?? [keyName(key)]) this.#forgotten.add(name);
    this.forgotten++;
    if (person !== undefined) this.#note({ is: 'forgotten', key: person.own });
  }

  #begin(key: LifeKey, named: readonly LifeKey[]): Sheet {
    const isSilent = isSilencing(new Set(named.map(keyName)), this.#forgotten);
    this.#note({ is: 'begun', key: keyName(key), isSilent });
    return this.#sheet(keyName(key));
  }

  /** Whether a key silences whoever has `all`. */
  #isSilent(key: LifeKey, all: ReadonlySet<string>): boolean {
    return this.#forgotten.has(keyName(key)) && isSilencing(all, new Set([keyName(key)]));
  }

  #newLink(): Tie {
    return { name: `link ${++this.#links}` };
  }

  #known(name: string): Sheet | undefined {
    return this.#sheets.find(({ keys }) => keys.has(name));
  }

  /** Of a key that is somebody's. */
  #sheet(name: string): Sheet {
    return this.#sheets.find(({ keys }) => keys.has(name)) as Sheet;
  }

  #note(entry: PlainNote): void {
    this.#diary.push(entry);
    this.#sheets = sheetsOf(this.#diary);
  }
}

export function keyName({ kind, value }: LifeKey): string {
  return `${kind}:${value}`;
}

/** Why a message may not go out; '' where it may. */
function whyNot({ isSilent, words, messages }: Sheet, { isApart }: Letter): string {
  if (isSilent) return 'is to be sent nothing';
  const word = words.get('email');
  if (!isApart && word?.isGranted !== true) return 'did not agree';
  const alike = [...messages.values()].filter((one) => one.isApart === isApart);
  return alike.length < MESSAGES_MAX ? '' : `had ${alike.length} of that kind`;
}

/** Nobody has said who uses it. */
function isBrowser({ keys }: Sheet): boolean {
  return [...keys].every((key) => key.startsWith('anonymous:'));
}

function isAccount(name: string): boolean {
  return name.startsWith('crm:');
}
