import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import type { Choice } from '../../gen/attune/v1/decision_pb.ts';
import type { Offer, Treatment } from '../../gen/attune/v1/treatment_pb.ts';

/** A choice for people: one line, and below it what it says and offers. */
export function choiceText(choice: Choice): string[] {
  const place = choice.placement === '' ? 'outbound' : choice.placement;
  const odds = `probability ${percentOf(choice.propensity)}`;
  const { outcome } = choice;
  if (outcome.case === 'treatment')
    return [`${place}: ${treatmentText(outcome.value)}, ${odds}`, ...contentText(outcome.value)];
  if (outcome.case === 'later') {
    const { actionId, variantId, channel, at } = outcome.value;
    return [`${place}: ${actionId}/${variantId} on ${channel} later, at ${timeText(at)}, ${odds}`];
  }
  return [`${place}: nothing (${outcome.value?.reason ?? 'no reason'}), ${odds}`];
}

/** What could have been drawn instead, a line each. */
export function alternativesText(choice: Choice): string[] {
  return choice.alternatives.map(({ actionId, variantId, channel, propensity, expectedValue }) =>
    actionId === ''
      ? `    or nothing, probability ${percentOf(propensity)}`
      : `    or ${actionId}/${variantId} on ${channel}, worth ${expectedValue.toFixed(2)}, probability ${percentOf(propensity)}`,
  );
}

/** A time in UTC, to the second; '' for none. */
export function timeText(at: Timestamp | undefined): string {
  return at === undefined ? '' : `${timestampDate(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function percentOf(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function treatmentText({ actionId, variantId, channel, expectedValue }: Treatment): string {
  return `${actionId}/${variantId} on ${channel}, worth ${expectedValue.toFixed(2)}`;
}

function contentText({ content, offer, tracking }: Treatment): string[] {
  const lines: string[] = [];
  if (content !== undefined && content.rendered !== '') lines.push(`    "${content.rendered}"`);
  if (content !== undefined && content.productIds.length > 0)
    lines.push(`    about ${content.productIds.join(', ')}`);
  if (offer !== undefined) lines.push(`    offers ${offerText(offer)}`);
  if (tracking !== '') lines.push(`    tracking ${tracking}`);
  return lines;
}

function offerText({ offerId, kind, depth, code, validUntil }: Offer): string {
  const how = kind === 'percent' ? `${depth} %` : kind;
  return `${offerId}: ${how}${code === '' ? '' : `, code ${code}`}${validUntil === undefined ? '' : `, until ${timeText(validUntil)}`}`;
}
