// Long because every kind of fact is drawn here, which is read as one page.
/** Facts of every kind as fast-check values, odd ones included: for properties over stored bytes and whatever folds them. */
import fc from 'fast-check';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { CandidateColumns, NOTHING, ROW_CHOSEN, ROW_SCORED } from '../../core/decide/candidate-columns.ts';
import {
  type AbsorbedProfile,
  CHOICE_KINDS,
  type Choice,
  type ChoiceRef,
  CLAIM_ENDS,
  DELIVERY_STATES,
  type DecisionFact,
  type DecisionRecord,
  type EventFact,
  type Fact,
  type FactAttribute,
  FEEDBACK_KINDS,
  type HandedFact,
  OUTCOME_STAGES,
  type OutcomeCandidate,
  type OutcomeFact,
  type RecordHeader,
  type Reservation,
  type SentContent,
} from '../../core/fact/fact.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';

/** A record with the prototype that literals have, so that strict equality can hold. */
export function plain<T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model as { [K in keyof T]: fc.Arbitrary<T[K]> }, {
    noNullPrototype: true,
  }) as fc.Arbitrary<T>;
}

const ID_CHARS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export const arbCustomerId: fc.Arbitrary<CustomerId> = fc
  .string({ unit: fc.constantFrom(...ID_CHARS), minLength: 22, maxLength: 22 })
  .map((id) => branded<CustomerId>(id));

export const arbHex: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'),
  maxLength: 64,
});

/** One character is another one, so that a form for special texts does not quite fit. */
function nearly(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.nat(), fc.constantFrom('G', '-', 'F', '/', ':', '`', 'g', '\u00e9', '\u1234'))
    .map(([whole, place, other]) => {
      const at = place % (whole.length + 1);
      return whole.slice(0, at) + other + whole.slice(at + 1);
    });
}

/** Short and long, ASCII and not, ids, and strings that are no valid Unicode. */
export const arbText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 12 }) },
  fc.string({ minLength: 60, maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
    .map((codes) => String.fromCharCode(...codes)),
  arbHex,
  fc.uuid(),
  nearly(arbHex),
  nearly(fc.uuid()),
);

export const arbKey: fc.Arbitrary<IdentifierKey> = fc.oneof(
  fc
    .tuple(fc.constantFrom('email_sha256', 'anonymous', 'crm'), arbText)
    .map(([kind, value]) => branded<IdentifierKey>(`${kind}:${value}`)),
  arbText.map((key) => branded<IdentifierKey>(key)),
);

/** Whole, fractional, float32, huge, NaN, infinite, −0. */
export const arbNumber: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -70, max: 70 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1_500_000_000_000, max: 2_000_000_000_000 }) },
  fc.double(),
  fc.float(),
  fc.maxSafeInteger(),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100),
  fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    2 ** 51,
    -(2 ** 51),
    2 ** 51 + 1,
    2 ** 60,
  ),
);

const arbU8 = fc.integer({ min: 0, max: 255 });
const arbFloats = (length: number) =>
  fc.array(fc.float(), { minLength: length, maxLength: length }).map((floats) => Float32Array.from(floats));

export const arbChoiceRef: fc.Arbitrary<ChoiceRef> = plain({
  seq: arbNumber,
  index: arbNumber,
  choice: arbNumber,
});

const arbOfCase: fc.Arbitrary<Pick<EventFact, 'supportCase'>> = fc.oneof(
  fc.constant({}),
  plain({ supportCase: arbText }),
);
const arbOfSubscription: fc.Arbitrary<Pick<EventFact, 'subscription'>> = fc.oneof(
  fc.constant({}),
  plain({ subscription: plain({ id: arbText, isRenewal: fc.boolean() }) }),
);

export const arbAttribute: fc.Arbitrary<FactAttribute> = plain<FactAttribute>({
  name: fc.oneof(fc.constantFrom('tier', 'birthday'), arbText),
  value: fc.oneof(
    ...[fc.constant(undefined), arbText, arbNumber, fc.boolean()],
    fc.array(arbText, { maxLength: 3 }),
  ),
});
const arbOfProfile: fc.Arbitrary<Pick<EventFact, 'attributes'>> = fc.oneof(
  fc.constant({}),
  plain({ attributes: fc.array(arbAttribute, { maxLength: 3 }) }),
);

