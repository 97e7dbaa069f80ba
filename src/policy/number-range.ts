export type Operator = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** The doubles between `low` and `high`, both included; none when `low` is above `high`, and never a NaN. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
}

/**
 * The doubles that a comparison with `limit` is true of: doubles are countable, so "less than 3" is "at most the one before
 * 3". Of != it is those that it is false of.
 */
export function rangeOf(operator: Operator, limit: number): NumberRange {
  switch (operator) {
    case '<':
      return limit === Number.NEGATIVE_INFINITY ? NOTHING : { low: LOWEST, high: neighbour(limit, -1) };
    case '<=':
      return { low: LOWEST, high: limit };
    case '>':
      return limit === Number.POSITIVE_INFINITY ? NOTHING : { low: neighbour(limit, 1), high: HIGHEST };
    case '>=':
      return { low: limit, high: HIGHEST };
    case '==':
    case '!=':
      return { low: limit, high: limit };
  }
}

const LOWEST = Number.NEGATIVE_INFINITY;
const HIGHEST = Number.POSITIVE_INFINITY;
const NOTHING: NumberRange = { low: HIGHEST, high: LOWEST };

/** The next double below (-1) or above (1). Within one sign, doubles are ordered as their bits are. */
function neighbour(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * Number.MIN_VALUE;
  const bits = new BigInt64Array(1);
  const double = new Float64Array(bits.buffer);
  double[0] = value;
  bits[0] = (bits[0] as bigint) + BigInt(value > 0 ? direction : -direction);
  return double[0] as number;
}
