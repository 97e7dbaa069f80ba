import { SERVE_OPTIONS } from '../../config/options.ts';
import { discountOf } from '../../core/arbitration/expected-value.ts';
import type { Policy } from '../../core/policy/policy.ts';

/**
 * A line for each budget: what a day may give, and by how much the sum of what is open may pass it, one largest offer a
 * shard at most. Messages count with the dearest channel of their action; a percentage is one of the order that it is used on.
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
    const sum = percent > 0 ? '' : `, ${money(shards * amount)} in all`;
    return `${day}; what is open passes it by at most one largest offer (${largest}) for each of ${shards} shards${sum}`;
  });
}
