/** A small policy as its files would say it, edits of it, and what can be observed of it in a situation. */

import { fixedZones } from '../../core/calendar/fixed-zones.fixture.ts';
import type { ProductView } from '../../core/catalog/catalog.ts';
import { CHANNELS } from '../../core/channel.ts';
import type { DecideAsk, DecideEnv } from '../../core/decide/decide-env.ts';
import { DecisionDraft } from '../../core/decide/decision-draft.ts';
import { finish } from '../../core/decide/finish.ts';
import { propose } from '../../core/decide/propose.ts';
import { catalog, customer, env, logits, outbound } from '../../core/decide/shop.fixture.ts';
import { explain } from '../../core/explain/explain.ts';
import { explainPage } from '../../core/explain/explain-page.ts';
import { addresseeOf, strongest } from '../../core/identity/customer.ts';
import { kindsByStrength } from '../../core/identity/sighting.ts';
import { usableIdentifiers } from '../../core/identity/usable-identifiers.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { renderFault } from '../../core/policy/policy-fault.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { parsePolicy } from '../parse-policy.ts';
import { policyContext } from '../policy-context.ts';

/** Values by path (`actions.actions.talk.title`); undefined takes the key away. */
export type Edits = Readonly<Record<string, unknown>>;

const PUSH: readonly string[] = ['email', 'sms', 'push', 'whatsapp', 'web_push'];

const LAB = {
  policy: {
    name: 'lab',
    currency: 'GBP',
    zones: ['Europe/London'],
    identifiers: ['loyalty', 'email_sha256'],
    holdout: 0,
    explore: 0,
    outcome: { click: '1d', purchase: '7d', unsubscribe: '30d' },
    stages: {
      onboarding: '8d',
      active: '31d',
      lapsed: '75d',
      loyalist: { spend: 2_000, orders: 5 },
      fading: { silence: '45d', spend: 1_000 },
    },
    defaults: { margin_rate: 0.4, order_value: 50, valid: '1d', lift: { mean: 0.2, sd: 0.02 } },
  },
  channels: {
    channels: Object.fromEntries(
      CHANNELS.map((name) => {
        const push = PUSH.includes(name);
        const common = { quiet_hours: push, consent: 'not_withdrawn' };
        return [name, { kind: push ? 'push' : 'pull', cost: 0.01, unsubscribe_loss: 0.1, ...common }];
      }),
    ),
  },
  guardrails: {
    quiet_hours: { from: '22:00', to: '08:00' },
    caps: [],
    suppression: { default: '10d', by_category: { coats: '20d' }, whole_category: '0s' },
    incentive_window: '24h',
    full_price: { orders_min: 3, discount_share_max: 0 },
    margin_floor: 0.05,
    bounces_max: 3,
  },
  offers: {
    offers: { ten: { kind: 'percent', depth: 10, code: 'TEN', valid: '2d' } },
    budgets: { large: { per_day: 1_000_000 }, small: { per_day: 0.001 } },
  },
  placements: { placements: { home: { channel: 'web' }, side: { channel: 'web' } } },
  triggers: {
    triggers: {
      left: { kind: 'checkout_exit', silence: '90s', cooldown: '1h' },
      right: { kind: 'checkout_exit', silence: '1d', cooldown: '1d' },
    },
  },
  actions: {
    actions: {
      talk: {
        title: 'Talk',
        purpose: 'marketing',
        promotion: false,
        subject: 'none',
        channels: ['email'],
        proactive: true,
        triggers: ['left'],
        variants: { a: { template: 't.a', text: 'Hello' } },
      },
      other: {
        ...{ title: 'Other', purpose: 'service', promotion: false, subject: 'none', channels: ['sms'] },
        ...{ triggers: ['right'], variants: { a: { template: 't.b' } } },
      },
    },
  },
};

/** What the lab's files say at a path, after the edits. */
export function said(edits: Edits, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], edited(edits));
}

/** The lab's policy with edits, which must be sound. */
export function labPolicy(edits: Edits): Policy {
  const files = new Map(
    Object.entries(edited(edits)).map(([kind, content]) => [
      kind === 'actions' ? 'actions/lab.yaml' : `${kind}.yaml`,
      // JSON is YAML.
      JSON.stringify(content),
    ]),
  );
  // One version for all: a hash of the files would tell any two policies apart.
  const parsed = parsePolicy(files, { ...policyContext, sha256: () => '0'.repeat(64) });
  if (!parsed.ok) throw new Error(parsed.faults.map(renderFault).join('\n'));
  return parsed.policy;
}

function edited(edits: Edits): Record<string, unknown> {
  const lab = structuredClone(LAB) as Record<string, unknown>;
  for (const [path, value] of Object.entries(edits)) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    let at = lab;
    for (const key of keys) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    if (value === undefined) delete at[last];
    else at[last] = structuredClone(value);
  }
  return lab;
}

/** A customer, a moment and a question; without anything an outbound request at noon for somebody who never ordered. */
export interface Situation {
  readonly who?: (profile: Profile) => void;
  readonly ask?: Partial<DecideAsk>;
  readonly env?: Partial<DecideEnv>;
  readonly products?: readonly ProductView[];
}

const draft = new DecisionDraft();

/** Everything that a customer, a marketer or the learner sees of one decision. */
export function decisionIn(policy: Policy, situation: Situation): unknown {
  const profile = customer();
  situation.who?.(profile);
  const world = env(policy, {
    offsetOfZones: policy.zones.map((zone) => fixedZones.offsetMin(zone, 0)),
    catalog: catalog(...(situation.products ?? [])),
    ...situation.env,
  });
  const request = outbound(situation.ask);
  propose(draft, world, profile, request);
  const fact = finish(draft, world, profile, request, logits(), 0, false);
  const explained = explain('1-0-1-0', fact, policy);
  fold(profile, fact, 1, 0);
  const identifiers = ['email_sha256', 'loyalty'].map((kind) => ({ kind, value: 'x' }));
  const { kept } = usableIdentifiers(identifiers, policy.identifierKinds, policy.impossibleIdentifiers);
  const found = strongest(kept, kindsByStrength(policy.identifierRules));
  return {
    page: explainPage(explained, policy),
    candidates: explained.candidates,
    choices: fact.choices,
    awaited: profile.pending.toArray(),
    addressee: addresseeOf(kept[found.at]?.kind ?? '', 'x').id,
  };
}
