import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Consent, Profile } from '../../gen/attune/v1/customer_pb.ts';
import type { TraitValue } from '../../gen/attune/v1/value_pb.ts';
import { timeText } from './choice-text.ts';

const LISTED_MAX = 8;
/** Affinities shown of each dimension. */
const AFFINITIES_MAX = 5;

/** A profile for people: identifiers, traits, behaviour, orders and messages. Traits without a value are left out. */
export function profileText(profile: Profile): string[] {
  return [
    ...headText(profile),
    ...section('Became one with them', linkLines(profile)),
    ...section('Traits', traitLines(profile.traits)),
    ...section('Told by the shop', attributeLines(profile)),
    ...section('Support cases', caseLines(profile)),
    ...section('Likes', affinityLines(profile)),
    ...section(
      'Cart',
      profile.cart.map((item) => `${item.quantity} × ${thing(item)} at ${item.price.toFixed(2)}`),
    ),
    ...section('Checkout', checkoutLines(profile)),
    ...section(
      'Orders',
      listed(
        profile.orders,
        ({ orderId, at, revenue, discount }) =>
          `${timeText(at)}  ${orderId}  ${revenue.toFixed(2)}${discount > 0 ? ` (${discount.toFixed(2)} off)` : ''}`,
      ),
    ),
    ...section(
      'Owns (never promoted within its suppression)',
      listed(profile.owned, (item) => `${timeText(item.at)}  ${item.quantity} × ${thing(item)}`),
    ),
    ...section(
      'Viewed',
      listed(profile.viewed, (item) => `${timeText(item.lastAt)}  ${thing(item)}, ${item.views} times`),
    ),
    ...section('Consent', consentLines(profile)),
    ...section('Channels', channelLines(profile)),
    ...section(
      'Messages',
      listed(
        profile.contacts,
        ({ at, actionId, variantId, channel, state, decisionId }) =>
          `${timeText(at)}  ${actionId}/${variantId} on ${channel}: ${state} (decision ${decisionId})`,
      ),
    ),
    ...section(
      'Offers',
      listed(
        profile.offers,
        ({ offerId, code, until }) =>
          `${offerId}${code === '' ? '' : `, code ${code}`}, until ${timeText(until)}`,
      ),
    ),
    ...section(
      'Plans',
      listed(
        profile.plans,
        ({ actionId, channel, at }) => `${timeText(at)}  ${actionId} on ${channel} is to be decided afresh`,
      ),
    ),
    ...section('Audiences', audienceLines(profile)),
    ...section(
      'Timers',
      listed(
        profile.timers,
        ({ kind, key, due }) => `${timeText(due)}  ${kind}${key === '' ? '' : ` ${key}`}`,
      ),
    ),
  ];
}

