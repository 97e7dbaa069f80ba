import { goesOut, joinsAudience } from '../audience/joins-audience.ts';
import { PURPOSES } from '../channel.ts';
import { capsUnder, limitsOf } from '../guardrail/contact-limits.ts';
import type { Action, Cap, ChannelPolicy, Policy } from '../policy/policy.ts';
import { PURPOSE_RULES } from '../purpose.ts';
import { traitNeeds } from '../trait/trait-needs.ts';

/** What the decision path looks up in a policy, computed once per edition. */
export interface PolicyIndex {
  readonly policy: Policy;
  /** Trait groups that its conditions and content read. */
  readonly needs: number;
  readonly actionByName: ReadonlyMap<string, number>;
  /** Caps on contacts by COMMON and SERVICE (guardrail/contact-limits.ts). */
  readonly contactCaps: readonly [ContactCaps, ContactCaps];
  /** By action: its own cap and the policy's caps that apply to it. */
  readonly actionCaps: readonly (readonly Cap[])[];
  /** How proactive actions reach people who are not here: by an address, each push channel and purpose once. */
  readonly proactiveReach: readonly Reach[];
}

/** Caps that hold whatever the action. */
export interface ContactCaps {
  readonly total: readonly Cap[];
  /** By channel: those of its kind. */
  readonly kind: readonly (readonly Cap[])[];
  /** By channel. */
  readonly channel: readonly (readonly Cap[])[];
}

/** A way to a customer. */
export interface Reach {
  readonly channel: ChannelPolicy;
  /** Index into PURPOSES. */
  readonly purpose: number;
}

const made = new WeakMap<Policy, PolicyIndex>();

export function policyIndex(policy: Policy): PolicyIndex {
  const found = made.get(policy);
  if (found !== undefined) return found;
  const index = build(policy);
  made.set(policy, index);
  return index;
}

function build(policy: Policy): PolicyIndex {
  return {
    policy,
    needs: traitNeeds(policy),
    actionByName: new Map(policy.actions.map((action) => [action.id, action.index])),
    contactCaps: [contactCaps(policy, policy.caps), contactCaps(policy, policy.service?.caps ?? [])],
    actionCaps: policy.actions.map((action) => capsOf(policy, action)),
    proactiveReach: proactiveReach(policy),
  };
}

function contactCaps({ channels }: Policy, caps: readonly Cap[]): ContactCaps {
  return {
    total: caps.filter((cap) => cap.scope === 'total'),
    kind: channels.map(({ push }) =>
      caps.filter((cap) => cap.scope === 'kind' && (cap.kind === 'push') === push),
    ),
    channel: channels.map((channel) =>
      caps.filter((cap) => cap.scope === 'channel' && (cap.channel === channel.index || cap.channel < 0)),
    ),
  };
}

function proactiveReach(policy: Policy): readonly Reach[] {
  const actions = policy.proactive.map((index) => policy.actions[index] as Action);
  const reach: Reach[] = [];
  for (const channel of policy.channels) {
    for (const purpose of PURPOSES.keys()) {
      const ways = actions.filter(
        (action) =>
          PURPOSE_RULES[action.purpose].consent === purpose &&
          (action.channelMask & (1 << channel.index)) !== 0 &&
          goesOut(action, channel),
      );
      const isMessage = (action: Action): boolean => !joinsAudience(action, channel.index);
      if (channel.reachableBy.length > 0 && ways.some(isMessage)) reach.push({ channel, purpose });
      // An ad platform knows people by what it is given.
      for (const { audience } of policy.audiences.length === 0 ? [] : ways)
        if (audience !== undefined && joinsAudience({ audience }, channel.index))
          reach.push({ channel: { ...channel, reachableBy: audience.kinds }, purpose });
    }
  }
  return reach;
}

function capsOf(policy: Policy, action: Action): readonly Cap[] {
  const caps = capsUnder(policy, limitsOf(policy, action.purpose)).filter(
    (cap) => cap.scope === 'action' && (cap.action === action.index || cap.action < 0),
  );
  if (action.cap !== undefined) {
    caps.push({
      scope: 'action',
      channel: -1,
      action: action.index,
      max: action.cap.max,
      windowMs: action.cap.windowMs,
    });
  }
  return caps;
}
