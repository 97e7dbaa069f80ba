/**
 * A shop whose policy sends whatever its guardrails allow: few actions, all of them worth sending, so that guardrails are
 * what stops them. For proofs that look for broken ones.
 */
export const STRICT_SHOP = {
  pushMax: 3,
  emailMax: 2,
  totalMax: 5,
  capHours: 24,
  actionMax: 2,
  actionHours: 12,
  quietFrom: '22:00',
  quietTo: '06:00',
  suppressionHours: 48,
  fastSuppressionHours: 3,
  incentiveHours: 24,
  windowSeconds: 90,
  cooldownMinutes: 20,
  budgetPerDay: 400,
  servicePushMax: 2,
  serviceQuietFrom: '23:00',
  serviceQuietTo: '05:00',
  confirmHours: 24,
  openCaseHours: 6,
} as const;

/** How long after its decision an outcome is awaited: short, so that every one matures within a run. */
export const STRICT_SHOP_OUTCOME = { click: '1h', purchase: '3h', unsubscribe: '6h' } as const;

/** What a proof may change: for a mutant, or to see a window's end sooner. */
export interface PolicyBend {
  readonly pushMax?: number;
  readonly quietFrom?: string;
  readonly windowSeconds?: number;
  readonly budgetPerDay?: number;
  readonly servicePushMax?: number;
  readonly openCaseHours?: number;
  /** A yes to e-mail counts at once. */
  readonly unconfirmed?: true;
  /** Messages about a product say its price. */
  readonly isPriced?: boolean;
  /** When customers are considered; never without it. */
  readonly consider?: string;
  /** There are an audience of an ad platform, and a placement that shows the cart. */
  readonly isWhole?: boolean;
}

/** The policy's files by their names relative to its directory. */
export function strictShopFiles(bend: PolicyBend = {}): Map<string, string> {
  return new Map([
    ['policy.yaml', policyFile(bend)],
    ['channels.yaml', channelsFile(bend)],
    ['guardrails.yaml', guardrailsFile(bend)],
    ['offers.yaml', offersFile(bend)],
    ['placements.yaml', 'placements:\n  home:\n    channel: web\n  basket:\n    channel: web\n'],
    [
      'triggers.yaml',
      `triggers:\n  checkout_exit:\n    kind: checkout_exit\n    silence: ${bend.windowSeconds ?? STRICT_SHOP.windowSeconds}s\n    cooldown: ${STRICT_SHOP.cooldownMinutes}m\n    urgent: true\n  shipped:\n    kind: event\n    on: Order Shipped\n    cooldown: 30d\n    at_night: wait\n`,
    ],
    ['actions/all.yaml', actionsFile(bend)],
  ]);
}

function policyFile(bend: PolicyBend): string {
  return `
name: simulated
currency: GBP
zones: [Europe/London, America/New_York]
identifiers: [loyalty, email_sha256, push_token, anonymous]
holdout: 0
explore: 0.1
${bend.consider === undefined ? '' : `consider: ${bend.consider}\n`}outcome: { click: ${STRICT_SHOP_OUTCOME.click}, purchase: ${STRICT_SHOP_OUTCOME.purchase}, unsubscribe: ${STRICT_SHOP_OUTCOME.unsubscribe} }
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

function channelsFile(bend: PolicyBend): string {
  const confirmed = bend.unconfirmed ? '' : `, double_opt_in: ${STRICT_SHOP.confirmHours}h`;
  const push = `{ kind: push, cost: 0.001, unsubscribe_loss: 0.01, quiet_hours: true, consent: granted`;
  return `
channels:
  web: { kind: pull, cost: 0, unsubscribe_loss: 0, quiet_hours: false, consent: not_withdrawn }
  email: ${push}${confirmed}, reachable_by: [email_sha256, loyalty] }
  push: ${push}, reachable_by: [push_token, loyalty] }
