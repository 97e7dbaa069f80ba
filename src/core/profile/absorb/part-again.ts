// Long because who was who is told apart fact by fact, on one page.
/**
 * Two who were united become two again: the records of their time together are folded once more, each fact for the one whose it is. A function
 * of the facts, and of what the two were before, which the fact that united them holds (`JoinedBy`).
 *
 * I1  What a key tells is its person's; what no key tells stays with the one who took the other in.
 * I2  Nobody gains a message: those of the common time count for both, a refusal of that time stands for both, a trigger that fired rests
 *     for both, and each plan and open dispatch is one's.
 * I3  Links that were undone before are told apart as well: what is left is as if they had never been.
 */
import type { IdentifierKey } from '../../../base/brand.ts';
import { BOUNDS } from '../../bounds.ts';
import type { AbsorbInFact, ChoiceRef, CustomerFact, FeedbackFact } from '../../fact/fact.ts';
import { addresseeOfKey, keyOf } from '../../identity/customer.ts';
import { dropDevice } from '../devices.ts';
import { emptyProfile } from '../empty-profile.ts';
import { fold } from '../fold.ts';
import { foldConsent } from '../fold-consent.ts';
import { foldSharedDecision } from '../fold-decision.ts';
import { foldDelivery, foldWithdraw } from '../fold-delivery.ts';
import { foldFeedback } from '../fold-feedback.ts';
import { type Profile, TIMER_KINDS } from '../profile.ts';
import { rememberSeen } from '../seen.ts';
import { addKey } from './fold-absorb.ts';
import { keepApart, keysHeld } from './kept-apart.ts';
import { ownAgain } from './own-again.ts';
import { rehome } from './rehome.ts';
import { inOrder, linkText, type TrailRecord } from './trail-order.ts';

const PLAN = TIMER_KINDS.indexOf('plan');

/** One of those whom an actor stands for. */
export interface Part {
  profile: Profile;
  /** By which they were taken in (`Moved.claim`); 0: it is the actor's own. */
  claim: number;
  /** The link that is undone, by its place; '': the actor's own. */
  link: string;
  /** Who met the key that brought them. */
  under: Part | undefined;
  /** Messages of the common time, by their place: they count here, and are the other's. */
  readonly shared: Set<string>;
}

/** Whom one actor stands for, its own part first. */
interface Living {
  readonly shard: number;
  parts: Part[];
  /** False: somebody left of whom it is not known what they were. Of whoever else stands in the same records that changes nothing. */
  isWhole: boolean;
}

export interface PartedAgain {
  readonly own: Part;
  /** Those whom the link had brought. */
  readonly parted: readonly Part[];
}

export function choiceName(shard: number, ref: ChoiceRef): string {
  return `${linkText(shard, ref)}.${ref.choice}`;
}

/**
 * `records`: the customer's whole trail. `link`: what is undone now, by its place. `shardOf`: where a customer lives. Undefined when the trail does not tell enough: it begins behind
 * a link that was undone within it.
 */
export function partAgain(
  records: readonly TrailRecord[],
  customer: string,
  link: string,
  shardOf: (customer: string) => number,
): PartedAgain | undefined {
  const undone = new Set([link]);
  for (const { shard, facts } of records)
    for (const { fact } of facts) if (fact.kind === 'unlinked') undone.add(linkText(shard, fact.link));
  const history = new SharedHistory(undone, shardOf);
  for (const record of inOrder(records)) history.record(record);
  return history.partsOf(customer, link);
}

class SharedHistory {
  readonly #undone: ReadonlySet<string>;
  readonly #living = new Map<string, Living>();
  /** Whose the last fact of the record was that a key tells. */
  #last: Part | undefined;

  readonly #shardOf: (customer: string) => number;

  constructor(undone: ReadonlySet<string>, shardOf: (customer: string) => number) {
    this.#undone = undone;
    this.#shardOf = shardOf;
  }

  partsOf(customer: string, link: string): PartedAgain | undefined {
    const living = this.#living.get(customer);
    if (living?.isWhole !== true) return undefined;
    const { shard, parts } = living;
    const [own, ...others] = parts as [Part, ...Part[]];
    if (others.length === 0 || others.some((part) => part.link !== link)) return undefined;
    for (const one of others)
      setApart(
        one,
        [],
        parts.filter((other) => other !== one),
        shard,
      );
    return { own, parted: others };
  }

  record({ shard, seq, facts }: TrailRecord): void {
    for (const { index, fact } of facts) {
      let living = this.#living.get(fact.customer);
      if (fact.kind === 'absorb-in' && fact.link !== undefined) {
        const { before } = fact.link;
        if (living === undefined) {
          living = { shard, parts: [newPart(before as Profile)], isWhole: true };
          this.#living.set(fact.customer, living);
          this.#last = undefined;
        } else restart(living.parts, before as Profile);
      }
      if (living !== undefined) this.#fact(living, fact, seq, index);
    }
  }