const arbOwnEventFact: fc.Arbitrary<EventFact> = plain({
  kind: fc.constant('event' as const),
  customer: arbCustomerId,
  key: arbKey,
  identifiers: fc.array(plain({ kind: arbText, value: arbText, origin: arbText }), { maxLength: 3 }),
  source: arbText,
  id: arbText,
  idHash: arbNumber,
  bodyHash: arbNumber,
  name: arbText,
  at: arbNumber,
  receivedAt: arbNumber,
  zone: arbText,
  offsetMin: arbNumber,
  locale: arbText,
  hourOfWeek: arbNumber,
  channel: arbNumber,
  sessionId: arbText,
  historical: fc.boolean(),
  currency: fc.oneof(fc.constant(''), arbText),
  rate: fc.oneof(fc.constant(1), arbNumber),
  products: fc.array(
    plain({
      productId: arbText,
      category: arbText,
      brand: arbText,
      size: arbText,
      variant: arbText,
      price: arbNumber,
      quantity: arbNumber,
      margin: arbNumber,
    }),
    { maxLength: 4 },
  ),
  order: fc.option(
    fc
      .tuple(
        plain({
          ...{
            orderId: arbText,
            revenue: arbNumber,
            discount: arbNumber,
            coupon: arbText,
            refundId: arbText,
          },
        }),
        fc.boolean(),
      )
      .map(([order, isEmptied]) => ({ ...order, ...(isEmptied && { isEmptied: true as const }) })),
    { nil: undefined },
  ),
  consent: fc.option(
    fc
      .tuple(
        plain({ channel: arbNumber, purpose: arbNumber, granted: fc.boolean() }),
        fc.option(plain({ proof: arbText, form: arbText, textVersion: arbText }), { nil: undefined }),
        fc.constantFrom(undefined, true as const),
        fc.option(fc.array(plain({ channel: arbNumber, ms: arbNumber }), { maxLength: 3 }), {
          nil: undefined,
        }),
      )
      .map(([consent, words, confirms, waits]) => ({
        ...consent,
        ...(words && { words }),
        ...(confirms && { confirms }),
        ...(waits && { waits }),
      })),
    { nil: undefined },
  ),
  friction: arbNumber,
})
  .chain((fact) => arbOfSubscription.map((of) => (fact.consent === undefined ? { ...fact, ...of } : fact)))
  .chain((fact) => arbOfProfile.map((of) => (fact.order === undefined ? { ...fact, ...of } : fact)))
  .chain((fact) => arbOfCase.map((of) => (fact.order === undefined ? { ...fact, ...of } : fact)));

export const arbReservation: fc.Arbitrary<Reservation> = plain({
  budget: arbText.filter((id) => id !== ''),
  day: arbNumber,
  discount: arbNumber,
  message: arbNumber,
});

/** One in some was met by another key than the customer's own. */
export const arbEventFact: fc.Arbitrary<EventFact> = fc
  .tuple(arbOwnEventFact, fc.option(arbKey, { nil: undefined }))
  .map(([fact, origin]) => (origin === undefined ? fact : { ...fact, origin }));
const arbOffer = plain({
  offer: arbText,
  kind: arbText,
  depth: arbNumber,
  code: arbText,
  until: arbNumber,
  reserved: fc.option(arbReservation, { nil: undefined }),
});
const arbTexts = fc.array(arbText, { maxLength: 3 });
const arbContent = plain({
  templateId: arbText,
  locale: arbText,
  slotNames: arbTexts,
  slotValues: arbTexts,
  productIds: arbTexts,
  rendered: arbText,
});

const arbPlainChoice: fc.Arbitrary<Choice> = plain({
  placement: arbText,
  kind: fc.constantFrom(...CHOICE_KINDS),
  row: arbNumber,
  action: arbText,
  variant: arbText,
  channel: arbNumber,
  promotion: fc.boolean(),
  product: arbText,
  category: arbText,
  offer: fc.option(arbOffer, { nil: undefined }),
  content: fc.option(arbContent, { nil: undefined }),
  propensity: arbNumber,
  expectedValue: arbNumber,
  reason: arbNumber,
  notAfter: arbNumber,
  at: arbNumber,
});

const arbEntered = plain({ name: arbText, kinds: arbTexts, version: arbNumber });
const arbLeft = fc
  .tuple(arbEntered, arbCustomerId, arbNumber)
  .map(([entered, member, reason]) => ({ ...entered, left: { member, reason } }));

