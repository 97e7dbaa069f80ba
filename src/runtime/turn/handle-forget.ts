import type { IdentifierKey } from '../../base/brand.ts';
import { INTERVALS } from '../../config/limits.ts';
import { channelIndex, EVERY_CHANNEL } from '../../core/channel.ts';
import { erasureConsequences } from '../../core/event/consequences.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import { addresseeOfKey, holdsKey, keyOf, knownBy } from '../../core/identity/customer.ts';
import { isDeviceKind, weakestKind } from '../../core/identity/sighting.ts';
import type { DeviceOwner } from '../../core/profile/device.ts';
import { lifeKeys } from '../../core/profile/devices.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { ForgetAnswer } from '../../port/peers.ts';
import type { Actor } from '../shard/actor.ts';
import type {
  DecideRequest,
  EventRequest,
  FeedbackRequest,
  ForgetRequest,
  LinkRequest,
  Request,
} from './request.ts';
import { refusal } from './request.ts';
import type { TurnScope } from './turn-scope.ts';

const ADS = channelIndex('ads');

type Beginning = EventRequest | DecideRequest | FeedbackRequest | LinkRequest;

/**
 * Forgets the customer: what is on its way to them is taken back, and one fact ends everything. Asked again of somebody who is forgotten it
 * never comes here, because nothing is known of them.
 */
export function handleForget(turn: TurnScope, request: ForgetRequest, actor: Actor): void {
  const { profile } = actor;
  const { isOwn, ids, named } = request.forget;
  const { moved, deviceOf } = profile;
  if (deviceOf !== undefined && !ids.has(deviceOf.to)) {
    const isTheirs = isOwn || (moved !== undefined && ids.has(addresseeOfKey(moved.to).id));
    if (!isTheirs) return turn.reply(request, { kind: 'foreign' });
    return turn.reply(request, forgetLife(turn, actor, deviceOf));
  }
  if (deviceOf !== undefined) {
    // It goes with whose it is.
  } else if (moved !== undefined) {
    // They were united with somebody meanwhile, who is asked for then.
    if (isOwn && !ids.has(addresseeOfKey(moved.to).id))
      return turn.reply(request, { kind: 'moved', to: moved.to });
    if (!isOwn && !ids.has(addresseeOfKey(moved.to).id)) return turn.reply(request, { kind: 'foreign' });
  } else if (!isOwn || !isNamed(profile, named)) return turn.reply(request, { kind: 'foreign' });
  // Nobody who is parted from the customer may lose what was theirs.
  else if (profile.claims.length > 0 || profile.partings.length > 0) {
    if (request.hasWaited === undefined) return turn.waitForLinks(request, profile.id);
    return turn.reply(request, { kind: 'busy' });
  }
  const more = [...keysHeld(profile), ...lifeKeys(profile)].filter((key) => !ids.has(addresseeOfKey(key).id));
  if (more.length > 0) return turn.reply(request, { kind: 'more', keys: more });
  const channels = channelsKnowing(profile);
  erasureConsequences(profile, turn.now, (fact) => void turn.apply(actor, fact));
  turn.apply(actor, { kind: 'erased', customer: profile.id, at: turn.now });
  const { shard, generation, sequence: seq } = turn;
  turn.reply(request, { kind: 'forgotten', shard, generation, seq, channels });
}

/** The device stays whose it is; nothing is left of whoever was known by its key alone. What it told before this record is theirs. */
function forgetLife(turn: TurnScope, actor: Actor, { to, claim, at: seenAt, by }: DeviceOwner): ForgetAnswer {
  const { id: customer, key } = actor.profile;
  const moved = { kind: 'device-moved', customer, key, to, claim, seenAt, by, at: turn.now } as const;
  turn.apply(actor, { ...moved, forgets: true });
  const { shard, generation, sequence } = turn;
  return { kind: 'forgotten', shard, generation, seq: Math.max(1, sequence - 1), channels: 0 };
}

const UNDER_WAY = refusal(
  'unavailable',
  'the customer of this key is being forgotten; retry with the same id',
  INTERVALS.retryDelayMs,
);

/**
 * An erasure that another node began is known here before its first actor is forgotten: else a customer who begins anew by the key would not be silent. True:
 * it is not yet, and the eraser asks again.
 */
export function isNews(turn: TurnScope, request: ForgetRequest): boolean {
  const { erasures, observer } = turn.runtime;
  if (!erasures.isShared || erasures.isUnderWay(request.to.id)) return false;
  erasures
    .takeIn()
    .catch((fault: unknown) => observer.fault('who was forgotten at other nodes could not be read', fault));
  turn.reply(request, { kind: 'busy' });
  return true;
}

/**
 * Nobody begins by a key whose actor is asked to forget, until it is noted that it has: asked again, because its answer was lost, it would
 * take them for the person. And nobody is told where a key leads whose actor has not forgotten yet: it would come to lead to them, and take them
 * for the one whom it is not to forget. Only who is to be forgotten themselves is: two erasures would wait for each other. True: the request
 * was answered.
 */
