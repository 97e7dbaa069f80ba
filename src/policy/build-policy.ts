// Long because it is one pass over all that a policy says.
/** From files without a fault to the policy that the decision path reads: names become indices, lists become masks. */
import { present } from '../base/assert.ts';
import type { AttributeSpec } from '../core/attribute/attribute.ts';
import { CHANNELS, channelIndex } from '../core/channel.ts';
import { identifierRules, PEOPLE_PER_DAY } from '../core/identity/conflict.ts';
import { IMPOSSIBLE_IDENTIFIERS, impossibleValues } from '../core/policy/impossible-identifiers.ts';
import {
  type Action,
  type Audience,
  type Budget,
  type Cap,
  type ChannelPolicy,
  type Condition,
  EVER,
  FRICTIONS,
  type Offer,
  type Placement,
  type Policy,
  type Slot,
  STAGES,
  type Trigger,
  type Variant,
} from '../core/policy/policy.ts';
import { type ActionEntry, actionShape, type VariantEntry } from './action-shape.ts';
import { attributeSpecs } from './attribute-shape.ts';
import { buildSuppression } from './build-suppression.ts';
import type { ConditionTable } from './compile-condition.ts';
import { considerTimes } from './consider-times.ts';
import { DEFAULT_LOCALE, liquidWording } from './liquid-wording.ts';
import {
  audienceShape,
  budgetShape,
  channelShape,
  type GuardrailsFile,
  guardrailsFileShape,
  offerShape,
  type PolicyFile,
  placementShape,
  policyFileShape,
  triggerShape,
} from './policy-shape.ts';
import type { PolicySource } from './policy-source.ts';
import { liftOf, UNSUBSCRIBE_LOSS } from './presets.ts';

const allStages = (1 << STAGES.length) - 1;
const onboarding = 1 << STAGES.indexOf('onboarding');
const allFrictions = (1 << FRICTIONS.length) - 1;

/** Names to indices, in the order of declaration. */
interface Indices {
  readonly offers: readonly Offer[];
  readonly offer: ReadonlyMap<string, number>;
  readonly budget: ReadonlyMap<string, number>;
  readonly placement: ReadonlyMap<string, number>;
  readonly trigger: ReadonlyMap<string, number>;
  readonly audiences: readonly Audience[];
  readonly attributes: readonly AttributeSpec[];
  readonly conditions: ConditionTable;
}