export const arbChoice: fc.Arbitrary<Choice> = fc
  .tuple(arbPlainChoice, fc.boolean(), fc.boolean(), fc.oneof(fc.constant(undefined), arbEntered, arbLeft))
  .map(([choice, once, apart, audience]) => {
    if (choice.kind !== 'treatment') return choice;
    // Stored in place of a reason, which a treatment has none of.
    const isMarked = apart || audience !== undefined || (choice.reason <= -1 && choice.reason >= -3);
    const { reason } = isMarked ? { reason: 0 } : choice;
    return {
      ...{ ...choice, reason },
      ...(once && { once }),
      ...(apart && { apart }),
      ...(audience && { audience }),
    };
  });

const FLOAT_COLUMNS = [
  'p0',
  'tau',
  'tauSd',
  'margin',
  'discount',
  'margin0',
  'engage',
  'engageValue',
  'unsubscribe',
  'unsubscribeCost',
  'channelCost',
  'ev',
  'evSd',
] as const;

/** What a row refers to: conditions by number, near misses of their names, and texts of which some come twice. */
const arbRef = fc.oneof(
  fc.constantFrom('', '', 'sku-1', 'active'),
  fc.integer({ min: 0, max: 12 }).map((number) => `#${number}`),
  fc.integer({ min: 9_990, max: 10_010 }).map((number) => `#${number}`),
  fc.constantFrom('#', '#07', '#00', '#1a', '#-1'),
  arbText,
);
/** Neighbours often agree. */
const arbCompared = fc.oneof(fc.constantFrom(0, -0, 3, Number.NaN), arbNumber);

const arbRow = plain({
  placement: fc.oneof(fc.constant(0), arbU8),
  action: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(NOTHING, NOTHING - 1, 0)),
  variant: fc.oneof(fc.constant(0), arbU8),
  channel: fc.oneof(fc.integer({ min: 0, max: 8 }), arbU8),
  proposer: fc.integer({ min: 0, max: 4 }),
  stage: fc.integer({ min: 0, max: 3 }),
  reason: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
  value: arbCompared,
  limit: arbCompared,
  ref: arbRef,
  product: fc.oneof(fc.constant(''), fc.constant('sku-1'), arbText),
  scoreRow: fc.integer({ min: -1, max: 32767 }),
  terms: fc.array(fc.oneof(fc.constant(0.5), fc.float()), {
    minLength: FLOAT_COLUMNS.length,
    maxLength: FLOAT_COLUMNS.length,
  }),
  propensity: arbNumber,
});

/** Only what a record keeps is filled, as decoding leaves the rest. */
export const arbColumns: fc.Arbitrary<CandidateColumns> = fc.array(arbRow, { maxLength: 30 }).map((rows) => {
  const columns = new CandidateColumns(rows.length);
  columns.count = rows.length;
  for (const [at, row] of rows.entries()) {
    for (const name of ['placement', 'action', 'variant', 'channel', 'proposer', 'stage', 'reason'] as const)
      columns[name][at] = row[name];
    columns.ref[at] = row.ref;
    columns.product[at] = row.product;
    columns.scoreRow[at] = -1;
    if (row.reason !== 0) {
      columns.value[at] = row.value;
      columns.limit[at] = row.limit;
    }
    if (row.stage < ROW_SCORED) continue;
    columns.scoreRow[at] = row.scoreRow;
    columns.propensity[at] = row.propensity;
    for (const [term, name] of FLOAT_COLUMNS.entries()) columns[name][at] = row.terms[term] ?? 0;
  }
  return columns;
});

export const arbDecisionRecord: fc.Arbitrary<DecisionRecord> = fc
  .integer({ min: 0, max: 3 })
  .chain((scoreRows) =>
    plain({
      columns: arbColumns,
      scoreRows: fc.constant(scoreRows),
      features: arbFloats(scoreRows * 5),
      logits: arbFloats(scoreRows * 3),
      scoreChannel: fc.uint8Array({ minLength: scoreRows, maxLength: scoreRows }),
      unserved: fc.nat({ max: 0x7fff }),
      failing: fc.nat({ max: 0x7fff }),
      // Up to the last budget that was asked for.
      budgetUsed: fc
        .array(fc.integer({ min: 1, max: 1e12 }), { maxLength: 3 })
        .map((used) => Float64Array.from([...used])),
      rowP0: arbFloats(scoreRows),
      rowReach: arbFloats(scoreRows),
    }),
  );

