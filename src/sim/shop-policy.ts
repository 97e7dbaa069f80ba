import { createHash } from 'node:crypto';
import { parsePolicy } from '../core/policy/parse-policy.ts';
import type { Policy } from '../core/policy/policy.ts';
import { OUTCOME, SHOP, ZONES } from './shop-rules.ts';

/** What a planted bug may bend; the laws keep to the shop's own numbers. */
export interface PolicyBend {
  readonly pushMax?: number;
  readonly quietFrom?: string;
  readonly quietTo?: string;
}

/** The simulated shop's policy: few actions, all of them worth sending, so that guardrails are what stops them. */
export function shopPolicy(bend: PolicyBend = {}): Policy {
  const files = new Map([
    ['policy.yaml', policyFile()],
    ['channels.yaml', channelsFile()],
    ['guardrails.yaml', guardrailsFile(bend)],
    ['offers.yaml', OFFERS],
    ['placements.yaml', 'placements:\n  home:\n    channel: web\n  basket:\n    channel: web\n'],
    [
      'triggers.yaml',
      `triggers:\n  checkout_exit:\n    kind: checkout_exit\n    silence: ${SHOP.windowSeconds}s\n    cooldown: ${SHOP.cooldownMinutes}m\n    urgent: true\n`,
    ],
    ['actions/all.yaml', actionsFile()],
  ]);
  const parsed = parsePolicy(files, {
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    zoneExists: (zone) => zone in ZONES,
  });
  if (!parsed.ok)
    throw new Error(parsed.faults.map((fault) => `${fault.file}:${fault.line} ${fault.message}`).join('\n'));
  return parsed.policy;
}

function policyFile(): string {
  return `
name: simulated
currency: GBP
zones: [Europe/London, America/New_York]
identifiers: [loyalty, email_sha256, push_token, anonymous]
holdout: 0
explore: 0.1
outcome: { click: ${OUTCOME.click}, purchase: ${OUTCOME.purchase}, unsubscribe: ${OUTCOME.unsubscribe} }
stages:
  onboarding: 2d
  active: 31d
  lapsed: 75d
  loyalist: { spend: 100000, orders: 1000 }
  fading: { silence: 45d, spend: 100000 }
defaults:
  margin_rate: 0.5
  order_value: 80
  valid: 12h
  lift: { mean: 0.2, sd: 0.1 }
`;
}

function channelsFile(): string {
  const push = `{ kind: push, cost: 0.001, unsubscribe_loss: 0.01, quiet_hours: true, consent: granted`;
  return `
channels:
  web: { kind: pull, cost: 0, unsubscribe_loss: 0, quiet_hours: false, consent: not_withdrawn }
  email: ${push}, reachable_by: [email_sha256, loyalty] }
  push: ${push}, reachable_by: [push_token, loyalty] }
`;
}

function guardrailsFile(bend: PolicyBend): string {
  const hours = `${SHOP.capHours}h`;
  return `
quiet_hours: { from: "${bend.quietFrom ?? SHOP.quietFrom}", to: "${bend.quietTo ?? SHOP.quietTo}" }
caps:
  - { scope: channel, channel: push, max: ${bend.pushMax ?? SHOP.pushMax}, window: ${hours} }
  - { scope: channel, channel: email, max: ${SHOP.emailMax}, window: ${hours} }
  - { scope: total, max: ${SHOP.totalMax}, window: ${hours} }
suppression:
  default: ${SHOP.suppressionHours}h
  by_category: { soap: ${SHOP.fastSuppressionHours}h }
  whole_category: 0s
incentive_window: ${SHOP.incentiveHours}h
full_price: { orders_min: 1000, discount_share_max: 0 }
margin_floor: 0
bounces_max: 100
`;
}

const OFFERS = `
offers:
  code_a: { kind: percent, depth: 10, code: AAAA, valid: 12h }
  code_b: { kind: percent, depth: 15, code: BBBB, valid: 12h }
`;

const STAGES = '[prospect, onboarding, active, lapsing, lapsed, loyalist, fading]';

function actionsFile(): string {
  const action = (id: string, body: string): string => `
  ${id}:
    title: ${id}
    stages: ${STAGES}
    variants: { plain: { template: ${id}, text: Hello } }
${body}`;
  const outbound = 'purpose: marketing, promotion: true';
  const lines = (text: string): string =>
    text
      .split(', ')
      .map((line) => `    ${line}`)
      .join('\n');
  return `actions:${[
    action(
      'cart_nudge',
      `${lines(outbound)}\n    subject: cart\n    channels: [push, email]\n    proactive: true\n    cap: { max: ${SHOP.actionMax}, window: ${SHOP.actionHours}h }`,
    ),
    action(
      'viewed_nudge',
      `${lines(outbound)}\n    subject: viewed\n    channels: [push, email]\n    proactive: true`,
    ),
    action(
      'code_a',
      `${lines(outbound)}\n    subject: none\n    channels: [push, email]\n    proactive: true\n    offer: code_a`,
    ),
    action(
      'code_b',
      `${lines(outbound)}\n    subject: none\n    channels: [push]\n    proactive: true\n    offer: code_b`,
    ),
    action(
      'cart_morning',
      `${lines(outbound)}\n    subject: cart\n    channels: [email]\n    proactive: true\n    send_at: "09:00"\n    valid: 3h`,
    ),
    action(
      'exit_help',
      `${lines(outbound)}\n    subject: cart\n    channels: [push, email]\n    triggers: [checkout_exit]`,
    ),
    action(
      'banner',
      `${lines(outbound)}\n    subject: viewed\n    channels: [web]\n    placements: [home, basket]`,
    ),
    action(
      'order_news',
      `    purpose: service\n    promotion: false\n    subject: none\n    channels: [push, web]\n    proactive: true\n    placements: [home, basket]\n    engagement_value: 20`,
    ),
  ].join('')}
`;
}
