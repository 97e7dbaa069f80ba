import { CHANNELS } from '../core/channel.ts';
import { considerText } from '../core/consideration/consider-text.ts';
import {
  type Action,
  type Cap,
  EVER,
  FRICTIONS,
  type Policy,
  STAGES,
  type Variant,
} from '../core/policy/policy.ts';
import { renderDuration, renderMinuteOfDay } from './duration.ts';

/** What a reader would call a thing of the policy → its fields in words. */
type Description = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * What changes from `before` to `after`, a sentence each, in the order of `after`; none when both decide alike. Order of
 * declaration and comments are no difference.
 */
export function policyDiff(before: Policy, after: Policy): string[] {
  const [was, is] = [describe(before), describe(after)];
  const sentences: string[] = [];
  for (const [name, fields] of is) {
    const old = was.get(name);
    if (old === undefined) {
      if (was.has(wholeOf(name)) || wholeOf(name) === name)
        sentences.push(`${name} is new${fields.title === undefined ? '' : `: ${fields.title}`}.`);
      continue;
    }
    for (const field of new Set([...Object.keys(old), ...Object.keys(fields)])) {
      const [from, to] = [old[field] ?? 'nothing', fields[field] ?? 'nothing'];
      if (from !== to) sentences.push(`${name}: ${field} changes from ${from} to ${to}.`);
    }
  }
  for (const name of was.keys()) {
    if (!is.has(name) && (is.has(wholeOf(name)) || wholeOf(name) === name))
      sentences.push(`${name} is gone.`);
  }
  return sentences;
}

/** A variant that came or went with its action needs no sentence of its own. */
function wholeOf(name: string): string {
  return name.split(', variant ')[0] ?? name;
}

function describe(policy: Policy): Description {
  const description = new Map<string, Record<string, string>>();
  description.set('policy', policyWords(policy));
  description.set('guardrails', guardrailWords(policy));
  for (const channel of policy.channels) {
    if (!channel.declared) continue;
    description.set(`channel ${channel.id}`, {
      kind: channel.push ? 'push' : 'pull',
      cost: String(channel.costPerMessage),
      'unsubscribe loss': String(channel.unsubscribeLoss),
      'quiet hours': yesNo(channel.quietHours),
      consent: channel.consentRequired ? 'granted' : 'not withdrawn',
      'double opt-in': channel.confirmMs === 0 ? 'no' : `within ${renderDuration(channel.confirmMs)}`,
      'reachable by': list(channel.reachableBy),
      'most waiting': String(channel.backlogMax),
    });
  }
  for (const offer of policy.offers) {
    const { kind, depth, code, validMs } = offer;
    description.set(`offer ${offer.id}`, {
      kind,
      depth: String(depth),
      code: quote(code),
      valid: renderDuration(validMs),
    });
  }
  for (const budget of policy.budgets)
    description.set(`budget ${budget.id}`, { 'per day': String(budget.perDay) });
  for (const { name, type, isPersonal, charsMax } of policy.attributes)
    description.set(`attribute ${name}`, {
      type,
      personal: yesNo(isPersonal),
      'longest value': String(charsMax),
    });
  for (const { id, kinds } of policy.audiences)
    description.set(`audience ${id}`, { 'is given': list(kinds) });
  for (const placement of policy.placements) {
    description.set(`placement ${placement.id}`, { channel: CHANNELS[placement.channel] ?? '' });
  }
  for (const trigger of policy.triggers) {
    description.set(`trigger ${trigger.id}`, {
      kind: trigger.kind,
      on: trigger.on ?? 'nothing',
      silence: renderDuration(trigger.windowMs),
      cooldown: renderDuration(trigger.cooldownMs),
      urgent: yesNo(trigger.urgent),
      'at night': trigger.atNight,
    });
  }
  for (const action of policy.actions) {
    description.set(`action ${action.id}`, actionWords(action, policy));
    for (const variant of action.variants) {
      description.set(`action ${action.id}, variant ${variant.id}`, variantWords(variant));
    }
  }
  return description;
}

function policyWords(policy: Policy): Record<string, string> {
  const { stages, outcome } = policy;
  return {
    name: policy.name,
    currency: policy.currency,
    locale: policy.locale,
    'currency rates': list([...policy.rates].map(([code, rate]) => `${code} ${rate}`)),
    zones: list(policy.zones),
    'identifier kinds': policy.identifierKinds.join(' > '),
    'keys of one person': list(
      policy.identifierRules.map(
        ({ kind, max, isExplicit, isDevice }) =>
          `${kind} ${max}${isExplicit ? ' explicit' : ''}${isDevice ? ' device' : ''}`,
      ),
    ),
    'people who become one in a day': String(policy.peoplePerDayMax),
    'identifiers that are nobody': list([...policy.impossibleIdentifiers].filter((one) => one.length < 64)),
    consider: considerText(policy.consider),
    'buys in a week': policy.buysPerWeek === 0 ? 'nothing' : String(policy.buysPerWeek),
    holdout: String(policy.holdout),
    exploration: String(policy.explore),
    'default margin rate': String(policy.marginRate),
    'outcome windows': `click ${renderDuration(outcome.clickMs)}, purchase ${renderDuration(outcome.purchaseMs)}, unsubscribe ${renderDuration(outcome.unsubscribeMs)}`,
    'onboarding until': renderDuration(stages.onboardingMs),
    'active until': renderDuration(stages.activeMs),
    'lapsed from': renderDuration(stages.lapsedMs),
    loyalist: `${stages.loyalistSpend} spent in ${stages.loyalistOrders} orders`,
    fading: `${renderDuration(stages.fadingMs)} silent after ${stages.fadingSpend} spent`,
  };
}