/** The policy of a source that has passed every check; throws only when one was forgotten. */
export function buildPolicy(
  source: PolicySource,
  conditions: ConditionTable,
  sha256: string,
  hashText: (text: string) => string,
): Policy {
  const policyFile = policyFileShape.parse(source.byKind.get('policy')?.[0]?.data);
  const guardrails = guardrailsFileShape.parse(source.byKind.get('guardrails')?.[0]?.data);
  const offers = source.entries('offers', 'offers').map((entry, index): Offer => {
    const { kind, depth, code, valid } = offerShape.parse(entry.raw);
    const isDiscount = kind === 'percent' || kind === 'amount' || kind === 'free_shipping';
    return { index, id: entry.id, kind, depth: depth ?? 0, code: code ?? '', validMs: valid, isDiscount };
  });
  const budgets = source
    .entries('offers', 'budgets')
    .map((entry, index): Budget => ({ index, id: entry.id, perDay: budgetShape.parse(entry.raw).per_day }));
  const placementEntries = source.entries('placements', 'placements');
  const triggerEntries = source.entries('triggers', 'triggers');
  const attributes = attributeSpecs(policyFile.attributes ?? {});
  const audiences = source.entries('channels', 'audiences').map(
    (entry, index): Audience => ({
      index,
      id: entry.id,
      kinds: audienceShape.parse(entry.raw).identifiers,
    }),
  );
  const indices: Indices = {
    offers,
    offer: indexById(offers),
    budget: indexById(budgets),
    placement: indexById(placementEntries),
    trigger: indexById(triggerEntries),
    audiences,
    attributes,
    conditions,
  };
  const actions = source
    .entries('actions', 'actions')
    .map((entry, index) => buildAction(entry.id, index, actionShape.parse(entry.raw), policyFile, indices));
  const having = (test: (action: Action) => boolean): number[] =>
    actions.filter(test).map((action) => action.index);
  return {
    name: policyFile.name,
    version: `${policyFile.name}@${sha256.slice(0, 12)}`,
    sha256,
    currency: policyFile.currency,
    locale: policyFile.locale ?? 'en-GB',
    rates: new Map(Object.entries(policyFile.rates ?? {})),
    buysPerWeek: policyFile.buys_per_week ?? 0,
    holdout: policyFile.holdout,
    explore: policyFile.explore,
    identifierKinds: policyFile.identifiers,
    identifierRules: identifierRules(policyFile.identifiers, policyFile.people),
    peoplePerDayMax: policyFile.people?.per_day_max ?? PEOPLE_PER_DAY,
    impossibleIdentifiers: impossibleValues(
      policyFile.impossible_identifiers ?? IMPOSSIBLE_IDENTIFIERS,
      hashText,
    ),
    attributes,
    zones: policyFile.zones,
    channels: buildChannels(source),
    actions,
    placements: placementEntries.map(
      (entry, index): Placement => ({
        index,
        id: entry.id,
        channel: channelIndex(placementShape.parse(entry.raw).channel),
        actions: having((action) => action.placements.includes(index)),
      }),
    ),
    placementByName: indices.placement,
    triggers: triggerEntries.map((entry, index): Trigger => {
      const { kind, silence, on, cooldown, urgent, at_night } = triggerShape.parse(entry.raw);
      const proposed = having((action) => action.triggers.includes(index));
      return {
        index,
        id: entry.id,
        kind,
        ...(on === undefined ? {} : { on }),
        windowMs: silence ?? 0,
        cooldownMs: cooldown,
        urgent: urgent ?? false,
        atNight: at_night ?? 'drop',
        actions: proposed,
      };
    }),
    proactive: having((action) => action.proactive),
    consider: considerTimes(policyFile.consider?.flat() ?? [], [
      guardrails.quiet_hours,
      ...(guardrails.service?.quiet_hours === undefined ? [] : [guardrails.service.quiet_hours]),
    ]),
    offers,
    audiences,
    conditions: conditions.conditions,
    budgets,
    caps: buildCaps(guardrails.caps, indexById(actions)),
    quietFromMinute: guardrails.quiet_hours.from,
    quietToMinute: guardrails.quiet_hours.to,
    ...buildService(guardrails, indexById(actions)),
    openCaseMs: guardrails.open_case,
    suppression: buildSuppression(guardrails),
    incentiveWindowMs: guardrails.incentive_window,
    fullPriceOrdersMin: guardrails.full_price.orders_min,
    fullPriceDiscountShareMax: guardrails.full_price.discount_share_max,
    marginRate: policyFile.defaults.margin_rate,
    marginFloor: guardrails.margin_floor,
    stages: buildStages(policyFile),
    outcome: {
      clickMs: policyFile.outcome.click,
      purchaseMs: policyFile.outcome.purchase,
      unsubscribeMs: policyFile.outcome.unsubscribe,
    },
    bouncesMax: guardrails.bounces_max,
    softBouncesMax: guardrails.soft_bounces_max,
    softBounceRestMs: guardrails.soft_bounce_rest,
  };
}

function buildChannels(source: PolicySource): ChannelPolicy[] {
  const declared = new Map(
    source.entries('channels', 'channels').map((entry) => [entry.id, channelShape.parse(entry.raw)]),
  );
  return CHANNELS.map((id, index): ChannelPolicy => {
    const entry = declared.get(id);
    return {
      index,
      id,
      declared: entry !== undefined,
      costPerMessage: entry?.cost ?? 0,
      unsubscribeLoss: entry === undefined ? 0 : (entry.unsubscribe_loss ?? UNSUBSCRIBE_LOSS[id]),
      push: entry?.kind === 'push',
      quietHours: entry?.quiet_hours ?? true,
      reachableBy: entry?.reachable_by ?? [],
      consentRequired: entry === undefined || entry.consent === 'granted',
      confirmMs: entry?.double_opt_in ?? 0,
      backlogMax: entry?.backlog_max ?? 10_000,
    };
  });
}

function buildAction(
  id: string,
  index: number,
  entry: ActionEntry,
  policyFile: PolicyFile,
  indices: Indices,
): Action {
  const { defaults } = policyFile;
  const lift = liftOf(entry.lift ?? defaults.lift);
  const stages = entry.stages?.reduce((mask, stage) => mask | (1 << STAGES.indexOf(stage)), 0);
  const condition = (source: string | undefined): Condition | undefined =>
    conditionOf(indices.conditions, source);
  const when = condition(entry.when);
  return {
    index,
    id,
    title: entry.title,
    purpose: entry.purpose,
    promotion: entry.promotion,
    subject: typeof entry.subject === 'string' ? entry.subject : 'owned',
    ownedCategory: typeof entry.subject === 'string' ? '' : entry.subject.owned,
    stageMask: stages ?? (entry.promotion ? allStages & ~onboarding : allStages),
    channelMask: entry.channels.reduce((mask, channel) => mask | (1 << channelIndex(channel)), 0),
    placements: (entry.placements ?? []).map((name) => present(indices.placement.get(name), name)),
    triggers: (entry.triggers ?? []).map((name) => present(indices.trigger.get(name), name)),
    proactive: entry.proactive ?? false,
    when,
    frictionMask:
      entry.friction?.reduce((mask, friction) => mask | (1 << FRICTIONS.indexOf(friction)), 0) ??
      allFrictions,
    offer:
      entry.offer === undefined
        ? undefined
        : indices.offers[present(indices.offer.get(entry.offer), entry.offer)],
    variants: Object.entries(entry.variants).map(([name, variant], at) =>
      buildVariant(name, at, variant, condition, indices.attributes),
    ),
    marginRate: entry.margin_rate ?? defaults.margin_rate,
    orderValue: entry.order_value ?? defaults.order_value,
    saysOrderValue: entry.order_value !== undefined,
    liftMean: lift.mean,
    liftSd: lift.sd,
    engagementValue: entry.engagement_value ?? 0,
    cap: entry.cap === undefined ? undefined : actionCap(entry.cap),
    ...(entry.audience === undefined ? {} : { audience: audienceNamed(entry.audience, indices) }),
    sendAtMinute: entry.send_at ?? -1,
    ...(entry.at_night === undefined ? {} : { atNight: entry.at_night }),
    validMs: entry.valid ?? defaults.valid,
    budget: entry.budget === undefined ? -1 : present(indices.budget.get(entry.budget), entry.budget),
  };
}