  #fact(living: Living, fact: CustomerFact, seq: number, index: number): void {
    const [own] = living.parts as [Part];
    const foldInto = (part: Part): void => fold(part.profile, fact, seq, index);
    switch (fact.kind) {
      case 'event': {
        const side = this.#by(living, fact.origin);
        foldInto(side);
        for (const { profile } of others(living, side)) {
          rememberSeen(profile.seenEvents, BOUNDS.seenEvents, fact.idHash, fact.bodyHash, fact.receivedAt);
          if (fact.consent?.granted === false) foldConsent(profile, fact);
        }
        return;
      }
      case 'feedback': {
        const side = fact.ref === undefined ? this.#by(living, fact.origin) : ownerOf(living, fact.ref);
        foldInto(side);
        for (const other of others(living, side)) shareFeedback(other.profile, fact);
        return;
      }
      case 'decision':
        foldInto(own);
        for (const other of others(living, own)) {
          foldSharedDecision(other.profile, fact, seq, index);
          for (let choice = 0; choice < fact.choices.length; choice++)
            other.shared.add(choiceName(living.shard, { seq, index, choice }));
        }
        return;
      case 'handed':
        return foldInto(ownerOf(living, fact.ref));
      case 'delivery':
      case 'withdraw': {
        const side = ownerOf(living, fact.ref);
        foldInto(side);
        for (const { profile } of others(living, side))
          if (fact.kind === 'delivery') foldDelivery(profile, fact);
          else foldWithdraw(profile, fact);
        return;
      }
      case 'outcome':
        return foldInto(living.parts.find(({ profile }) => profile.pending.find(fact.ref) >= 0) ?? own);
      case 'timer': {
        const hasPlan = ({ profile }: Part): boolean => profile.plans.some(({ id }) => id === fact.key);
        if (fact.op === 'set') return foldInto((fact.timer === PLAN && living.parts.find(hasPlan)) || own);
        for (const part of living.parts) foldInto(part);
        return;
      }
      case 'timer-fired':
      case 'plan-dropped':
      case 'triggered':
        for (const part of living.parts) foldInto(part);
        return;
      // A message that identified a browser identifies no second one, whoever of them it went to.
      case 'token-spent':
        for (const part of living.parts) foldInto(part);
        return;
      case 'key-released':
        // It is somebody else's, or gone, whichever of them had it.
        for (const part of living.parts) foldInto(part);
        return;
      case 'device-seen': {
        const side = this.#by(living, fact.origin);
        for (const other of others(living, side)) giveDevice(other.profile, side.profile, fact.device);
        return foldInto(side);
      }
      case 'silenced':
        if (fact.by !== undefined) return foldInto(this.#by(living, fact.by));
        return foldInto(this.#lastOf(living));
      case 'readdressed':
        return foldInto(this.#lastOf(living));
      case 'absorb-begin':
        return foldInto(this.#by(living, fact.origin));
      case 'absorb-in':
        return this.#takeIn(living, fact, seq, index);
      case 'unlinked':
        for (const { key } of fact.parted) this.#leave(living, key);
        return;
      case 'linked':
        return foldInto(own);
      default:
    }
  }

  /** I1 */
  #by({ parts }: Living, key: IdentifierKey | undefined): Part {
    const found =
      key === undefined ? undefined : parts.find(({ profile }) => keysHeld(profile).includes(key));
    this.#last = found ?? (parts[0] as Part);
    return this.#last;
  }

  #lastOf({ parts }: Living): Part {
    const last = this.#last;
    return last !== undefined && parts.includes(last) ? last : (parts[0] as Part);
  }

  #takeIn(living: Living, fact: AbsorbInFact, seq: number, index: number): void {
    const claims = ({ profile }: Part): boolean => profile.claims.some(({ key }) => key === fact.claimed);
    const side = living.parts.find(claims) ?? this.#by(living, fact.link?.origin);
    this.#last = side;
    // The key led to somebody who came meanwhile.
    const isAnothers = others(living, side).some(({ profile }) => keysHeld(profile).includes(fact.claimed));
    if (isAnothers && fact.state === undefined) {
      side.profile.claims = side.profile.claims.filter(({ key }) => key !== fact.claimed);
      return;
    }
    // Who was followed in a log of their own comes as they are known from there.
    const from = fact.state === undefined ? undefined : this.#living.get(fact.state.id);
    if (from !== undefined && fact.state !== undefined) {
      this.#living.delete(fact.state.id);
      living.isWhole &&= from.isWhole;
      for (const { profile } of from.parts) rehome(profile, from.shard, living.shard);
      restart(from.parts, fact.state as Profile);
    }
    const known = from?.parts[0];
    const brought = from?.parts.slice(1) ?? [];
    const { link } = fact;
    if (fact.end !== 'united' || link === undefined || !this.#undone.has(linkText(living.shard, link))) {
      fold(side.profile, { ...fact, state: known?.profile ?? fact.state }, seq, index);
      for (const one of known?.shared ?? []) side.shared.add(one);
      for (const one of brought) if (one.under === known) one.under = side;
      living.parts.push(...brought);
      return;
    }
    side.profile.claims = side.profile.claims.filter(({ key }) => key !== fact.claimed);
    dropDevice(side.profile, fact.claimed);
    const state = fact.state as Profile | undefined;
    const came = known ?? newPart(state ?? emptyProfile(addresseeOfKey(fact.claimed).id, fact.claimed));
    addKey(came.profile, fact.claimed);
    // Each was decided for under the arm of the other.
    for (const { profile } of [came, side]) profile.isMixed ||= fact.mixed;
    came.claim = link.claim;
    came.link = linkText(living.shard, link);
    came.under = side;
    living.parts.push(came, ...brought);
  }

