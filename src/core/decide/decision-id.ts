/** Names of decisions and dispatches: their place in the log, so that reading one is one direct look-up. */
import type { DecisionId, DispatchId } from '../../base/brand.ts';
import type { ChoiceRef } from '../fact/fact.ts';

export interface DecisionPlace {
  readonly generation: number;
  readonly shard: number;
  readonly seq: number;
  readonly index: number;
}

/** `generation-shard-sequence-index`, each in base 36. */
export function decisionId(place: DecisionPlace): DecisionId {
  return `${place.generation.toString(36)}-${place.shard.toString(36)}-${place.seq.toString(36)}-${place.index.toString(36)}` as DecisionId;
}

/** A decision's id and the number of the choice. */
export function dispatchId(place: DecisionPlace, choice: number): DispatchId {
  return `${decisionId(place)}-${choice.toString(36)}` as DispatchId;
}

const part = /^[0-9a-z]{1,10}$/;

/** The place that an id names; undefined when it is no id of ours. */
export function parseDecisionId(id: string): DecisionPlace | undefined {
  const parts = id.split('-');
  if (parts.length !== 4 || !parts.every((text) => part.test(text))) return undefined;
  const [generation, shard, seq, index] = parts.map((text) => Number.parseInt(text, 36)) as [
    number,
    number,
    number,
    number,
  ];
  return { generation, shard, seq, index };
}

export function parseDispatchId(id: string): (DecisionPlace & ChoiceRef) | undefined {
  const cut = id.lastIndexOf('-');
  const choice = id.slice(cut + 1);
  const place = cut < 0 || !part.test(choice) ? undefined : parseDecisionId(id.slice(0, cut));
  return place === undefined ? undefined : { ...place, choice: Number.parseInt(choice, 36) };
}

/** Routes feedback without a look-up: the customer and the dispatch. Opaque to callers. */
export function trackingToken(customer: string, place: DecisionPlace, choice: number): string {
  return `${customer}.${dispatchId(place, choice)}`;
}

export function parseTracking(
  token: string,
): { readonly customer: string; readonly dispatch: DecisionPlace & ChoiceRef } | undefined {
  const cut = token.indexOf('.');
  const dispatch = cut === 22 ? parseDispatchId(token.slice(cut + 1)) : undefined;
  return dispatch === undefined ? undefined : { customer: token.slice(0, cut), dispatch };
}
