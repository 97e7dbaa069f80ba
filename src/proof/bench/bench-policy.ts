/**
 * A policy of 100 actions for the benches: a shop's usual mix of channels, conditions, offers and guardrails. Its placement
 * `home_hero` may show 40 of them; for a customer of the simulated shop about 12 of these reach scoring, the others fall to
 * their condition, their stage, an incentive, or for want of content. The other 60 wait at other places, for the trigger, or
 * for outbound decisions.
 */
import { stringify } from 'yaml';
import { CATEGORY_NAMES } from '../../world/catalog.ts';
import { SHOP_ZONES } from '../../world/customer-truth.ts';

/** The placement whose decision has 40 possible actions. */
export const BENCH_PLACEMENT = 'home_hero';

/** The files of the bench policy, as `parsePolicy` takes them. The same every time. */
export function benchPolicyFiles(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries({
      'policy.yaml': policyFile(),
      'channels.yaml': channelsFile(),
      'guardrails.yaml': guardrailsFile(),
      'offers.yaml': offersFile(),
      'placements.yaml': placementsFile(),
      'triggers.yaml': {
        triggers: { checkout_exit: { kind: 'checkout_exit', silence: '90s', cooldown: '12h', urgent: true } },
      },
      'actions/home.yaml': { actions: homeActions() },
      'actions/elsewhere.yaml': { actions: elsewhereActions() },
    }).map(([name, content]) => [name, stringify(content, { aliasDuplicateObjects: false })]),
  );
}

type Fields = Readonly<Record<string, unknown>>;

function policyFile(): Fields {
  return {
    name: 'bench',
    currency: 'EUR',
    zones: [...SHOP_ZONES],
    identifiers: ['crm', 'loyalty', 'email_sha256', 'phone_sha256', 'push_token', 'anonymous'],
    holdout: 0.02,
    explore: 0.05,
    outcome: { click: '24h', purchase: '7d', unsubscribe: '30d' },
    stages: {
      onboarding: '8d',
      active: '31d',
      lapsed: '75d',
      loyalist: { spend: 2_000, orders: 3 },
      fading: { silence: '45d', spend: 500 },
    },
    defaults: { margin_rate: 0.45, order_value: 85, valid: '24h', lift: { mean: 0.006, sd: 0.004 } },
  };
}

function channelsFile(): Fields {
  const push = (cost: number, reachable: string[]): Fields => ({
    kind: 'push',
    cost,
    unsubscribe_loss: 0.2,
    quiet_hours: true,
    consent: 'granted',
    reachable_by: reachable,
  });
  const pull: Fields = {
    kind: 'pull',
    cost: 0,
    unsubscribe_loss: 0,
    quiet_hours: false,
    consent: 'not_withdrawn',
  };
  return {
    channels: {
      web: pull,
      app: pull,
      onsite: { ...pull, kind: 'push' },
      email: push(0.002, ['email_sha256', 'crm']),
      sms: push(0.045, ['phone_sha256']),
      push: push(0.0005, ['push_token']),
      whatsapp: push(0.06, ['phone_sha256']),
      ads: { ...pull, cost: 0.01, consent: 'granted' },
    },
  };
}

function guardrailsFile(): Fields {
  return {
    quiet_hours: { from: '21:00', to: '08:00' },
    caps: [
      // Benches ask the same customers over and over: caps are counted on every decision and must not end it.
      { scope: 'total', max: 1_000, window: '24h' },
      { scope: 'channel', channel: 'web', max: 1_000, window: '24h' },
      { scope: 'channel', channel: 'push', max: 3, window: '24h' },
      { scope: 'channel', channel: 'email', max: 2, window: '24h' },
      { scope: 'channel', channel: 'sms', max: 1, window: '3d' },
      { scope: 'channel', channel: 'whatsapp', max: 2, window: '3d' },
    ],
    suppression: { default: '60d', by_category: { coats: '365d', beauty: '25d' }, whole_category: '14d' },
    incentive_window: '24h',
    full_price: { orders_min: 3, discount_share_max: 0 },
    margin_floor: 0.12,
    bounces_max: 3,
  };
}

function offersFile(): Fields {
  return {
    offers: {
      free_delivery: { kind: 'free_shipping', depth: 4.5, code: 'SHIPFREE', valid: '48h' },
      ten: { kind: 'percent', depth: 10, code: 'TEN', valid: '7d' },
      twenty: { kind: 'percent', depth: 20, code: 'TWENTY', valid: '7d' },
      twelve_off: { kind: 'amount', depth: 12, code: 'TWELVE', valid: '14d' },
      preview: { kind: 'early_access', valid: '48h' },
      points: { kind: 'points', valid: '7d' },
    },
    budgets: { incentives: { per_day: 1_000_000 } },
  };
}

function placementsFile(): Fields {
  return {
    placements: {
      [BENCH_PLACEMENT]: { channel: 'web' },
      pdp_recommendation: { channel: 'web' },
      cart_banner: { channel: 'web' },
      app_home: { channel: 'app' },
      ads_retarget: { channel: 'ads' },
    },
  };
}

