declare const brand: unique symbol;

/** `T` marked with a name at compile time only, so that one kind of id cannot stand in for another. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** The strongest identifier of one customer, `kind:value`. */
export type CustomerKey = Brand<string, 'CustomerKey'>;

/** An actor's name: the 128-bit hash of its customer key, 22 characters of base64url. */
export type CustomerId = Brand<string, 'CustomerId'>;

/** `kind:value` of any identifier that leads to a customer. */
export type IdentifierKey = Brand<string, 'IdentifierKey'>;

/** A slice of the customers with one log: 0 ≤ id < shard count. */
export type ShardId = Brand<number, 'ShardId'>;

/** Names one decision by its place in the log: generation, shard, sequence, index. */
export type DecisionId = Brand<string, 'DecisionId'>;

/** Names one instruction to a channel system; the same over all attempts. */
export type DispatchId = Brand<string, 'DispatchId'>;

/** An event's id as its producer gave it; unique only together with the source. */
export type EventId = Brand<string, 'EventId'>;

/** A caller's id for one Decide; unique per customer for the idempotency window. */
export type RequestId = Brand<string, 'RequestId'>;

/** An order's id as the shop gave it. */
export type OrderId = Brand<string, 'OrderId'>;

/** A product's id in the catalogue. */
export type ProductId = Brand<string, 'ProductId'>;

/** An action's id in the policy. */
export type ActionId = Brand<string, 'ActionId'>;

/** A treatment's variant within its action. */
export type VariantId = Brand<string, 'VariantId'>;

/** A durable alarm's id within its customer. */
export type TimerId = Brand<string, 'TimerId'>;

/** A session's id within its customer. */
export type SessionId = Brand<string, 'SessionId'>;

/** A place in one shard's log, counted from 1; 0 means "before the first record". */
export type Sequence = Brand<number, 'Sequence'>;

/** The sequence of the fence under which a shard is owned. */
export type Epoch = Brand<number, 'Epoch'>;

/**
 * Marks a raw value as a branded one. Call it only where the value was just parsed or made: `branded<ShardId>(3)`.
 */
export function branded<B extends Brand<string, string> | Brand<number, string>>(
  raw: B extends string ? string : number,
): B {
  return raw as unknown as B;
}
