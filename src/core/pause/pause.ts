/**
 * What operators have paused: an action, a channel, or everything outbound. While it is, nothing of it is chosen, handed over or
 * pushed again; what waits for its channel system goes on waiting, or is withdrawn, as was told.
 */
import { CHANNELS } from '../channel.ts';
import type { Policy } from '../policy/policy.ts';

/** Stored by their place. */
export const PAUSE_SCOPES = ['outbound', 'channel', 'action'] as const;
export type PauseScope = (typeof PAUSE_SCOPES)[number];

/** What becomes of dispatches that no channel system has taken for good. Stored by their place. */
export const PENDING_FATES = ['wait', 'withdraw'] as const;
export type PendingFate = (typeof PENDING_FATES)[number];

export interface PauseTarget {
  readonly scope: PauseScope;
  /** Of the channel, or the action's id in the policy; '' for everything outbound. */
  readonly name: string;
}

export interface Pause extends PauseTarget {
  /** Who paused it and why, as they said it: at most 64 and 256 bytes. */
  readonly by: string;
  readonly why: string;
  /** When, ms by our clock. */
  readonly since: number;
  readonly pending: PendingFate;
}

/** All that is paused, under the version of its edition; '' before the first pause of a deployment. */
export interface Pauses {
  readonly version: string;
  readonly sha256: string;
  readonly list: readonly Pause[];
}

export const NO_PAUSES: Pauses = { version: '', sha256: '', list: [] };

/** What a guardrail reads of a pause, and a replay takes from the record. */
export interface Stop {
  readonly since: number;
  /** `action, anna: wrong price`: what is paused, who did it and why. */
  readonly ref: string;
}

/** What is paused, by place in a policy; undefined where nothing is. */
export interface Stops {
  readonly isAny: boolean;
  readonly actions: readonly (Stop | undefined)[];
  readonly channels: readonly (Stop | undefined)[];
  /** All that goes out by itself, on whatever channel; undefined where that is not paused. */
  readonly outbound?: Stop | undefined;
}

export const NO_STOPS: Stops = { isAny: false, actions: [], channels: [] };

/** What of a policy is paused. Everything outbound is every channel that is pushed; a channel's own pause goes before it. */
export function stopsOf({ list }: Pauses, policy: Pick<Policy, 'actions' | 'channels'>): Stops {
  if (list.length === 0) return NO_STOPS;
  const named = (scope: PauseScope, name: string): Stop | undefined =>
    stopOf(list.find((pause) => pause.scope === scope && pause.name === name));
  const outbound = named('outbound', '');
  return {
    isAny: true,
    actions: policy.actions.map(({ id }) => named('action', id)),
    channels: policy.channels.map(({ id, push }) => named('channel', id) ?? (push ? outbound : undefined)),
    outbound,
  };
}

function stopOf(pause: Pause | undefined): Stop | undefined {
  return pause === undefined ? undefined : { since: pause.since, ref: pauseRef(pause) };
}

/** What is paused, who did it and why, in one text. */
export function pauseRef({ scope, by, why }: Pick<Pause, 'scope' | 'by' | 'why'>): string {
  return `${scope}, ${by}: ${why}`;
}

/** The pause that holds a dispatch of an action on a channel (index into CHANNELS) up: one that withdraws before one that waits. */
export function pauseOfDispatch(
  { list }: Pauses,
  { action, channel }: { readonly action: string; readonly channel: number },
): Pause | undefined {
  let found: Pause | undefined;
  for (const pause of list) {
    const isMeant =
      pause.scope === 'outbound' || pause.name === (pause.scope === 'action' ? action : CHANNELS[channel]);
    if (isMeant && (found === undefined || pause.pending === 'withdraw')) found = pause;
  }
  return found;
}

/** The list with `pause` in the place of an earlier one of the same. */
export function withPause(list: readonly Pause[], pause: Pause): readonly Pause[] {
  return [...withoutPause(list, pause), pause];
}

export function withoutPause(list: readonly Pause[], target: PauseTarget): readonly Pause[] {
  return list.filter((pause) => !isSameTarget(pause, target));
}

export function isSameTarget(a: PauseTarget, b: PauseTarget): boolean {
  return a.scope === b.scope && a.name === b.name;
}

/** "everything outbound", "the channel email", "the action win_back". */
export function targetText({ scope, name }: PauseTarget): string {
  return scope === 'outbound' ? 'everything outbound' : `the ${scope} ${name}`;
}

/** A call that paused something, or resumed it; then `since` is when it did, and `pending` what the pause had said. */
export interface PauseChange extends Pause {
  readonly isResumed: boolean;
}