const arbUnrelated: fc.Arbitrary<DecisionFact> = plain({
  kind: fc.constant('decision' as const),
  customer: arbCustomerId,
  key: arbKey,
  at: arbNumber,
  zone: arbText,
  offsetMin: arbNumber,
  offsets: fc.array(fc.tuple(arbNumber, arbNumber), { maxLength: 2 }).map((pairs) => pairs.flat()),
  profileVersion: arbNumber,
  requestId: arbText,
  requestHash: arbNumber,
  bodyHash: arbNumber,
  cause: arbText,
  trigger: arbNumber,
  dispatch: fc.boolean(),
  seedA: arbNumber,
  seedB: arbNumber,
  heldOut: fc.boolean(),
  mixed: fc.boolean(),
  policy: arbText,
  model: arbText,
  head: arbText,
  catalogSequence: arbNumber,
  fallback: fc.boolean(),
  contextChannel: arbNumber,
  friction: arbNumber,
  locale: arbText,
  device: arbText,
  placements: arbTexts,
  alternativesMax: arbNumber,
  outcomeDue: fc.array(arbNumber, { maxLength: 3 }),
  clickMs: arbNumber,
  purchaseMs: arbNumber,
  choices: fc.array(arbChoice, { maxLength: 3 }),
  record: arbDecisionRecord,
});

/** As decisions are made: a choice a placement, that says what its row says. */
function related(fact: DecisionFact): DecisionFact {
  const { columns } = fact.record;
  const choices = fact.choices.map((choice, at): Choice => {
    const row = columns.stage.indexOf(ROW_CHOSEN, at);
    const { content } = choice;
    return {
      ...choice,
      placement: fact.placements[at] ?? '',
      row,
      product: columns.product[row] ?? '',
      propensity: columns.propensity[row] ?? 0,
      content: content && { ...content, locale: fact.locale, productIds: [columns.product[row] ?? ''] },
    };
  });
  return { ...fact, outcomeDue: fact.outcomeDue.map(() => fact.at + fact.purchaseMs), choices };
}

export const arbDecisionFact: fc.Arbitrary<DecisionFact> = fc
  .tuple(arbUnrelated, fc.boolean(), fc.boolean())
  .map(([fact, asMade, isProvisional]) => ({
    ...(asMade ? related(fact) : fact),
    ...(isProvisional && { provisional: true as const }),
  }));

const arbFloat = fc.float();

const arbOutcomeCandidate: fc.Arbitrary<OutcomeCandidate> = plain({
  action: arbText,
  variant: arbText,
  channel: arbNumber,
  propensity: arbNumber,
  reach: arbFloat,
  tau: arbFloat,
  tauSd: arbFloat,
  margin: arbFloat,
  discount: arbFloat,
  margin0: arbFloat,
  engage: arbFloat,
  engageValue: arbFloat,
  unsubscribe: arbFloat,
  unsubscribeCost: arbFloat,
  channelCost: arbFloat,
});

export const arbOutcomeFact: fc.Arbitrary<OutcomeFact> = plain({
  kind: fc.constant('outcome' as const),
  customer: arbCustomerId,
  ref: arbChoiceRef,
  stage: fc.constantFrom(...OUTCOME_STAGES),
  choice: fc.constantFrom(...CHOICE_KINDS),
  dispatched: fc.boolean(),
  alone: fc.boolean(),
  model: arbText,
  candidates: fc.array(arbOutcomeCandidate, { maxLength: 4 }),
  decidedAt: arbNumber,
  at: arbNumber,
  action: arbText,
  variant: arbText,
  channel: arbNumber,
  propensity: arbNumber,
  heldOut: fc.boolean(),
  mixed: fc.boolean(),
  policy: arbText,
  features: fc.integer({ min: 0, max: 40 }).chain(arbFloats),
  p0: arbNumber,
  engaged: fc.boolean(),
  unsubscribed: fc.boolean(),
  orders: arbNumber,
  reward: arbNumber,
  truncated: fc.boolean(),
});

const arbBytes: fc.Arbitrary<Uint8Array> = fc
  .uint8Array({ maxLength: 12 })
  .map((bytes) => new Uint8Array(bytes));

/** Profiles are in arbitrary-profile.fixture.ts, which is made of this file. */
const arbNobody: fc.Arbitrary<AbsorbedProfile> = fc
  .tuple(arbCustomerId, arbKey)
  .map(([id, key]) => emptyProfile(id, key));

const arbSentContent: fc.Arbitrary<SentContent> = plain({
  catalogSequence: arbNumber,
  templateId: arbText,
  slotNames: arbTexts,
  slotValues: arbTexts,
  rendered: fc.option(arbText, { nil: undefined }),
});