/** The 40 of the home placement: 12 that nearly everybody may see, 28 that ask for something. */
function homeActions(): Fields {
  const at = [BENCH_PLACEMENT];
  const home = (fields: Fields): Fields => action({ channels: ['web'], placements: at, ...fields });
  const actions: Record<string, Fields> = {};
  for (let i = 0; i < 6; i++) {
    actions[`home_popular_${i}`] = home({
      lift: lift(i),
      when: `days_since_seen < ${60 + i}.0`,
    });
  }
  for (let i = 0; i < 3; i++) {
    actions[`home_for_you_${i}`] = home({
      subject: 'category',
      lift: lift(i + 2),
      when: 'category_top != ""',
    });
  }
  for (let i = 0; i < 3; i++) {
    actions[`home_viewed_${i}`] = home({
      subject: 'viewed',
      lift: lift(i + 4),
      when: `viewed_minutes_ago < ${9_000 + i}.0`,
    });
  }
  // One per category: mostly not the customer's.
  for (const name of CATEGORY_NAMES) {
    actions[`home_${name}`] = home({
      subject: 'category',
      lift: lift(5),
      when: `category_top == "${name}" && views_14d > 0.2`,
    });
  }
  for (const [i, offer] of ['free_delivery', 'ten', 'twenty', 'twelve_off'].entries()) {
    const when = `cart_value >= ${60 + 20 * i}.0 && checkouts_1d > 0.3 && !in_checkout`;
    actions[`home_offer_${offer}`] = home({
      offer,
      budget: 'incentives',
      subject: 'cart',
      lift: lift(9),
      when,
    });
  }
  for (const [i, stage] of [
    'prospect',
    'onboarding',
    'active',
    'lapsing',
    'lapsed',
    'loyalist',
    'fading',
  ].entries()) {
    actions[`home_stage_${stage}`] = home({
      stages: [stage],
      promotion: stage !== 'onboarding',
      lift: lift(i),
    });
  }
  for (const [i, tier] of ['silver', 'gold'].entries()) {
    const when = `loyalty_tier == "${tier}" && orders >= ${2 + i}.0`;
    actions[`home_tier_${tier}`] = home({ offer: i === 0 ? 'points' : 'preview', lift: lift(6), when });
  }
  for (let i = 0; i < 4; i++) {
    const when = `category_views_2d >= ${2 + i}.0 && cart_items == 0.0 && !(viewed_category in owned_categories)`;
    actions[`home_hesitation_${i}`] = home({ subject: 'viewed', lift: lift(7), when });
  }
  for (let i = 0; i < 3; i++) {
    const when = `days_since_order >= ${5 * i}.0 && days_since_order < ${5 * i + 5}.0 && refund_share < 0.5`;
    actions[`home_care_${i}`] = home({
      subject: 'ordered',
      promotion: false,
      purpose: 'service',
      lift: lift(0),
      when,
    });
  }
  return actions;
}

/** The other 60: 20 in other placements, 8 for the checkout exit, 32 proactive. */
function elsewhereActions(): Fields {
  const actions: Record<string, Fields> = {};
  for (let i = 0; i < 20; i++) {
    const [channel, placement] = ELSEWHERE[i % ELSEWHERE.length] as readonly [string, string];
    const subject = placement === 'cart_banner' ? 'cart' : 'viewed';
    actions[`${placement}_${i}`] = action({
      channels: [channel],
      placements: [placement],
      subject,
      lift: lift(i),
    });
  }
  const frictions = ['shipping_cost', 'size_unavailable', 'coupon_denied', 'payment_failed'];
  for (let i = 0; i < 8; i++) {
    const friction = frictions[i % 4] as string;
    actions[`checkout_${friction}_${i < 4 ? 'mail' : 'phone'}`] = action({
      channels: i < 4 ? ['email', 'push'] : ['sms', 'whatsapp', 'onsite'],
      triggers: ['checkout_exit'],
      friction: [friction],
      subject: 'cart',
      promotion: friction === 'shipping_cost',
      purpose: friction === 'shipping_cost' ? 'marketing' : 'service',
      ...(friction === 'shipping_cost' ? { offer: 'free_delivery', budget: 'incentives' } : {}),
      lift: lift(10),
    });
  }
  for (let i = 0; i < 32; i++) {
    actions[`outbound_${i}`] = action({
      channels: [['email'], ['email', 'push'], ['email', 'whatsapp'], ['push', 'sms']][i % 4],
      proactive: true,
      subject: ['none', 'viewed', 'cart', 'category'][i % 4],
      when: `days_since_contact > ${i % 7}.0 && messages_14d < ${4 + i}.0 && local_hour >= 0.0`,
      cap: { max: 1, window: `${3 + (i % 20)}d` },
      lift: lift(i % 8),
      ...(i % 8 === 5 ? { send_at: '09:00' } : {}),
    });
  }
  return actions;
}

const ELSEWHERE = [
  ['web', 'pdp_recommendation'],
  ['web', 'cart_banner'],
  ['app', 'app_home'],
  ['ads', 'ads_retarget'],
] as const;

function action(fields: Fields): Fields {
  const subject = fields.subject ?? 'none';
  const offer = fields.offer;
  const title =
    subject === 'none' || subject === 'category'
      ? {}
      : { title: { from: 'subject.title' }, image: { from: 'subject.image', required: false } };
  const category = subject === 'category' ? { category: { from: 'subject.category' } } : {};
  const code =
    offer === undefined || offer === 'preview' || offer === 'points' ? {} : { code: { from: 'offer.code' } };
  const slots = { headline: 'Something for you', button: 'Have a look', ...title, ...category, ...code };
  const text = Object.keys(title).length > 0 ? 'Have a look at {title}.' : 'Have a look at what is new.';
  return {
    title: 'A bench action',
    purpose: 'marketing',
    promotion: true,
    subject,
    ...fields,
    variants: { plain: { template: 'bench.plain', text, slots } },
  };
}

function lift(step: number): Fields {
  return { mean: Math.round(40 + 15 * (step % 12)) / 10_000, sd: 0.004 };
}
