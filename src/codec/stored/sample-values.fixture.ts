/** Values as a simulated shop makes them, for benches and the saved golden bytes: fixed, no chance in them. */
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import {
  CandidateColumns,
  NOTHING,
  ROW_CHOSEN,
  ROW_REMOVED,
  ROW_SCORED,
} from '../../core/decide/candidate-columns.ts';
import type { DecisionFact, EventFact, OutcomeCandidate, OutcomeFact } from '../../core/fact/fact.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { reasonCode } from '../../core/reason.ts';

const CUSTOMER = branded<CustomerId>('Qm9vdHMgYW5kIHNob2VzLg');
const KEY = branded<IdentifierKey>(
  'email_sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
);
const START = 1_790_000_000_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const FEATURES = 40;
const REMOVED = 88;
const SCORED = 12;

export function sampleEvent(step: number, name = 'Product Viewed'): EventFact {
  const at = START + step * 97_000;
  const ordered = name === 'Order Completed';
  return {
    kind: 'event',
    customer: CUSTOMER,
    key: KEY,
    identifiers: step === 0 ? [{ kind: 'email_sha256', value: KEY.slice(13), origin: KEY }] : [],
    source: 'web',
    id: `evt-${(step * 7919).toString(36)}-${step}`,
    idHash: (step * 2_654_435_761 * 1_013) % 2 ** 48,
    bodyHash: (step * 40_503) % 2 ** 32,
    name,
    at,
    receivedAt: at + 41,
    zone: 'Europe/Berlin',
    offsetMin: 120,
    locale: 'de-DE',
    hourOfWeek: 19 + Math.floor(step / 8) * 24,
    channel: 0,
    sessionId: `s-${Math.floor(step / 8)}`,
    historical: false,
    currency: '',
    rate: 1,
    products: [
      {
        productId: `sku-${100 + (step % 7)}`,
        category: ['boots', 'jackets', 'shirts'][step % 3] as string,
        brand: ['Nord', 'Fjell'][step % 2] as string,
        size: '42',
        variant: '',
        price: 89.95 + (step % 7),
        quantity: 1,
        margin: 31.48,
      },
    ],
    order: ordered
      ? { orderId: `o-${1000 + step}`, revenue: 94.9, discount: 0, coupon: '', refundId: '' }
      : undefined,
    consent: undefined,
    friction: -1,
  };
}

/** 100 actions proposed: 88 removed by conditions and guardrails, 12 scored with one row of 40 features, plus "nothing". */
export function sampleDecision(step = 0): DecisionFact {
  const at = START + step * 97_000 + 500;
  return {
    kind: 'decision',
    customer: CUSTOMER,
    key: KEY,
    at,
    zone: '',
    offsetMin: 120,
    offsets: [],
    profileVersion: 37 + step,
    requestId: `0198a3c2-7e51-7c2b-9d44-5a1b2c3d${(4096 + step).toString(16)}`,
    requestHash: 123_456_789_012 + step,
    bodyHash: 987_654_321,
    cause: '',
    trigger: -1,
    dispatch: false,
    seedA: 3_735_928_559,
    seedB: 195_948_557,
    heldOut: false,
    mixed: false,
    policy: 'starter-12',
    model: 'shop-1',
    head: 'head-3',
    catalogSequence: 4_711,
    fallback: false,
    contextChannel: 0,
    friction: 0,
    locale: 'en-GB',
    device: 'mobile',
    placements: ['home_hero'],
    alternativesMax: 3,
    outcomeDue: [at + 7 * DAY],
    clickMs: DAY,
    purchaseMs: 7 * DAY,
    choices: [
      {
        placement: 'home_hero',
        kind: 'treatment',
        row: 95,
        action: 'recover-cart-web',
        variant: 'plain',
        channel: 0,
        promotion: true,
        product: 'sku-103',
        category: 'boots',
        offer: undefined,
        content: {
          templateId: 'recover-cart',
          locale: 'de-DE',
          slotNames: ['title', 'product'],
          slotValues: ['Dein Warenkorb wartet', 'Wanderstiefel Fjell'],
          productIds: ['sku-103'],
          rendered: '',
        },
        propensity: 0.412345678901234,
        expectedValue: Math.fround(3.1234),
        reason: 0,
        notAfter: at + DAY,
        at: 0,
      },
    ],
    record: {
      columns: sampleColumns(),
      scoreRows: 1,
      features: Float32Array.from({ length: FEATURES }, (_, i) => Math.sin(i + step)),
      logits: Float32Array.of(-2.25, -1.5, -5.125),
      scoreChannel: Uint8Array.of(0),
      budgetUsed: new Float64Array(0),
      rowP0: Float32Array.of(0.0953),
      rowReach: Float32Array.of(0.5),
      unserved: 0,
      failing: 0,
    },
  };
}

const REASON_CYCLE = [
  'CONDITION_FALSE',
  'CONDITION_FALSE',
  'CONDITION_FALSE',
  'CAP_ACTION',
  'STAGE_MISMATCH',
] as const;