function guardrailWords(policy: Policy): Record<string, string> {
  const { suppression } = policy;
  const words: Record<string, string> = {
    'quiet hours': hours(policy),
    'quiet hours of service': policy.service === undefined ? 'as for marketing' : hours(policy.service),
    'an open support case silences for': renderDuration(policy.openCaseMs),
    'suppression of a bought product': renderDuration(suppression.defaultMs),
    'suppression of its whole category': renderDuration(suppression.categoryMs),
    'incentive window': renderDuration(policy.incentiveWindowMs),
    'full-price buyer': `${policy.fullPriceOrdersMin} orders with at most ${policy.fullPriceDiscountShareMax} discounted`,
    'margin floor': String(policy.marginFloor),
    'hard bounces': String(policy.bouncesMax),
    'soft bounces': `${policy.softBouncesMax}, then a rest of ${renderDuration(policy.softBounceRestMs)}`,
  };
  for (const [category, ms] of suppression.byCategory)
    words[`suppression of ${category}`] = renderDuration(ms);
  for (const [category, ms] of suppression.categoryMsBy)
    words[`suppression of the whole category ${category}`] = renderDuration(ms);
  for (const cap of policy.caps) words[`cap of ${capName(cap, policy)}`] = String(cap.max);
  for (const cap of policy.service?.caps ?? [])
    words[`cap of service: ${capName(cap, policy)}`] = String(cap.max);
  return words;
}

function capName({ scope, kind, channel, action, windowMs }: Cap, policy: Policy): string {
  const what =
    scope === 'kind'
      ? `all ${kind} channels`
      : scope === 'channel'
        ? CHANNELS[channel]
        : scope === 'action'
          ? (policy.actions[action]?.id ?? 'each action')
          : 'all messages';
  return `${what} in ${renderDuration(windowMs)}`;
}

function hours({
  quietFromMinute,
  quietToMinute,
}: Pick<Policy, 'quietFromMinute' | 'quietToMinute'>): string {
  return `${renderMinuteOfDay(quietFromMinute)}–${renderMinuteOfDay(quietToMinute)}`;
}

function actionWords(action: Action, policy: Policy): Record<string, string> {
  const names = (things: readonly { readonly id: string }[], indices: readonly number[]): string =>
    list(indices.map((index) => things[index]?.id ?? ''));
  return {
    title: quote(action.title),
    purpose: action.purpose,
    promotion: yesNo(action.promotion),
    subject: action.subject === 'owned' ? `owned ${quote(action.ownedCategory)}` : action.subject,
    stages: list(STAGES.filter((_, bit) => (action.stageMask & (1 << bit)) !== 0)),
    channels: list(CHANNELS.filter((_, bit) => (action.channelMask & (1 << bit)) !== 0)),
    audience: action.audience?.name ?? 'nothing',
    placements: names(policy.placements, action.placements),
    triggers: names(policy.triggers, action.triggers),
    proactive: yesNo(action.proactive),
    condition: action.when === undefined ? 'nothing' : quote(action.when.source),
    friction: list(FRICTIONS.filter((_, bit) => (action.frictionMask & (1 << bit)) !== 0)),
    offer: action.offer?.id ?? 'nothing',
    budget: policy.budgets[action.budget]?.id ?? 'nothing',
    'margin rate': String(action.marginRate),
    'order value': `${action.orderValue}${action.saysOrderValue ? '' : ' where its subject has no price'}`,
    lift: `${action.liftMean} ± ${action.liftSd}`,
    'engagement value': String(action.engagementValue),
    cap: action.cap === undefined ? 'nothing' : capWords(action.cap),
    'sent at': action.sendAtMinute < 0 ? 'at once' : renderMinuteOfDay(action.sendAtMinute),
    'at night': action.atNight ?? 'as its triggers',
    valid: renderDuration(action.validMs),
  };
}

function capWords({ max, windowMs }: NonNullable<Action['cap']>): string {
  return windowMs === EVER ? 'once' : `${max} in ${renderDuration(windowMs)}`;
}

function variantWords(variant: Variant): Record<string, string> {
  const words: Record<string, string> = {
    template: variant.templateId,
    text: quote(variant.text),
    condition: variant.when === undefined ? 'nothing' : quote(variant.when.source),
  };
  for (const [locale, text] of variant.wording?.sources ?? []) words[`liquid ${locale}`] = quote(text);
  for (const { name, source, required, max } of variant.slots) {
    const from =
      source.kind === 'text'
        ? quote(source.text)
        : source.kind === 'attribute'
          ? `attributes.${source.name}`
          : `${source.kind}.${source.kind === 'trait' ? source.name : source.field}`;
    const note =
      max !== undefined ? ` (at most ${max})` : required || source.kind === 'text' ? '' : ' (optional)';
    words[`slot ${name}`] = `${from}${note}`;
  }
  return words;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