/** Traits that say something, aligned, in order of their names. */
export function traitLines(traits: Readonly<Record<string, TraitValue>>): string[] {
  const known = Object.entries(traits)
    .map(([name, value]) => [name, valueText(value)] as const)
    .filter(([, text]) => text !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}

/** '' for what says nothing: empty, false, 0, unknown, never. */
function valueText({ kind }: TraitValue): string {
  if (kind.case === 'stringValue') return kind.value === 'none' ? '' : kind.value;
  if (kind.case === 'boolValue') return kind.value ? 'yes' : '';
  if (kind.case === 'listValue') return kind.value.values.join(', ');
  const value = kind.value ?? 0;
  if (value === 0 || value === NEVER || value === -1) return '';
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/** As the contract documents it: minutes or days since something that never happened. */
const NEVER = 9_999;

function attributeLines({ attributes }: Profile): string[] {
  const width = Math.max(0, ...attributes.map(({ name }) => name.length));
  return attributes.map(
    ({ name, value, saidAt }) => `${name.padEnd(width)}  ${toldText(value)}, on ${timeText(saidAt)}`,
  );
}

function caseLines({ supportCases }: Profile): string[] {
  return supportCases.map(({ caseId, openedAt, closedAt }) => {
    if (openedAt === undefined) return `${timeText(closedAt)}  ${caseId}: closed`;
    const isOpen = closedAt === undefined || timestampMs(closedAt) < timestampMs(openedAt);
    return `${timeText(isOpen ? openedAt : closedAt)}  ${caseId}: ${isOpen ? 'open' : 'closed'}`;
  });
}

function audienceLines({ audiences }: Profile): string[] {
  return audiences.map(({ audience, actionId, productIds, notAfter, decisionId }) => {
    const about = productIds.length === 0 ? '' : ` about ${productIds.join(', ')}`;
    return `until ${timeText(notAfter)}  ${audience}: ${actionId}${about} (decision ${decisionId})`;
  });
}

/** Other than of a trait, a no or a 0 is news. */
function toldText(value: TraitValue | undefined): string {
  const kind = value?.kind;
  if (kind?.case === 'listValue') return kind.value.values.join(', ');
  if (kind?.case === 'boolValue') return kind.value ? 'yes' : 'no';
  return String(kind?.value ?? '');
}

function headText(profile: Profile): string[] {
  if (profile.version === 0n) return [`customer ${profile.customerId}: a stranger, nothing is known`];
  const { identifiers, session, timeZone, locale } = profile;
  const lines = [
    `customer ${profile.customerId}, version ${profile.version}, as of ${timeText(profile.asOf)}`,
    `known as ${identifiers.map(({ kind, value }) => `${kind}=${value}`).join(', ')}`,
    `here since ${timeText(profile.createdAt)}, last seen ${timeText(profile.lastSeenAt)}`,
  ];
  if (session !== undefined && session.count > 0)
    lines.push(
      `sessions: ${session.count}${session.channel === '' ? '' : `, the last on ${session.channel}`}`,
    );
  if (timeZone !== '' || locale !== '')
    lines.push([timeZone, locale].filter((text) => text !== '').join(', '));
  return lines;
}

function affinityLines({ affinities }: Profile): string[] {
  const dimensions = new Map<string, string[]>();
  for (const { dimension, key, weight } of affinities) {
    const keys = dimensions.get(dimension) ?? [];
    if (keys.length < AFFINITIES_MAX) keys.push(`${key} ${weight.toFixed(2)}`);
    dimensions.set(dimension, keys);
  }
  return [...dimensions].map(([dimension, keys]) => `${dimension}: ${keys.join(', ')}`);
}

function checkoutLines({ checkout }: Profile): string[] {
  if (checkout === undefined) return [];
  const { startedAt, value, friction, channel, exitedAt } = checkout;
  const end = exitedAt === undefined ? 'open' : `left, noticed ${timeText(exitedAt)}`;
  return [
    `since ${timeText(startedAt)}${channel === '' ? '' : ` on ${channel}`}, worth ${value.toFixed(2)}, obstacle: ${friction}, ${end}`,
  ];
}

function consentLines({ consents, consentRequests }: Profile): string[] {
  const waiting = consentRequests.map(
    ({ channel, purpose, saidAt, until, source, proofId }) =>
      `${channel} for ${purpose}: asked for ${timeText(saidAt)} (${source} ${proofId}), waits for its confirmation until ${timeText(until)}`,
  );
  const said = consents.map(
    (consent) =>
      `${consent.channel} for ${consent.purpose}: ${consent.granted ? 'granted' : 'refused'}${proofText(consent)}`,
  );
  return [...said, ...waiting];
}

/** Who told it, where, when, and by what; nothing of what is not known. */
function proofText(consent: Consent): string {
  const { toldBy, source, proofId, saidOn, saidAt, proof, form, textVersion, confirmedAt } = consent;
  if (toldBy === '') return saidAt === undefined ? '' : `, said ${timeText(saidAt)}`;
  const by = toldBy === 'event' ? `told by ${source}` : `${toldBy}, reported by ${saidOn}`;
  const on = toldBy === 'event' && saidOn !== '' ? ` on ${saidOn}` : '';
  const more = [
    form === '' ? '' : `form ${form}`,
    textVersion === '' ? '' : `text ${textVersion}`,
    proof === '' ? '' : `proof ${proof}`,
    confirmedAt === undefined ? '' : `confirmed ${timeText(confirmedAt)} (${consent.confirmedId})`,
  ].filter((text) => text !== '');
  return `, said ${timeText(saidAt)}${on}, ${[`${by} (${proofId})`, ...more].join(', ')}`;
}

function channelLines({ channels }: Profile): string[] {
  return channels.map((stats) => {
    const ends = [
      stats.unsubscribedAt === undefined ? '' : `unsubscribed ${timeText(stats.unsubscribedAt)}`,
      stats.complainedAt === undefined ? '' : `complained ${timeText(stats.complainedAt)}`,
      stats.bounces === 0 ? '' : `${stats.bounces} hard bounces`,
    ].filter((text) => text !== '');
    const sent = `${stats.sends} sent, ${stats.opens} opened, ${stats.clicks} clicked`;
    return `${stats.channel}: ${[sent, ...ends].join(', ')}`;
  });
}

function thing(item: {
  readonly productId: string;
  readonly category: string;
  readonly size: string;
}): string {
  const more = [item.category, item.size === '' ? '' : `size ${item.size}`]
    .filter((text) => text !== '')
    .join(', ');
  return more === '' ? item.productId : `${item.productId} (${more})`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function listed<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, LISTED_MAX).map(line);
  if (items.length > LISTED_MAX)
    lines.push(`… and ${items.length - LISTED_MAX} more (all of them with --json)`);
  return lines;
}

/** With what `attune unlink` takes. */
function linkLines({ links }: Profile): string[] {
  return links.map(
    ({ linkId, identifier, at }) =>
      `${timeText(at)}  ${identifier?.kind}=${identifier?.value} (link ${linkId}; attune unlink undoes it)`,
  );
}