export function waitsForErasure(turn: TurnScope, request: Request, { profile }: Actor): boolean {
  const { erasures } = turn.runtime;
  const isClaim = request.kind === 'claim';
  const leads = profile.moved !== undefined || profile.deviceOf !== undefined;
  if (profile.version === 0 ? !(isClaim || begins(request)) : !(isClaim && leads)) return false;
  if (!erasures.isUnderWay(profile.id)) return false;
  if (isClaim && profile.version > 0 && erasures.isUnderWay(addresseeOfKey(request.claim.by).id))
    return false;
  turn.reply(request, isClaim ? { kind: 'busy' } : UNDER_WAY);
  return true;
}

/**
 * Forgets a customer who is quarantined, of whom nothing can be read: as if they had been empty. Nothing is taken back, and each channel may know them.
 */
export function forgetUnread(turn: TurnScope, request: ForgetRequest, release: () => Actor): void {
  if (request.forget.isUnread !== true) return turn.reply(request, { kind: 'unread' });
  const actor = release();
  turn.apply(actor, { kind: 'erased', customer: actor.profile.id, at: turn.now });
  const { shard, generation, sequence: seq } = turn;
  turn.reply(request, { kind: 'forgotten', shard, generation, seq, channels: EVERY_CHANNEL });
}

/**
 * Before the first fact of a customer who begins by a key of somebody who was forgotten: they are to be sent nothing. A key of the weakest kind (a
 * browser's, in the usual order) or of a device silences nobody who is named by another key too, for it may be somebody else's turn at it. Called
 * when nothing can refuse the request any more, so that one that is refused begins nobody.
 */
export function silenceNew(turn: TurnScope, request: Beginning, actor: Actor): void {
  const { profile } = actor;
  if (profile.version > 0 || turn.runtime.erasures.size === 0) return;
  const named = keysNamed(request);
  const own = named.some((one) => keyOf(one) === profile.key) ? named : [...named, identifierOf(profile.key)];
  let since = 0;
  for (const one of own) since = Math.max(since, silencedBy(turn, one, own));
  silence(turn, actor, since);
}

/** After a key joined a customer. */
export function silenceJoined(turn: TurnScope, actor: Actor, key: IdentifierKey): void {
  if (turn.runtime.erasures.size === 0) return;
  silence(turn, actor, silencedBy(turn, identifierOf(key), actor.profile.identifiers), key);
}

/** After a customer was parted from another one: by keys that are theirs alone now. */
export function silenceParted(turn: TurnScope, actor: Actor): void {
  if (turn.runtime.erasures.size === 0) return;
  const own = knownBy(actor.profile);
  for (const one of own) silence(turn, actor, silencedBy(turn, one, own), keyOf(one));
}

function silence(turn: TurnScope, actor: Actor, since: number, by?: IdentifierKey): void {
  const { id: customer, key, silencedAt } = actor.profile;
  if (since <= silencedAt) return;
  const fact = { kind: 'silenced', customer, key, since, at: turn.now } as const;
  turn.apply(actor, by === undefined ? fact : { ...fact, by });
}

/** When the person of this key was forgotten; 0: they were not, or it may be somebody else. */
function silencedBy(turn: TurnScope, one: IdentifierInput, all: readonly IdentifierInput[]): number {
  const since = turn.runtime.erasures.erasedAt(addresseeOfKey(keyOf(one)).id);
  const rules = turn.identifierRules;
  const weakest = weakestKind(rules) ?? rules.at(-1)?.kind;
  const isWeak = ({ kind }: IdentifierInput): boolean => kind === weakest || isDeviceKind(kind, rules);
  const isSomebodys = isWeak(one) && !all.every(isWeak);
  return isSomebodys ? 0 : since;
}

function begins(request: Request): request is Beginning {
  return (
    request.kind === 'event' ||
    request.kind === 'link' ||
    request.kind === 'feedback' ||
    (request.kind === 'decide' && !request.input.dryRun)
  );
}

function keysNamed(request: Beginning): readonly IdentifierInput[] {
  const { identifiers } = request.input;
  if (request.kind !== 'decide') return identifiers;
  return [...identifiers, ...request.input.events.flatMap((event) => event.identifiers)];
}

function identifierOf(key: IdentifierKey): IdentifierInput {
  const colon = key.indexOf(':');
  return { kind: key.slice(0, colon), value: key.slice(colon + 1) };
}

/** Else they were parted from whoever was named. */
function isNamed(profile: Profile, named: ReadonlySet<string>): boolean {
  if (named.size === 0 || named.has(profile.id)) return true;
  return keysHeld(profile).some((key) => named.has(addresseeOfKey(key).id));
}

function keysHeld(profile: Profile): readonly IdentifierKey[] {
  return profile.identifiers.filter((one) => holdsKey(profile, one)).map(keyOf);
}

/** Where messages went to the customer, and whose audiences hold them. */
function channelsKnowing({ channelStats, contacts, audiences }: Profile): number {
  let channels = audiences.length === 0 ? 0 : 1 << ADS;
  channelStats.forEach((stats, channel) => {
    if (stats !== undefined && stats.sends > 0) channels |= 1 << channel;
  });
  for (const { channel, dispatched } of contacts.toArray()) if (dispatched) channels |= 1 << channel;
  return channels;
}
