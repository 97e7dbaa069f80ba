/** What the laws remember of one customer. */
export const MARKETING = 0;
export const PURPOSE_COUNT = 2;
export const CHANNEL_COUNT = 9;

export interface CountedContact {
  readonly at: number;
  readonly channel: number;
  readonly action: string;
  readonly product: string;
  readonly category: string;
  readonly promotion: boolean;
  readonly dispatched: boolean;
  counts: boolean;
  /** A channel may have it: from the decision on, which allows the first push, until the channel rejects it. */
  out: boolean;
}

export class LawCustomer {
  /** By channel and purpose: the customer's last answer; undefined before the first one. */
  readonly consent: (boolean | undefined)[] = new Array(CHANNEL_COUNT * PURPOSE_COUNT).fill(undefined);
  /** When the customer answered; an older answer that comes later changes nothing. */
  readonly saidAt: number[] = new Array(CHANNEL_COUNT * PURPOSE_COUNT).fill(0);
  readonly complained: boolean[] = new Array(CHANNEL_COUNT).fill(false);
  readonly unsubscribedAt: number[] = new Array(CHANNEL_COUNT).fill(0);
  readonly contacts = new Map<string, CountedContact>();
  readonly offers: { offer: string; at: number; until: number; ref: string }[] = [];
  /** By id: when it was last opened, and closed. */
  readonly cases = new Map<string, { openedAt: number; closedAt: number }>();
  zone = '';
  /** When they were there. */
  zoneAt = 0;

  /** The other one turns out to be this person: a refusal of either stands, and what either was sent counts. */
  takeIn(other: LawCustomer): void {
    for (let i = 0; i < this.consent.length; i++) {
      const words = [this.consent[i], other.consent[i]].filter((word) => word !== undefined);
      this.consent[i] = words.length === 0 ? undefined : words.every((word) => word);
      this.saidAt[i] = Math.max(this.saidAt[i] as number, other.saidAt[i] as number);
    }
    for (let channel = 0; channel < CHANNEL_COUNT; channel++) {
      this.complained[channel] ||= other.complained[channel] as boolean;
      this.unsubscribedAt[channel] = Math.max(
        this.unsubscribedAt[channel] as number,
        other.unsubscribedAt[channel] as number,
      );
    }
    for (const [ref, contact] of other.contacts) this.contacts.set(ref, contact);
    this.offers.push(...other.offers);
    for (const [id, { openedAt, closedAt }] of other.cases) {
      this.tellCase(id, 'openedAt', openedAt);
      this.tellCase(id, 'closedAt', closedAt);
    }
    if (other.zone !== '' && (this.zone === '' || other.zoneAt > this.zoneAt)) {
      this.zone = other.zone;
      this.zoneAt = other.zoneAt;
    }
  }

  /** The customer agrees to a channel for a purpose, or refuses it. */
  say(channel: number, purpose: number, granted: boolean, at: number): void {
    const place = channel * PURPOSE_COUNT + purpose;
    const before = this.saidAt[place] as number;
    if (at < before || (at === before && granted)) return;
    this.consent[place] = granted;
    this.saidAt[place] = at;
  }

  tellCase(id: string, what: 'openedAt' | 'closedAt', at: number): void {
    const known = this.cases.get(id) ?? { openedAt: 0, closedAt: 0 };
    known[what] = Math.max(known[what], at);
    this.cases.set(id, known);
  }

  /** A channel reports a refusal: it holds at once, whatever the customer answered later. */
  refuse(channel: number, purpose: number, at: number): void {
    const place = channel * PURPOSE_COUNT + purpose;
    this.consent[place] = false;
    this.saidAt[place] = Math.max(this.saidAt[place] as number, at);
  }
}