function sampleColumns(): CandidateColumns {
  const columns = new CandidateColumns(1 + REMOVED + SCORED);
  columns.count = columns.capacity;
  for (let row = 0; row < columns.count; row++) {
    const nothing = row === 0;
    columns.action[row] = nothing ? NOTHING : row - 1;
    columns.proposer[row] = nothing ? 4 : 0;
    columns.variant[row] = row % 9 === 4 ? 1 : 0;
    columns.scoreRow[row] = -1;
    if (row > 0 && row % 8 !== 7 && row <= REMOVED + 11) {
      columns.stage[row] = ROW_REMOVED;
      const reason = REASON_CYCLE[(row >> 2) % REASON_CYCLE.length] ?? 'CONDITION_FALSE';
      columns.reason[row] = reasonCode(reason);
      if (reason === 'CAP_ACTION') {
        columns.value[row] = 3;
        columns.limit[row] = 3;
      }
      continue;
    }
    fillTerms(columns, row, nothing);
  }
  columns.stage[95] = ROW_CHOSEN;
  return columns;
}

function fillTerms(columns: CandidateColumns, row: number, nothing: boolean): void {
  columns.stage[row] = ROW_SCORED;
  columns.scoreRow[row] = 0;
  columns.propensity[row] = 1 / (3 + row);
  if (nothing) return;
  columns.product[row] = `sku-${100 + (row % 5)}`;
  columns.p0[row] = 0.0953;
  columns.tau[row] = 0.01 + row / 1000;
  columns.tauSd[row] = 0.004 + row / 10_000;
  columns.margin[row] = 31.48 + (row % 5);
  columns.margin0[row] = 28.5;
  columns.discount[row] = row % 4 === 0 ? 8.99 : 0;
  columns.engage[row] = 0.182;
  columns.engageValue[row] = 0.05;
  columns.unsubscribe[row] = 0.0059;
  columns.unsubscribeCost[row] = 0.31;
  columns.channelCost[row] = 0.002;
  columns.ev[row] = 1.5 + row / 64;
  columns.evSd[row] = 0.4 + row / 256;
}

function sampleCandidate(action: string, channel: number): OutcomeCandidate {
  const term = (value: number): number => (channel < 0 ? 0 : Math.fround(value + channel / 64));
  return {
    action,
    variant: channel < 0 ? '' : 'plain',
    channel,
    propensity: channel === 0 ? 0.412345678901234 : 0.293827160549383,
    reach: term(0.5),
    tau: term(0.01),
    tauSd: term(0.004),
    margin: term(31.5),
    discount: 0,
    margin0: term(31.5),
    engage: term(0.12),
    engageValue: 0,
    unsubscribe: 0,
    unsubscribeCost: 0,
    channelCost: term(0.002),
  };
}

export function sampleOutcome(): OutcomeFact {
  return {
    kind: 'outcome',
    customer: CUSTOMER,
    ref: { seq: 120_001, index: 3, choice: 0 },
    stage: 'purchase',
    choice: 'treatment',
    dispatched: false,
    alone: true,
    model: 'shop-1',
    candidates: [sampleCandidate('', -1), sampleCandidate('recover-cart-web', 0), sampleCandidate('wait', 2)],
    decidedAt: START,
    at: START + 7 * DAY,
    action: 'recover-cart-web',
    variant: 'plain',
    channel: 0,
    propensity: 0.412345678901234,
    heldOut: false,
    mixed: false,
    policy: 'starter-12',
    features: Float32Array.from({ length: FEATURES }, (_, i) => Math.cos(i)),
    p0: 0.0953,
    engaged: true,
    unsubscribed: false,
    orders: 1,
    reward: 31.478,
    truncated: false,
  };
}

/** A customer as the fold leaves them after `steps` events in sessions of eight: by default three, with four decisions and an order. */
export function sampleProfile(steps = 24): Profile {
  const profile = emptyProfile(CUSTOMER, KEY);
  let seq = 120_000;
  for (let step = 0; step < steps; step++) {
    // Sessions lie days apart, so ids of the earlier ones are forgotten.
    const gap = Math.floor(step / 8) * 3 * DAY;
    const event = sampleEvent(
      step,
      step === 15 ? 'Order Completed' : step % 6 === 5 ? 'Product Added' : 'Product Viewed',
    );
    fold(profile, { ...event, at: event.at + gap, receivedAt: event.receivedAt + gap }, ++seq, 0);
    if (step % 5 !== 4) continue;
    const decision = sampleDecision(step);
    const at = decision.at + gap;
    const choices = decision.choices.map((choice) => ({ ...choice, notAfter: at + DAY }));
    fold(profile, { ...decision, at, choices, outcomeDue: [at + 7 * DAY] }, ++seq, 0);
    const ref = { seq, index: 0, choice: 0 };
    const hourOfWeek = 19 + Math.floor(step / 8) * 24;
    fold(
      profile,
      {
        kind: 'feedback',
        customer: CUSTOMER,
        key: undefined,
        ref,
        channel: 0,
        idHash: 777 + step,
        bodyHash: 5 + step,
        feedback: 'shown',
        at: at + 900,
        receivedAt: at + MINUTE / 60,
        hourOfWeek,
        machine: false,
        link: '',
        value: 0,
        scope: -1,
      },
      ++seq,
      0,
    );
  }
  return profile;
}
