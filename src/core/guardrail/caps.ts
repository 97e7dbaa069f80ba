/**
 * Rolling caps: how many contacts that count lie within (now − window, now]. Channel and overall counts are the same for
 * every candidate and are made once per decision; an action's contacts are resolved to its index once.
 */
import { BOUNDS } from '../bounds.ts';
import { CHANNELS } from '../channel.ts';
import type { PolicyIndex } from '../decide/policy-index.ts';
import type { Cap } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { codes, Verdict } from './verdict.ts';

const { CAP_CHANNEL, CAP_ACTION, CAP_TOTAL } = codes('CAP_CHANNEL', 'CAP_ACTION', 'CAP_TOTAL');
/** More than any cap: nothing is capped. */
const UNLIMITED = 0x7fff;

export class Caps {
  readonly #channel: readonly Verdict[] = CHANNELS.map(() => new Verdict());
  readonly #total: readonly Verdict[] = CHANNELS.map(() => new Verdict());
  readonly #known = new Uint8Array(CHANNELS.length);
  /** Contacts still allowed on a channel, by its own caps and by the overall ones. */
  readonly #channelLeft = new Int16Array(CHANNELS.length);
  readonly #totalLeft = new Int16Array(CHANNELS.length);
  #resolved = -1;
  readonly #action = new Int16Array(BOUNDS.contacts);
  readonly #actionChannel = new Uint8Array(BOUNDS.contacts);
  readonly #actionAt = new Float64Array(BOUNDS.contacts);

  reset(): void {
    this.#known.fill(0);
    this.#resolved = -1;
  }

  /** Compared: contacts on the channel within the window, the most allowed. */
  channel(channel: number, profile: Profile, index: PolicyIndex, now: number): Verdict {
    this.#ask(channel, profile, index, now);
    return this.#channel[channel] as Verdict;
  }

  /** Compared: contacts anywhere within the window, the most allowed. */
  total(channel: number, profile: Profile, index: PolicyIndex, now: number): Verdict {
    this.#ask(channel, profile, index, now);
    return this.#total[channel] as Verdict;
  }

  /**
   * Caps within one slate: true, and `verdict` says which, when `onChannel` and `all` more contacts of this decision use
   * the channel up. The channel was asked before.
   */
  slate(verdict: Verdict, channel: number, onChannel: number, all: number): boolean {
    const channelLeft = this.#channelLeft[channel] as number;
    if (onChannel >= channelLeft) return verdict.block(CAP_CHANNEL, onChannel, channelLeft, 'slate');
    const totalLeft = this.#totalLeft[channel] as number;
    if (all >= totalLeft) return verdict.block(CAP_TOTAL, all, totalLeft, 'slate');
    return false;
  }

  /** An action's caps on a channel. Compared: its contacts within the window, the most allowed. */
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
    if (this.#resolved < 0) this.#resolve(profile, index, now);
    for (let i = 0; i < caps.length; i++) {
      const cap = caps[i] as Cap;
      if (cap.channel >= 0 && cap.channel !== channel) continue;
      const since = now - cap.windowMs;
      let count = 0;
      for (let at = 0; at < this.#resolved; at++) {
        if (this.#action[at] !== action || (this.#actionAt[at] as number) <= since) continue;
        if (cap.channel < 0 || this.#actionChannel[at] === cap.channel) count++;
      }
      if (count >= cap.max) return verdict.block(CAP_ACTION, count, cap.max, spanText(cap.windowMs));
    }
    return false;
  }

  #ask(channel: number, profile: Profile, index: PolicyIndex, now: number): void {
    if (this.#known[channel] === 1) return;
    this.#known[channel] = 1;
    const own = index.channelCaps[channel] as readonly Cap[];
    this.#channelLeft[channel] = fill(
      this.#channel[channel] as Verdict,
      CAP_CHANNEL,
      own,
      channel,
      profile,
      now,
    );
    const total = this.#total[channel] as Verdict;
    this.#totalLeft[channel] = fill(total, CAP_TOTAL, index.totalCaps, -1, profile, now);
  }

  #resolve(profile: Profile, index: PolicyIndex, now: number): void {
    const since = now - index.actionWindowMs;
    let count = 0;
    // Newest last: those at the end are the ones that a window can reach, should there ever be more than the bound.
    for (let i = profile.contacts.length - 1; i >= 0 && count < BOUNDS.contacts; i--) {
      const contact = profile.contacts[i];
      if (contact === undefined || !contact.counts || contact.at <= since) continue;
      this.#action[count] = index.actionByName.get(contact.action) ?? -1;
      this.#actionChannel[count] = contact.channel;
      this.#actionAt[count] = contact.at;
      count++;
    }
    this.#resolved = count;
  }
}

/** How many more are allowed; the verdict is that of the first cap that allows none. `channel` -1: count all. */
function fill(
  verdict: Verdict,
  code: number,
  caps: readonly Cap[],
  channel: number,
  profile: Profile,
  now: number,
): number {
  verdict.pass();
  let left = UNLIMITED;
  for (let i = 0; i < caps.length; i++) {
    const cap = caps[i] as Cap;
    const count = countContacts(profile, channel, now - cap.windowMs);
    if (count >= cap.max && verdict.code === 0) verdict.block(code, count, cap.max, spanText(cap.windowMs));
    left = Math.min(left, Math.max(0, cap.max - count));
  }
  return left;
}

function countContacts(profile: Profile, channel: number, since: number): number {
  const contacts = profile.contacts;
  let count = 0;
  for (let i = contacts.length - 1; i >= 0; i--) {
    const contact = contacts[i];
    if (contact === undefined || !contact.counts || contact.at <= since) continue;
    if (channel < 0 || contact.channel === channel) count++;
  }
  return count;
}

const spans = new Map<number, string>();

/** "24 h", "7 d": one string per window that policies use, made once. */
function spanText(ms: number): string {
  const known = spans.get(ms);
  if (known !== undefined) return known;
  const hours = ms / 3_600_000;
  const text =
    hours >= 48 && hours % 24 === 0
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
