/** What a person at a desk has on a sheet about a customer. Shares no code with what it judges. */

/** A yes or a no to a channel. */
export interface Word {
  readonly isGranted: boolean;
  readonly ago: number;
}

/** One telling of an order. */
export interface Telling {
  readonly revenue: number;
  readonly ago: number;
}

/** A message that went out; `isApart`: marketing's caps do not count it. */
export interface Letter {
  readonly id: string;
  readonly isApart: boolean;
}

/** A link that a desk or an event made; `name`: its own. */
export interface Tie {
  readonly name: string;
}

export class Sheet {
  /** The key by which the customer began. */
  readonly own: string;
  readonly keys = new Set<string>();
  readonly views = new Map<string, number>();
  readonly orders = new Map<string, readonly Telling[]>();
  readonly words = new Map<string, Word>();
  readonly messages = new Map<string, Letter>();
  /** Keys of those from whom a desk has parted the customer. */
  readonly apart = new Set<string>();
  /** Keys that were asked for and could not be had: they are not asked for again for a day. */
  readonly refused = new Set<string>();
  /** Links by which others came onto this sheet, with the keys by which those had begun. */
  links: { readonly link: Tie; readonly own: string }[] = [];
  /** The key by which somebody had begun whose message was followed here, so that what is done here is theirs; undefined: it is the customer's own. */
  standsFor: string | undefined;
  /** Comes by a key of somebody who was forgotten: nothing is sent to them. */
  isSilent = false;

  constructor(own: string) {
    this.own = own;
    this.keys.add(own);
  }

  accounts(): readonly string[] {
    return [...this.keys].filter((key) => key.startsWith('crm:'));
  }

  view(product: string): void {
    this.views.set(product, (this.views.get(product) ?? 0) + 1);
  }

  /** Whether the telling says anything new of the order: it is the first, or earlier or later than all before. */
  isNews(orderId: string, { ago }: Telling): boolean {
    const times = (this.orders.get(orderId) ?? []).map((one) => one.ago);
    return ago > Math.max(...times) || ago < Math.min(...times) || times.length === 0;
  }

  order(orderId: string, telling: Telling): void {
    this.orders.set(orderId, [...(this.orders.get(orderId) ?? []), telling]);
  }

  /** The later word stands. */
  say(channel: string, word: Word): void {
    const before = this.words.get(channel);
    if (before === undefined || word.ago < before.ago) this.words.set(channel, word);
  }

  /** Everything of the other one, who is the same person. A refusal of either stands. */
  takeIn(other: Sheet): void {
    for (const key of other.keys) this.keys.add(key);
    for (const [product, count] of other.views)
      this.views.set(product, (this.views.get(product) ?? 0) + count);
    for (const [id, tellings] of other.orders)
      this.orders.set(id, [...(this.orders.get(id) ?? []), ...tellings]);
    for (const [channel, word] of other.words) {
      const own = this.words.get(channel);
      const ago = Math.min(word.ago, own?.ago ?? word.ago);
      this.words.set(channel, { isGranted: word.isGranted && (own?.isGranted ?? true), ago });
    }
    for (const [id, message] of other.messages) this.messages.set(id, message);
    for (const key of other.apart) this.apart.add(key);
    for (const key of this.keys) this.apart.delete(key);
    this.links.push(...other.links);
    this.isSilent ||= other.isSilent;
  }
}