${bend.isWhole ? ADS : ''}`;
}

/** As pull channels are, but that an audience is entered without being asked for. */
const ADS = `  ads: { kind: pull, cost: 0.001, unsubscribe_loss: 0, quiet_hours: false, consent: granted }
audiences: { near: { identifiers: [loyalty] } }
`;

function guardrailsFile(bend: PolicyBend): string {
  const hours = `${STRICT_SHOP.capHours}h`;
  return `
quiet_hours: { from: "${bend.quietFrom ?? STRICT_SHOP.quietFrom}", to: "${STRICT_SHOP.quietTo}" }
caps:
  - { scope: channel, channel: push, max: ${bend.pushMax ?? STRICT_SHOP.pushMax}, window: ${hours} }
  - { scope: channel, channel: email, max: ${STRICT_SHOP.emailMax}, window: ${hours} }
  - { scope: total, max: ${STRICT_SHOP.totalMax}, window: ${hours} }
service:
  quiet_hours: { from: "${STRICT_SHOP.serviceQuietFrom}", to: "${STRICT_SHOP.serviceQuietTo}" }
  caps:
    - { scope: channel, channel: push, max: ${bend.servicePushMax ?? STRICT_SHOP.servicePushMax}, window: ${hours} }
open_case: ${bend.openCaseHours ?? STRICT_SHOP.openCaseHours}h
suppression:
  default: ${STRICT_SHOP.suppressionHours}h
  by_category: { soap: ${STRICT_SHOP.fastSuppressionHours}h }
  whole_category: 0s
incentive_window: ${STRICT_SHOP.incentiveHours}h
full_price: { orders_min: 1000, discount_share_max: 0 }
margin_floor: 0
bounces_max: 100
`;
}

function offersFile(bend: PolicyBend): string {
  return `
offers:
  code_a: { kind: percent, depth: 10, code: AAAA, valid: 12h }
  code_b: { kind: percent, depth: 15, code: BBBB, valid: 12h }
budgets:
  codes: { per_day: ${bend.budgetPerDay ?? STRICT_SHOP.budgetPerDay} }
`;
}

const STAGES = '[prospect, onboarding, active, lapsing, lapsed, loyalist, fading]';

function actionsFile({ isPriced = false, isWhole = false }: PolicyBend): string {
  const priced = 'text: "Now {price}", slots: { price: { from: subject.price } }';
  const says = (body: string): string =>
    isPriced && !body.includes('subject: none') ? priced : 'text: Hello';
  const action = (id: string, body: string): string => `
  ${id}:
    title: ${id}
    stages: ${STAGES}
    variants: { plain: { template: ${id}, ${says(body)} } }
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
      `${lines(outbound)}\n    subject: cart\n    channels: [push, email]\n    proactive: true\n    cap: { max: ${STRICT_SHOP.actionMax}, window: ${STRICT_SHOP.actionHours}h }`,
    ),
    action(
      'viewed_nudge',
      `${lines(outbound)}\n    subject: viewed\n    channels: [push, email]\n    proactive: true`,
    ),
    action(
      'code_a',
      `${lines(outbound)}\n    subject: none\n    channels: [push, email]\n    proactive: true\n    offer: code_a\n    budget: codes`,
    ),
    action(
      'code_b',
      `${lines(outbound)}\n    subject: none\n    channels: [push]\n    proactive: true\n    offer: code_b\n    budget: codes`,
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
    action(
      'shipped_note',
      `    purpose: service\n    promotion: false\n    subject: none\n    channels: [push, email]\n    triggers: [shipped]`,
    ),
    ...(isWhole
      ? [
          action(
            'near_ad',
            `${lines(outbound)}\n    subject: viewed\n    channels: [ads]\n    audience: near\n    proactive: true`,
          ),
          action(
            'basket_note',
            `${lines(outbound)}\n    subject: cart\n    channels: [web]\n    placements: [home, basket]`,
          ),
        ]
      : []),
  ].join('')}
`;
}
