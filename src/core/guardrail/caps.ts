/**
 * Rolling caps: how many contacts that count lie within (now − window, now]. Owned by a draft, which resets it for every
 * decision.
 *
 * I1  The ledger is read once a decision at most, newest first, to the end of the policy's longest window (its I2) or the
 *     last contact that counts, and not at all where the policy has no cap. What counts is copied to columns here, in
 *     which all caps then count.
 * I2  Channel, kind and overall counts are the same for every candidate and are made once. An action finds its contacts by a
 *     chain: most have none, and every candidate asks.
 * I3  What a cap without an end counts is in the ledger or, when that has let go of it, in `profile.once`.
 * I4  Caps come in two lots, COMMON and SERVICE (contact-limits.ts). One counts the contacts that are not apart, the other those
 *     that are; an action's caps count all of its own.
 */
import { BOUNDS } from '../bounds.ts';
import { CHANNELS } from '../channel.ts';
import type { ContactCaps, PolicyIndex } from '../decide/policy-index.ts';
import { type Cap, EVER } from '../policy/policy.ts';
import { actionHash } from '../profile/action-hash.ts';
import { CONTACT_MARKS } from '../profile/ledger-rows.ts';
import { onceAction, onceChannel } from '../profile/once.ts';
import type { Profile } from '../profile/profile.ts';
import { type CapLot, COMMON, SERVICE } from './contact-limits.ts';
import { codes, Verdict } from './verdict.ts';

const { CAP_CHANNEL, CAP_KIND, CAP_ACTION, CAP_TOTAL } = codes(
  'CAP_CHANNEL',
  'CAP_KIND',
  'CAP_ACTION',
  'CAP_TOTAL',
);
/** More than any cap: nothing is capped. */
const UNLIMITED = 0x7fff;
/** Chains of contacts, by the low bits of their action's hash. */
const CHAINS = 256;
const END = -1;
/** A channel's kind, where it interrupts; else 0. */
const PUSH = 1;
const NO_KINDS: readonly number[] = CHANNELS.map(() => 0);
const LOTS: readonly CapLot[] = [COMMON, SERVICE];
const PLACES: readonly number[] = LOTS.flatMap(() => CHANNELS.map((_, channel) => channel));

export class Caps {
  // By lot, then channel.
  readonly #channel: readonly Verdict[] = PLACES.map(() => new Verdict());
  readonly #known = new Uint8Array(PLACES.length);
  /** Contacts still allowed on a channel, by its own caps. */
  readonly #channelLeft = new Int16Array(PLACES.length);
  /** As above: contacts still allowed on channels of its kind. */
  readonly #kind: readonly Verdict[] = PLACES.map(() => new Verdict());
  readonly #kindLeft = new Int16Array(PLACES.length);
  /** By lot. */
  readonly #total: readonly Verdict[] = LOTS.map(() => new Verdict());
  /** Contacts still allowed by the overall caps; below 0: not counted yet. */
  readonly #totalLeft = new Int16Array(LOTS.length);

  #policy: CappedPolicy = { index: undefined, windowMs: 0, actionHash: new Float64Array(0), kinds: NO_KINDS };
  /** How many contacts count, below 0: not read yet; then one of each of these for each of them. */
  #count = -1;
  readonly #at = new Float64Array(BOUNDS.contacts);
  readonly #on = new Uint8Array(BOUNDS.contacts);
  /** The lot that it counts in. */
  readonly #lot = new Uint8Array(BOUNDS.contacts);
  readonly #action = new Float64Array(BOUNDS.contacts);
  readonly #next = new Int16Array(BOUNDS.contacts);
  readonly #chains = new Int16Array(CHAINS);

  reset(): void {
    this.#known.fill(0);
    this.#totalLeft.fill(-1);
    this.#count = -1;
  }

  /** Compared: contacts on the channel within the window, the most allowed. */
  channel(channel: number, lot: CapLot, profile: Profile, index: PolicyIndex, now: number): Verdict {
    return this.#channel[this.#ask(channel, lot, profile, index, now)] as Verdict;
  }

  /** Compared: contacts on channels of its kind within the window, the most allowed. */
  kind(channel: number, lot: CapLot, profile: Profile, index: PolicyIndex, now: number): Verdict {
    return this.#kind[this.#ask(channel, lot, profile, index, now)] as Verdict;
  }

