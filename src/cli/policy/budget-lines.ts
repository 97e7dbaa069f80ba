import { SERVE_OPTIONS } from '../../config/options.ts';
import { discountOf } from '../../core/arbitration/expected-value.ts';
import type { Policy } from '../../core/policy/policy.ts';

/**
 * A line for each budget: what a day gives at most, the largest offer, and, where shards of a cluster have less than one by right, that their first ones are
 * borrowed. Messages count with the dearest channel of their action; a percentage is one of the order that it is used on.
 */
export function budgetLines(policy: Policy, shards: number = SERVE_OPTIONS.shards.default): string[] {
  return policy.budgets.map(({ index, id, perDay }) => {
    const drawing = policy.actions.filter((action) => action.budget === index);
    const money = (amount: number): string => `${amount.toFixed(2)} ${policy.currency}`;
    const day = `budget ${id}: ${money(perDay)} a day`;
    if (drawing.length === 0) return `${day}; no action draws on it`;
    let [amount, percent] = [0, 0];
    for (const { offer, channelMask } of drawing) {
      const costs = policy.channels.map((channel) =>
        (channelMask & (1 << channel.index)) === 0 ? 0 : channel.costPerMessage,
      );
      const message = Math.max(0, ...costs);
      if (offer?.kind === 'percent') percent = Math.max(percent, offer.depth);
      else amount = Math.max(amount, discountOf(offer, Number.POSITIVE_INFINITY) + message);
    }
    const largest = [percent > 0 ? `${percent} % of an order` : '', amount > 0 ? money(amount) : '']
      .filter((part) => part !== '')
      .join(' or ');
    const isBorrowed = perDay / shards < amount || percent > 0;
    const part = isBorrowed
      ? `; in a cluster each of ${shards} shards has ${money(perDay / shards)} of it, and borrows of the others for what is larger`
      : '';
    return `${day} and no more; the largest offer draws ${largest}${part}`;
  });
}
