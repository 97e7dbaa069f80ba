/** What the laws remember of one customer. */
export const MARKETING = 0;
export const PURPOSE_COUNT = 2;
export const CHANNEL_COUNT = 11;

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
  /** What was said on channels where a yes is to be confirmed, and when. */
  readonly asked = new Map<number, Asked>();
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
    for (const [channel, { yes, no, confirm, waitMs }] of other.asked) {
      const own = this.asked.get(channel) ?? { yes: [], no: [], confirm: [], waitMs };
      own.yes.push(...yes);
      own.no.push(...no);
      own.confirm.push(...confirm);
      this.asked.set(channel, own);
      // One of them asked for it, and the other one confirmed it.
      if (isConfirmed(own, waitMs)) this.consent[channel * PURPOSE_COUNT + MARKETING] = true;
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

  /** Of those who are one person, what certainly holds: of words that differ the last one, and no refusal that one of them never gave. */
  static ofSides(sides: readonly LawCustomer[]): LawCustomer {
    const all = new LawCustomer();
    for (const side of sides) all.takeIn(side);
    if (sides.length < 2) return all;
    for (let i = 0; i < all.consent.length; i++) {
      const last = sides.reduce((a, b) => ((b.saidAt[i] as number) > (a.saidAt[i] as number) ? b : a));
      // What one asked for and another one confirmed is nobody's word alone.
      if (last.consent[i] !== undefined) all.consent[i] = last.consent[i];
    }
    // What one of them asked for and another one confirmed stands, whose word came last.
    for (const [channel, said] of all.asked)
      if (isConfirmed(said, said.waitMs)) all.consent[channel * PURPOSE_COUNT + MARKETING] = true;
    for (let channel = 0; channel < CHANNEL_COUNT; channel++)
      if (sides.some(({ unsubscribedAt }) => unsubscribedAt[channel] === 0)) all.unsubscribedAt[channel] = 0;
    return all;
  }

  /** The customer agrees to a channel for a purpose, or refuses it. */
  say(channel: number, purpose: number, granted: boolean, at: number): void {
    const place = channel * PURPOSE_COUNT + purpose;
    const before = this.saidAt[place] as number;
    if (at < before || (at === before && granted)) return;
    this.consent[place] = granted;
    this.saidAt[place] = at;
  }

  /**
   * The customer agrees to marketing, refuses it, or confirms that they agree, on a channel where a yes is to be confirmed within `waitMs`.
   * Whether it stands: some yes was confirmed in its time, and not refused since.
   */
  ask(channel: number, answer: 'yes' | 'no' | 'confirm', at: number, waitMs: number): boolean {
    const said = this.asked.get(channel) ?? { yes: [], no: [], confirm: [], waitMs };
    this.asked.set(channel, said);
    said[answer].push(at);
    const stands = isConfirmed(said, waitMs);
    const place = channel * PURPOSE_COUNT;
    if (stands) this.consent[place] = true;
    else if (answer === 'no' || this.consent[place] === true) this.consent[place] = false;
    return stands;
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
    const said = purpose === 0 ? this.asked.get(channel) : undefined;
    if (said !== undefined) said.no.push(Math.max(at, ...said.confirm));
    this.saidAt[place] = Math.max(this.saidAt[place] as number, at);
  }
}

interface Asked {
  readonly yes: number[];
  readonly no: number[];
  readonly confirm: number[];
  readonly waitMs: number;
}

function isConfirmed({ yes, no, confirm }: Asked, waitMs: number): boolean {
  return yes.some(
    (asked) =>
      confirm.some((at) => asked <= at && at <= asked + waitMs) && !no.some((refused) => refused >= asked),
  );
}
