/** What the saved bytes of each format hold. A field added later gets, here, the value that its upgrade gives it. */
import { branded, type CustomerId } from '../../base/brand.ts';
import type { CatalogUpdate } from '../../core/catalog/catalog-columns.ts';
import type { EventFact, Fact, FeedbackFact, RecordHeader } from '../../core/fact/fact.ts';
import { NOT_ENROLLED, NOT_WALKED, type ShardState } from '../../core/ledger/shard-state.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { sampleDecision, sampleEvent, sampleOutcome, sampleProfile } from './sample-values.fixture.ts';

export const GOLDEN_HEADER: RecordHeader = {
  generation: 1,
  epoch: 12,
  batch: 'node-1-18f2',
  at: 1_790_000_000_777,
};

const customer = branded<CustomerId>('Qm9vdHMgYW5kIHNob2VzLg');
const ref = { seq: 120_007, index: 2, choice: 0 };
const at = 1_790_000_123_456;
const reserved = { budget: 'incentives', day: 20_717, discount: 12_995_000, message: 800 };

const profileUpdate: EventFact = {
  ...sampleEvent(17, 'Profile Updated'),
  attributes: [
    { name: 'first_name', value: 'Änne' },
    { name: 'visits', value: 4.5 },
    { name: 'vip', value: true },
    { name: 'likes', value: ['boots', 'tents'] },
    { name: 'birthday', value: undefined },
  ],
};

const consentUpdate: EventFact = {
  ...sampleEvent(19, 'Consent Updated'),
  order: undefined,
  consent: {
    channel: 3,
    purpose: -1,
    granted: true,
    words: { proof: 'https://shop.example/proof/81', form: 'checkout', textVersion: '2026-03' },
  },
};

const consentConfirmed: EventFact = {
  ...sampleEvent(20, 'Consent Confirmed'),
  order: undefined,
  consent: {
    channel: 6,
    purpose: 0,
    granted: true,
    confirms: true,
    waits: [{ channel: 6, ms: 604_800_000 }],
  },
};

const refusal: FeedbackFact = {
  kind: 'feedback',
  customer,
  key: undefined,
  ref: undefined,
  channel: 4,
  idHash: 101_234_567_890_123,
  bodyHash: 3_000_000_001,
  feedback: 'complained',
  at,
  receivedAt: at + 60_000,
  hourOfWeek: 12,
  machine: false,
  link: '',
  value: 0,
  scope: 0,
  id: 'webhook-4711',
};

export function goldenFacts(): Fact[] {
  return [
    { ...sampleEvent(0), zone: '', offsetMin: Number.NaN, friction: 2 },
    {
      ...sampleEvent(15, 'Order Completed'),
      consent: { channel: 3, purpose: 0, granted: true },
      historical: true,
    },
    sampleDecision(),
    {
      ...sampleDecision(3),
      dispatch: true,
      heldOut: true,
      mixed: false,
      fallback: true,
      requestId: '',
      cause: 'checkout-exit',
      trigger: 0,
      choices: sampleDecision(3).choices.map((choice) => ({
        ...choice,
        offer: {
          offer: 'ten-percent',
          kind: 'percent',
          depth: 10,
          code: 'SPRING10',
          until: at + 86_400_000,
          reserved,
        },
        reason: 26,
        at: at + 3_600_000,
      })),
    },
    { kind: 'handed', customer, ref, attempt: 2, at },
    {
      kind: 'delivery',
      customer,
      ref,
      state: 'rejected',
      retryable: true,
      retryAt: at + 15_000,
      reason: '',
      at,
    },
    { kind: 'withdraw', customer, ref, reason: 34, at },
    {
      kind: 'feedback',
      customer,
      key: undefined,
      ref,
      channel: 3,
      idHash: 201_234_567_890_123,
      bodyHash: 4_000_000_001,
      feedback: 'clicked',
      at,
      receivedAt: at + 1_250,
      hourOfWeek: 167,
      machine: true,
      link: 'https://shop.example/boots?größe=42',
      value: 12.345,
      scope: -1,
    },
    { kind: 'plan-dropped', customer, plan: '2ku7-2-0', reason: 31, at },
    { kind: 'timer', customer, op: 'set', timer: 0, key: 'checkout-exit', due: at + 1_200_000 },
    { kind: 'timer', customer, op: 'cancel', timer: 1, key: '2ku7-2-0', due: 0 },
    { kind: 'timer-fired', customer, timer: 0, key: 'checkout-exit', due: at, at: at + 21 },
    { kind: 'triggered', customer, trigger: 'checkout-exit', friction: 1, at },
    sampleOutcome(),
    {
      kind: 'adopted',
      edition: 'model',
      version: 'shop-2',
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      at,
    },
    { kind: 'fence', node: 'node-1', at },
    { kind: 'readdressed', customer, channels: 0b1001000, at },
    { ...sampleEvent(16, 'Order Completed'), subscription: { id: 'sub-4711', isRenewal: true } },
    { kind: 'withdraw', customer, ref, reason: 40, at, note: 'channel, anna: broken template' },
    { kind: 'adopted', edition: 'pauses', version: '3@9f86d081884c', sha256: '', at },
    {
      kind: 'handed',
      customer,
      ref,
      attempt: 3,
      at: at + 60_000,
      sent: {
        catalogSequence: 812,
        templateId: 'news.price',
        slotNames: ['price', 'stock'],
        slotValues: ['99,50 €', ''],
        rendered: 'Jetzt 99,50 €.',
      },
    },
    profileUpdate,
    consentUpdate,
    consentConfirmed,
    refusal,
    { ...sampleEvent(18, 'Support Case Opened'), order: undefined, supportCase: 'C-4711' },
  ];
}

/** The sample, of whom the shop has told something, and whose consent has proofs. */
export function goldenProfile(): Profile {
  const profile = sampleProfile();
  for (const fact of [profileUpdate, consentUpdate, consentConfirmed, refusal])
    fold(profile, fact, profile.seq + 1, 0);
  return profile;
}

export function goldenCatalog(): CatalogUpdate[] {
  return [
    {
      productId: 'sku-103',
      title: 'Wanderstiefel Fjell',
      category: 'boots',
      brand: 'Fjell',
      price: 129.95,
      margin: 41.5,
      url: 'https://shop.example/sku-103',
      image: 'https://img.example/sku-103.webp',
      variants: [
        { size: '42', stock: 3 },
        { size: '43', stock: 0 },
        { size: '44', stock: undefined },
      ],
      substitutes: ['sku-104'],
    },
    {
      productId: 'sku-104',
      title: undefined,
      category: 'boots',
      brand: undefined,
      price: 99.5,
      margin: undefined,
      url: undefined,
      image: undefined,
      variants: [],
      substitutes: [],
    },
  ];
}

export function goldenShardState(): ShardState {
  const choice = sampleDecision(3).choices[0];
  if (choice === undefined) throw new Error('the sample decision chooses something');
  return {
    enrolment: NOT_ENROLLED,
    audienceWalk: NOT_WALKED,
    epoch: 12,
    policy: 'starter-12',
    model: 'shop-1',
    pauses: '',
    generations: [{ generation: 1, from: 1 }],
    revisions: [{ revision: 1, from: 2 }],
    outbox: [{ customer, ref, choice, attempt: 1, nextAt: 0, handedAt: at }],
    budgets: {
      loans: [],
      days: [{ budget: 'incentives', day: 20_717, drawn: 25_991_600 }],
      open: [{ customer, ref, reserved, decidedAt: at, until: at + 604_800_000, ordered: true, back: false }],
    },
  };
}
