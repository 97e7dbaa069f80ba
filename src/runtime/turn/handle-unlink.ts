import { decodeEstate, encodeEstate } from '../../codec/stored/estate-codec.ts';
import { BOUNDS } from '../../core/bounds.ts';
import { considerTimer } from '../../core/consideration/consider-timer.ts';
import { absorbConsequences } from '../../core/event/consequences.ts';
import type { ChoiceRef, CustomerFact, OpenDispatch, PartedCustomer } from '../../core/fact/fact.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import { movedSeq } from '../../core/identity/home-seq.ts';
import { armLinks, setLinks } from '../../core/profile/absorb/links.ts';
import { choiceName, type Part } from '../../core/profile/absorb/part-again.ts';
import { rehome } from '../../core/profile/absorb/rehome.ts';
import { partAudiences } from '../../core/profile/audiences.ts';
import type { Link } from '../../core/profile/link.ts';
import { CONSIDER, type Profile, type Timer } from '../../core/profile/profile.ts';
import type { Actor } from '../shard/actor.ts';
import { enrol } from './enrol.ts';
import { silenceParted } from './handle-forget.ts';
import { leaveAudiences } from './leave-audiences.ts';
import type { PartedRequest, RestoreRequest, UnlinkRequest } from './request.ts';
import { accepted, type TurnScope } from './turn-scope.ts';

/** A link is undone: the customer is themselves from this record on, and holds what the others are until these have heard it. */
export function handleUnlink(turn: TurnScope, request: UnlinkRequest, actor: Actor): void {
  const { profile } = actor;
  const { own, parted, version, link, by, reason } = request.undone;
  const isAtRest = profile.claims.length === 0 && profile.partings.length === 0;
  if (own.profile.id !== profile.id || profile.version !== version || !isAtRest)
    return turn.reply(request, { kind: 'stale' });
  const { id: customer, links, trail } = profile;
  const isUndone = (one: Link): boolean => one.seq === link.seq && one.index === link.index;
  const marked = links.map((one) => (isUndone(one) ? { ...one, isUndone: true } : one));
  const considered = considerTimer(profile);
  const keep = (part: Profile, isMarkedKept: boolean): void => {
    const kept = marked.filter(
      (one) => (isMarkedKept && one.isUndone) || part.links.some(({ inSeq }) => inSeq === one.inSeq),
    );
    part.trail = [...trail, turn.sequence];
    goOn(part, considered);
    setLinks(part, kept);
    armLinks(part);
  };
  keep(own.profile, true);
  partAudiences(
    own.profile,
    profile.audiences,
    parted.map((part) => part.profile),
    turn.now,
  );
  const given: ChoiceRef[] = [];
  const back = parted.map((part): PartedCustomer => {
    const dispatches = dispatchesOf(turn, customer, part);
    given.push(...dispatches.map(({ ref }) => ref));
    keep(part.profile, part.profile.links.length > 0);
    return returned(turn, part, dispatches);
  });
  turn.apply(actor, {
    ...{ kind: 'unlinked', customer, link, own: own.profile, parted: back, given },
    ...{ by, reason, at: turn.now },
  });
  followUp(turn, actor);
  const customers = [customer, ...parted.map((part) => part.profile.id)];
  turn.replyWhenParted(request, { kind: 'unlinked', customers }, customer);
}

/** The next consideration is that of both: nobody is considered twice for a slot that was taken while they were one. */
function goOn({ timers }: Profile, considered: Timer | undefined): void {
  const others = timers.filter(({ kind }) => kind !== CONSIDER);
  timers.splice(0, timers.length, ...others, ...(considered === undefined ? [] : [{ ...considered }]));
}

/** What a part decided before it was united, and no channel has taken yet. */
function dispatchesOf(turn: TurnScope, customer: string, { profile, shared }: Part): OpenDispatch[] {
  return turn.outbox
    .of(customer)
    .filter(({ ref }) => profile.contacts.find(ref) >= 0 && !shared.has(choiceName(turn.shard, ref)));
}

/** The estate of a part, in the names of the shard in which it lives. */
function returned(
  turn: TurnScope,
  { profile, claim }: Part,
  dispatches: readonly OpenDispatch[],
): PartedCustomer {
  const { key, id: customer } = profile;
  const to = turn.shardOf(addresseeOfKey(key).hash);
  rehome(profile, turn.shard, to);
  const estate = encodeEstate({
    profile,
    dispatches: dispatches.map((entry) => ({
      ...entry,
      customer,
      ref: { ...entry.ref, seq: movedSeq(entry.ref.seq, turn.shard, to) },
    })),
  });
  return { key, claim, estate };
}

/** The key's actor is a customer of its own again; said twice it changes nothing. */
export function handleRestore(turn: TurnScope, request: RestoreRequest, actor: Actor): void {
  const { id: customer, key, moved, deviceOf } = actor.profile;
  const { from, claim, estate, at } = request.given;
  // A device has moved on meanwhile, and with it the key by which they could come back.
  const isElsewhere = deviceOf !== undefined && deviceOf.to !== from;
  const left = moved?.claim ?? deviceOf?.claim;
  // The two times are of clocks that may differ.
  const isOld = (moved?.at ?? 0) > at + BOUNDS.clocksDifferMs;
  if (isElsewhere || left !== claim || isOld) return turn.reply(request, accepted);
  const { profile: state, dispatches } = decodeEstate(estate);
  turn.apply(actor, { kind: 'restored', customer, key, from, state, dispatches, at: turn.now });
  followUp(turn, actor);
  turn.reply(request, accepted);
}

export function handleParted(turn: TurnScope, request: PartedRequest, actor: Actor): void {
  const { id: customer, partings } = actor.profile;
  const { key } = request;
  if (partings.some((one) => one.key === key))
    turn.apply(actor, { kind: 'parted', customer, key, at: turn.now });
  turn.reply(request, accepted);
}

/** What each is alone may not get what was on its way to both, and is considered at hours of their own. */
function followUp(turn: TurnScope, actor: Actor): void {
  const emit = (fact: CustomerFact): void => void turn.apply(actor, fact);
  const isUnsent = (ref: ChoiceRef): boolean => turn.outbox.get(ref)?.attempt === 0;
  silenceParted(turn, actor);
  if (turn.env !== undefined) absorbConsequences(actor.profile, turn.env, isUnsent, emit);
  leaveAudiences(turn, actor);
  enrol(turn, actor);
}
