import type { ExplainedCandidate } from './explain.ts';

/** Amounts of a candidate's terms, as they enter its expected value. */
export function termsOf(row: ExplainedCandidate): readonly (readonly [string, number])[] {
  const value = row.value;
  if (value === undefined || row.action === '') return [];
  return [
    ['more sales', value.p1 * value.margin - value.p0 * value.margin0],
    ['the cost of its offer', -value.p1 * value.discount],
    ['what being read is worth', value.engage * value.engagementValue],
    ['what the message costs', -value.channelCost],
    ['the risk of an unsubscribe', -value.unsubscribe * value.unsubscribeCost],
  ];
}

/** "0.028 for more sales, -0.060 for the cost of its offer": the terms that count, in currency; '' where there are none. */
export function termsText(row: ExplainedCandidate): string {
  return termsOf(row)
    .filter(([, amount]) => Math.abs(amount) >= SHOWN_MIN)
    .map(([name, amount]) => `${amount.toFixed(3)} for ${name}`)
    .join(', ');
}

const SHOWN_MIN = 0.0005;