  /** Compared: contacts anywhere within the window, the most allowed. */
  total(channel: number, lot: CapLot, profile: Profile, index: PolicyIndex, now: number): Verdict {
    this.#ask(channel, lot, profile, index, now);
    return this.#total[lot] as Verdict;
  }

  /**
   * Caps within one slate: true, and `verdict` says which, when so many more contacts of this decision use the channel up.
   * The channel was asked before, for the same lot.
   */
  slate(verdict: Verdict, channel: number, lot: CapLot, more: SlateContacts): boolean {
    const { onChannel, ofKind, all } = more;
    const place = lot * CHANNELS.length + channel;
    const totalLeft = this.#totalLeft[lot] as number;
    const channelLeft = this.#channelLeft[place] as number;
    if (onChannel >= channelLeft) return verdict.block(CAP_CHANNEL, onChannel, channelLeft, 'slate');
    const kindLeft = this.#kindLeft[place] as number;
    if (ofKind >= kindLeft) return verdict.block(CAP_KIND, ofKind, kindLeft, 'slate');
    if (all >= totalLeft) return verdict.block(CAP_TOTAL, all, totalLeft, 'slate');
    return false;
  }

  /** An action's caps on a channel, for channels of its kind. Compared: its contacts within the window, the most allowed. */
  action(
    verdict: Verdict,
    action: number,
    channel: number,
    profile: Profile,
    index: PolicyIndex,
    now: number,
  ): boolean {
    const caps = index.actionCaps[action] as readonly Cap[];
    if (caps.length === 0) return false;
    if (this.#count < 0) this.#read(profile, index, now);
    const hash = this.#policy.actionHash[action] as number;
    const { kinds } = this.#policy;
    for (let i = 0; i < caps.length; i++) {
      const cap = caps[i] as Cap;
      if (cap.channel >= 0 && cap.channel !== channel) continue;
      const since = now - cap.windowMs;
      let count = 0;
      for (let at = this.#chains[chainOf(hash)] as number; at !== END; at = this.#next[at] as number) {
        if (this.#action[at] !== hash || (this.#at[at] as number) <= since) continue;
        const on = this.#on[at] as number;
        if (cap.channel < 0 ? kinds[on] === kinds[channel] : on === cap.channel) count++;
      }
      if (cap.windowMs === EVER) {
        if (count === 0) count = countOnce(profile.once, hash, kinds, channel);
        // Nobody knows any more what else went once: nothing that must not be repeated goes.
        if (count === 0 && profile.once.length >= BOUNDS.once)
          return verdict.block(CAP_ACTION, profile.once.length, BOUNDS.once, 'full');
      }
      if (count >= cap.max) return verdict.block(CAP_ACTION, count, cap.max, spanText(cap.windowMs));
    }
    return false;
  }

  /** Where the answers for a channel stand. */
  #ask(channel: number, lot: CapLot, profile: Profile, index: PolicyIndex, now: number): number {
    const place = lot * CHANNELS.length + channel;
    if (this.#known[place] === 1) return place;
    this.#known[place] = 1;
    if (this.#count < 0) this.#read(profile, index, now);
    const caps: ContactCaps = index.contactCaps[lot];
    const own = caps.channel[channel] as readonly Cap[];
    const ofKind = caps.kind[channel] as readonly Cap[];
    const about = { channel, lot, now };
    this.#channelLeft[place] = this.#fill(this.#channel[place] as Verdict, CAP_CHANNEL, own, about);
    this.#kindLeft[place] = this.#fill(this.#kind[place] as Verdict, CAP_KIND, ofKind, about);
    if ((this.#totalLeft[lot] as number) < 0)
      this.#totalLeft[lot] = this.#fill(this.#total[lot] as Verdict, CAP_TOTAL, caps.total, about);
    return place;
  }

  /** How many more are allowed; the verdict is that of the first cap that allows none. `channel`: the one that is asked about. */
  #fill(
    verdict: Verdict,
    code: number,
    caps: readonly Cap[],
    { channel, lot, now }: { readonly channel: number; readonly lot: CapLot; readonly now: number },
  ): number {
    verdict.pass();
    let left = UNLIMITED;
    const { kinds } = this.#policy;
    for (let i = 0; i < caps.length; i++) {
      const cap = caps[i] as Cap;
      const since = now - cap.windowMs;
      let count = 0;
      for (let at = 0; at < this.#count; at++) {
        if ((this.#at[at] as number) <= since || this.#lot[at] !== lot) continue;
        const on = this.#on[at] as number;
        if (cap.scope === 'total' || (cap.scope === 'kind' ? kinds[on] === kinds[channel] : on === channel))
          count++;
      }
      if (count >= cap.max && verdict.code === 0) verdict.block(code, count, cap.max, spanOf(cap, lot));
      left = Math.min(left, Math.max(0, cap.max - count));
    }
    return left;
  }

  #read(profile: Profile, index: PolicyIndex, now: number): void {
    if (this.#policy.index !== index) this.#policy = cappedPolicy(index);
    this.#chains.fill(END);
    this.#count = 0;
    const { windowMs } = this.#policy;
    if (windowMs === 0) return;
    const { contacts } = profile;
    const since = now - windowMs;
    let count = 0;
    for (let i = contacts.length - 1; i >= 0 && count < contacts.counting; i--) {
      const at = contacts.at(i);
      if (at <= since) break;
      if (!contacts.counts(i)) continue;
      const hash = contacts.actionHash(i);
      const chain = chainOf(hash);
      this.#at[count] = at;
      this.#on[count] = contacts.channel(i);
      this.#lot[count] = contacts.hasMark(i, CONTACT_MARKS.apart) ? SERVICE : COMMON;
      this.#action[count] = hash;
      this.#next[count] = this.#chains[chain] as number;
      this.#chains[chain] = count;
      count++;
    }
    this.#count = count;
  }
}

/** What is the same for all decisions under one edition. */
interface CappedPolicy {
  readonly index: PolicyIndex | undefined;
  /** The longest window of any cap; 0: there is none. */
  readonly windowMs: number;
  /** By action. */
  readonly actionHash: Float64Array;
  /** By channel: PUSH or 0. */
  readonly kinds: readonly number[];
}

/** Contacts that the choices above a candidate in one slate make. */
export interface SlateContacts {
  readonly onChannel: number;
  /** On channels of its kind. */
  readonly ofKind: number;
  readonly all: number;
}

function cappedPolicy(index: PolicyIndex): CappedPolicy {
  const caps = [...index.policy.caps, ...(index.policy.service?.caps ?? []), ...index.actionCaps.flat()];
  return {
    index,
    windowMs: Math.max(0, ...caps.map((cap) => cap.windowMs)),
    actionHash: Float64Array.from(index.policy.actions, (action) => actionHash(action.id)),
    kinds: index.policy.channels.map(({ push }) => (push ? PUSH : 0)),
  };
}

function chainOf(hash: number): number {
  return hash & (CHAINS - 1);
}

/** How often it went once on channels of the kind of `channel`: 1 or 0. */
function countOnce(once: readonly number[], hash: number, kinds: readonly number[], channel: number): number {
  for (let i = 0; i < once.length; i++) {
    const entry = once[i] as number;
    if (onceAction(entry) === hash && kinds[onceChannel(entry)] === kinds[channel]) return 1;
  }
  return 0;
}

/**
 * The window, with the kind of channel before it where the cap is of one, and "service" where only those messages count: "24 h",
 * "push, 24 h", "service, push, 24 h". Each text is made once.
 */
function spanOf(cap: Cap, lot: CapLot): string {
  const known = spansOfCaps.get(cap);
  if (known !== undefined) return known;
  const words = [...(lot === SERVICE ? ['service'] : []), ...(cap.kind === undefined ? [] : [cap.kind])];
  const text = [...words, spanText(cap.windowMs)].join(', ');
  spansOfCaps.set(cap, text);
  return text;
}

const spansOfCaps = new WeakMap<Cap, string>();

const spans = new Map<number, string>();

/** "24 h", "7 d", "ever": one string per window that policies use, made once. */
function spanText(ms: number): string {
  const known = spans.get(ms);
  if (known !== undefined) return known;
  const hours = ms / 3_600_000;
  const text =
    ms === EVER
      ? 'ever'
      : hours >= 48 && hours % 24 === 0
        ? `${hours / 24} d`
        : hours >= 1
          ? `${round(hours)} h`
          : `${round(ms / 60_000)} min`;
  // Policies have a handful of windows; the bound keeps odd ones from gathering.
  if (spans.size < 1_024) spans.set(ms, text);
  return text;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