function audienceNamed(name: string, { audiences }: Indices): NonNullable<Action['audience']> {
  const { id, kinds } = present(
    audiences.find((audience) => audience.id === name),
    `the audience ${name}`,
  );
  return { name: id, kinds };
}

function actionCap(said: NonNullable<ActionEntry['cap']>): Action['cap'] {
  return said === 'once' ? { max: 1, windowMs: EVER } : { max: said.max, windowMs: said.window };
}

function buildVariant(
  id: string,
  index: number,
  entry: VariantEntry,
  condition: (source: string | undefined) => Condition | undefined,
  attributes: readonly AttributeSpec[],
): Variant {
  const slots = Object.entries(entry.slots ?? {}).map(([name, slot]): Slot => {
    if (typeof slot === 'string') return { name, source: { kind: 'text', text: slot }, required: false };
    const filled = { name, source: slotSource(slot.from, attributes), required: slot.required ?? true };
    return slot.max === undefined ? filled : { ...filled, max: slot.max };
  });
  return {
    index,
    id,
    templateId: entry.template,
    slots,
    text: entry.text ?? '',
    ...(entry.liquid !== undefined && { wording: liquidWording(textsOf(entry.liquid)) }),
    when: condition(entry.when),
  };
}

function textsOf(said: NonNullable<VariantEntry['liquid']>): ReadonlyMap<string, string> {
  return typeof said === 'string' ? new Map([[DEFAULT_LOCALE, said]]) : new Map(Object.entries(said));
}

function slotSource(from: string, attributes: readonly AttributeSpec[]): Slot['source'] {
  const dot = from.indexOf('.');
  const kind = from.slice(0, dot);
  const name = from.slice(dot + 1);
  // The references were checked: the field is one of its kind's closed list.
  if (kind === 'attributes') {
    const { type } = present(
      attributes.find((spec) => spec.name === name),
      `the attribute ${name}`,
    );
    return { kind: 'attribute', name, type };
  }
  return kind === 'trait' ? { kind, name } : ({ kind, field: name } as Slot['source']);
}

function conditionOf(table: ConditionTable, source: string | undefined): Condition | undefined {
  if (source === undefined) return undefined;
  const found = table.intern(source);
  return present('test' in found ? found : undefined, `the condition ${source}`);
}

function buildService(
  { service, quiet_hours }: GuardrailsFile,
  action: ReadonlyMap<string, number>,
): Pick<Policy, 'service'> {
  if (service === undefined) return {};
  const { from, to } = service.quiet_hours ?? quiet_hours;
  return {
    service: { caps: buildCaps(service.caps, action), quietFromMinute: from, quietToMinute: to },
  };
}

function buildCaps(caps: GuardrailsFile['caps'], action: ReadonlyMap<string, number>): Cap[] {
  return caps.map((cap) => ({
    scope: cap.scope,
    ...(cap.kind === undefined ? {} : { kind: cap.kind }),
    channel: cap.channel === undefined ? -1 : channelIndex(cap.channel),
    action: cap.action === undefined ? -1 : present(action.get(cap.action), cap.action),
    max: cap.max,
    windowMs: cap.window,
  }));
}

function buildStages({ stages }: PolicyFile): Policy['stages'] {
  return {
    onboardingMs: stages.onboarding,
    activeMs: stages.active,
    lapsedMs: stages.lapsed,
    loyalistSpend: stages.loyalist.spend,
    loyalistOrders: stages.loyalist.orders,
    fadingMs: stages.fading.silence,
    fadingSpend: stages.fading.spend,
  };
}

function indexById(list: readonly { readonly id: string }[]): ReadonlyMap<string, number> {
  return new Map(list.map(({ id }, index) => [id, index]));
}
