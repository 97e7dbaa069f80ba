/** A property's value as the contract has it. */
export type WireProperty =
  | { kind: { case: 'stringValue'; value: string } }
  | { kind: { case: 'doubleValue'; value: number } }
  | { kind: { case: 'boolValue'; value: boolean } };

/** A plain value as the contract has it; undefined for what it has no place for (null, lists, objects). */
export function propertyValue(value: unknown): WireProperty | undefined {
  if (typeof value === 'string') return { kind: { case: 'stringValue', value } };
  if (typeof value === 'number') return { kind: { case: 'doubleValue', value } };
  if (typeof value === 'boolean') return { kind: { case: 'boolValue', value } };
  return undefined;
}