  /** I3: whoever came by a link that was undone, and who came with them. */
  #leave(living: Living, key: IdentifierKey): void {
    const found = living.parts.find(({ profile }) => profile.key === key);
    if (found === undefined || found === living.parts[0]) {
      living.isWhole = false;
      return;
    }
    const under = living.parts.filter((part) => isUnder(part, found));
    const staying = living.parts.filter((part) => part !== found && !under.includes(part));
    setApart(found, under, staying, living.shard);
    living.parts = staying;
    const to = this.#shardOf(found.profile.id);
    for (const { profile } of [found, ...under]) rehome(profile, living.shard, to);
    found.link = '';
    found.under = undefined;
    this.#living.set(found.profile.id, {
      shard: to,
      parts: [found, ...under],
      isWhole: living.isWhole,
    });
  }
}

/** `leaving` is a customer of their own again, with those who came to them. No event unites any of these with any of `staying`. */
function setApart(leaving: Part, under: readonly Part[], staying: readonly Part[], shard: number): void {
  const { profile, shared } = leaving;
  ownAgain(profile, (place) => shared.has(choiceName(shard, profile.contacts.get(place))));
  for (const one of [leaving, ...under])
    for (const other of staying) {
      keepApart(one.profile, keysHeld(other.profile));
      keepApart(other.profile, keysHeld(one.profile));
    }
}

/** Who is nobody but themselves is as a fact says: of the time after they were parted from somebody, their records may not be in the trail. */
function restart([only, ...others]: readonly Part[], profile: Profile): void {
  if (only !== undefined && others.length === 0) only.profile = profile;
}

function newPart(profile: Profile): Part {
  return { profile, claim: 0, link: '', under: undefined, shared: new Set() };
}

function others({ parts }: Living, side: Part): readonly Part[] {
  return parts.filter((part) => part !== side);
}

function isUnder(part: Part, top: Part): boolean {
  for (let at = part.under; at !== undefined; at = at.under) if (at === top) return true;
  return false;
}

/** A device is the part's who was seen with it last, unless it is all that the other is known by. */
function giveDevice(from: Profile, to: Profile, device: IdentifierKey): void {
  if (from.key === device) return;
  const claimed = from.claims.find(({ key }) => key === device);
  if (claimed !== undefined) {
    from.claims = from.claims.filter((one) => one !== claimed);
    to.claims = [...to.claims, claimed];
  }
  const place = from.identifiers.findIndex((one) => keyOf(one) === device);
  if (place >= 0) {
    from.identifiers.splice(place, 1);
    addKey(to, device);
  }
  dropDevice(from, device);
}

/** A message of the common time is the actor's own part's, whose decision it was. */
function ownerOf({ parts, shard }: Living, ref: ChoiceRef): Part {
  const owner = parts.find(
    ({ profile, shared }) => profile.contacts.find(ref) >= 0 && !shared.has(choiceName(shard, ref)),
  );
  return owner ?? (parts[0] as Part);
}

/** What a report about the customer's message means to somebody who was one person with them. */
function shareFeedback(profile: Profile, fact: FeedbackFact): void {
  switch (fact.feedback) {
    case 'unsubscribed':
    case 'complained':
      return foldFeedback(profile, { ...fact, ref: undefined });
    case 'shown':
      return foldFeedback(profile, fact);
    case 'bounced_hard':
    case 'bounced_soft': {
      const { customer, ref, receivedAt: at } = fact;
      if (ref === undefined) return;
      const back = { kind: 'delivery', state: 'rejected', retryable: false, retryAt: 0, reason: '' } as const;
      return foldDelivery(profile, { ...back, customer, ref, at });
    }
    default:
      rememberSeen(profile.seenFeedback, BOUNDS.seenFeedback, fact.idHash, fact.bodyHash, fact.receivedAt);
  }
}