const arbHandedFact: fc.Arbitrary<HandedFact> = fc
  .tuple(
    plain({
      kind: fc.constant('handed' as const),
      customer: arbCustomerId,
      ref: arbChoiceRef,
      attempt: arbNumber,
      at: arbNumber,
    }),
    fc.option(arbSentContent, { nil: undefined }),
  )
  .map(([handed, sent]) => (sent === undefined ? handed : { ...handed, sent }));

const arbSilenced = {
  kind: fc.constant('silenced' as const),
  customer: arbCustomerId,
  key: arbKey,
  since: arbNumber,
  at: arbNumber,
};

/** One arbitrary for every kind of fact. */
export const arbFactByKind: { readonly [K in Fact['kind']]: fc.Arbitrary<Extract<Fact, { kind: K }>> } = {
  event: arbEventFact,
  decision: arbDecisionFact,
  outcome: arbOutcomeFact,
  'absorb-begin': plain({
    kind: fc.constant('absorb-begin' as const),
    customer: arbCustomerId,
    claimed: arbKey,
    via: fc.oneof(fc.constant('' as const), arbKey),
    explicit: fc.oneof(fc.constant(''), arbText),
    at: arbNumber,
  }).chain((fact) =>
    fc.constantFrom(fact, { ...fact, link: { seq: 7, index: 2 }, isDeclared: true as const }),
  ),
  'absorb-out': plain({
    kind: fc.constant('absorb-out' as const),
    customer: arbCustomerId,
    key: arbKey,
    to: arbKey,
    claim: arbNumber,
    estate: arbBytes,
    at: arbNumber,
  }),
  // One that takes somebody in is in estate-codec.test.ts: profiles are made of facts.
  'absorb-in': plain({
    kind: fc.constant('absorb-in' as const),
    customer: arbCustomerId,
    claimed: arbKey,
    end: fc.constantFrom(...CLAIM_ENDS),
    state: fc.constant(undefined),
    dispatches: fc.constant([]),
    isPerson: fc.boolean(),
    mixed: fc.boolean(),
    at: arbNumber,
  }),
  linked: plain({
    kind: fc.constant('linked' as const),
    customer: arbCustomerId,
    key: arbKey,
    identifiers: fc.array(arbKey, { maxLength: 3 }),
    by: arbText,
    reason: arbText,
    at: arbNumber,
  }),
  unlinked: plain({
    kind: fc.constant('unlinked' as const),
    customer: arbCustomerId,
    link: plain({ seq: arbNumber, index: arbNumber }),
    own: arbNobody,
    parted: fc.array(plain({ key: arbKey, claim: arbNumber, estate: arbBytes }), { maxLength: 2 }),
    given: fc.array(arbChoiceRef, { maxLength: 2 }),
    by: arbText,
    reason: arbText,
    at: arbNumber,
  }),
  restored: plain({
    kind: fc.constant('restored' as const),
    customer: arbCustomerId,
    key: arbKey,
    from: arbCustomerId,
    state: arbNobody,
    dispatches: fc.constant([]),
    at: arbNumber,
  }),
  parted: plain({
    kind: fc.constant('parted' as const),
    customer: arbCustomerId,
    key: arbKey,
    at: arbNumber,
  }),
  'audience-left': fc
    .tuple(
      plain({
        kind: fc.constant('audience-left' as const),
        customer: arbCustomerId,
        level: arbLeft,
        ref: arbChoiceRef,
        action: arbText,
        channel: arbNumber,
        at: arbNumber,
      }),
      fc.option(arbText, { nil: undefined }),
    )
    .map(([fact, note]) => (note === undefined ? fact : { ...fact, note })),
  redirected: plain({
    kind: fc.constant('redirected' as const),
    customer: arbCustomerId,
    to: arbKey,
    at: arbNumber,
  }),
  provisional: plain({
    kind: fc.constant('provisional' as const),
    customer: arbCustomerId,
    key: arbKey,
    to: arbCustomerId,
    at: arbNumber,
    until: arbNumber,
  }),
  'token-spent': plain({
    kind: fc.constant('token-spent' as const),
    customer: arbCustomerId,
    ref: arbChoiceRef,
    browser: arbNumber,
    at: arbNumber,
  }),
  'key-released': plain({
    kind: fc.constant('key-released' as const),
    customer: arbCustomerId,
    released: arbKey,
    at: arbNumber,
  }),
  'device-seen': fc
    .tuple(
      plain({
        kind: fc.constant('device-seen' as const),
        customer: arbCustomerId,
        device: arbKey,
        seenAt: arbNumber,
        by: arbNumber,
        at: arbNumber,
      }),
      fc.option(arbKey, { nil: undefined }),
    )
    .map(([fact, origin]) => (origin === undefined ? fact : { ...fact, origin })),
  'device-moved': fc
    .tuple(
      plain({
        kind: fc.constant('device-moved' as const),
        customer: arbCustomerId,
        key: arbKey,
        to: arbCustomerId,
        claim: arbNumber,
        seenAt: arbNumber,
        by: arbNumber,
        at: arbNumber,
      }),
      fc.boolean(),
    )
    .map(([fact, forgets]) => (forgets ? { ...fact, forgets: true as const } : fact)),
  handed: arbHandedFact,
  delivery: plain({
    kind: fc.constant('delivery' as const),
    customer: arbCustomerId,
    ref: arbChoiceRef,
    state: fc.constantFrom(...DELIVERY_STATES),
    retryable: fc.boolean(),
    retryAt: arbNumber,
    reason: arbText,
    at: arbNumber,
  }),
  withdraw: fc
    .tuple(
      plain({
        kind: fc.constant('withdraw' as const),
        customer: arbCustomerId,
        ref: arbChoiceRef,
        reason: arbNumber,
        at: arbNumber,
      }),
      fc.oneof(fc.constant({}), plain({ note: arbText })),
    )
    .map(([said, more]) => ({ ...said, ...more })),
  readdressed: plain({
    kind: fc.constant('readdressed' as const),
    customer: arbCustomerId,
    channels: fc.nat({ max: 0x7ff }),
    at: arbNumber,
  }),
  feedback: plain({
    kind: fc.constant('feedback' as const),
    customer: arbCustomerId,
    key: fc.option(arbKey, { nil: undefined }),
    ref: fc.option(arbChoiceRef, { nil: undefined }),
    channel: arbNumber,
    idHash: arbNumber,
    bodyHash: arbNumber,
    feedback: fc.constantFrom(...FEEDBACK_KINDS),
    at: arbNumber,
    receivedAt: arbNumber,
    hourOfWeek: arbNumber,
    machine: fc.boolean(),
    link: arbText,
    value: arbNumber,
    scope: arbNumber,
  }).chain((fact) =>
    fc.option(arbText, { nil: undefined }).map((id) => (id === undefined ? fact : { ...fact, id })),
  ),
  'plan-dropped': plain({
    kind: fc.constant('plan-dropped' as const),
    customer: arbCustomerId,
    plan: arbText,
    reason: arbNumber,
    at: arbNumber,
  }),
  timer: plain({
    kind: fc.constant('timer' as const),
    customer: arbCustomerId,
    op: fc.constantFrom('set' as const, 'cancel' as const),
    timer: arbNumber,
    key: arbText,
    due: arbNumber,
  }),
  'timer-fired': plain({
    kind: fc.constant('timer-fired' as const),
    customer: arbCustomerId,
    timer: arbNumber,
    key: arbText,
    due: arbNumber,
    at: arbNumber,
  }),
  triggered: plain({
    kind: fc.constant('triggered' as const),
    customer: arbCustomerId,
    trigger: arbText,
    friction: arbNumber,
    at: arbNumber,
  }),
  adopted: plain({
    kind: fc.constant('adopted' as const),
    edition: fc.constantFrom('policy', 'model', 'head', 'priors', 'core', 'pauses'),
    version: arbText,
    sha256: arbText,
    at: arbNumber,
  }),
  erased: plain({ kind: fc.constant('erased' as const), customer: arbCustomerId, at: arbNumber }),
  silenced: fc.oneof(plain(arbSilenced), plain({ ...arbSilenced, by: arbKey })),
  forgotten: plain({ kind: fc.constant('forgotten' as const) }),
  loan: plain({
    kind: fc.constant('loan' as const),
    side: fc.constantFrom('lent', 'borrowed'),
    budget: arbText,
    day: arbNumber,
    shard: arbNumber,
    total: arbNumber,
    at: arbNumber,
  }),
  fence: plain({ kind: fc.constant('fence' as const), node: arbText, at: arbNumber }),
};

export const arbFact: fc.Arbitrary<Fact> = fc.oneof(
  ...(Object.values(arbFactByKind) as fc.Arbitrary<Fact>[]),
);

export const arbRecordHeader: fc.Arbitrary<RecordHeader> = plain({
  generation: arbNumber,
  epoch: arbNumber,
  batch: arbText,
  at: arbNumber,
});
