declare const brand: unique symbol;

/** `T` marked with a name at compile time only, so that one kind of id cannot stand in for another. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** An actor's name: the 128-bit hash of its strongest identifier's key, 22 characters of base64url. */
export type CustomerId = Brand<string, 'CustomerId'>;

/** `kind:value` of any identifier that leads to a customer. */
export type IdentifierKey = Brand<string, 'IdentifierKey'>;

/** Names one decision by its place in the log: generation, shard, sequence, index. */
export type DecisionId = Brand<string, 'DecisionId'>;

/** Names one instruction to a channel system; the same over all attempts. */
export type DispatchId = Brand<string, 'DispatchId'>;

/**
 * Marks a raw value as a branded one. Call it only where the value was just parsed or made: `branded<CustomerId>(text)`.
 */
export function branded<B extends Brand<string, string> | Brand<number, string>>(
  raw: B extends string ? string : number,
): B {
  return raw as unknown as B;
}
