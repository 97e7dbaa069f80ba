/**
 * Facts as plain JSON for people: `inspect`, `tail`, `--json`. Who the customer is stays out unless it is asked for:
 * no keys, identifiers, ids of sessions, orders and events, links, or texts that were filled in for her.
 */
import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import { CandidateColumns, NOTHING, PROPOSERS, ROW_STAGES } from '../../core/decide/candidate-columns.ts';
import type { Choice, DecisionFact, Fact, RecordHeader } from '../../core/fact/fact.ts';
import { REASONS } from '../../core/reason.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export interface FactJsonOptions {
  /** Include what says who she is. Default: false. */
  readonly identifiers?: boolean;
}

/** Fields that name a person or what is hers alone, in any fact. */
const PERSONAL: ReadonlySet<string> = new Set([
  'key',
  'identifiers',
  'id',
  'idHash',
  'bodyHash',
  'sessionId',
  'orderId',
  'coupon',
  'requestId',
  'requestHash',
  'link',
  'code',
  'slotValues',
  'rendered',
  'state',
]);

/** A fact with names for codes, lists for typed arrays and null for NaN and infinities. */
export function factToJson(fact: Fact, options: FactJsonOptions = {}): { readonly [name: string]: Json } {
  const open = options.identifiers === true;
  const plain = objectToJson(fact, open) as Record<string, Json>;
  if (fact.kind === 'decision') plain.record = recordToJson(fact);
  if (fact.kind === 'delivery') plain.state = fact.state;
  return plain;
}

/** A record's header and facts, each with its index. */
export function recordJson(
  header: RecordHeader,
  facts: readonly Fact[],
  options: FactJsonOptions = {},
): Json {
  return { ...header, facts: facts.map((fact, index) => ({ index, ...factToJson(fact, options) })) };
}

function valueToJson(name: string, value: unknown, open: boolean): Json {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return named(name, value) ?? (Number.isFinite(value) ? value : null);
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Float32Array)
    return Array.from(value, (item) => (Number.isFinite(item) ? item : null));
  if (Array.isArray(value)) return value.map((item) => valueToJson(name, item, open));
  return objectToJson(value, open);
}

function objectToJson(value: object, open: boolean): Json {
  const plain: Record<string, Json> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field instanceof CandidateColumns || (!open && PERSONAL.has(name))) continue;
    plain[name] = valueToJson(name, field, open);
  }
  return plain;
}

/** The name of a code; undefined for a field that is no code. */
function named(name: string, code: number): string | undefined {
  if (name === 'channel' || name === 'contextChannel') return CHANNELS[code] ?? 'none';
  if (name === 'purpose') return PURPOSES[code];
  if (name === 'reason') return REASONS[code];
  return undefined;
}

function recordToJson(fact: DecisionFact): Json {
  const { columns, features, logits, scoreRows, scoreChannel, budgetUsed } = fact.record;
  const rows: Json[] = [];
  for (let row = 0; row < columns.count; row++) rows.push(rowToJson(columns, row, fact.choices));
  return {
    scoreRows,
    scoreChannel: Array.from(scoreChannel, (channel) => CHANNELS[channel] ?? 'none'),
    features: Array.from(features, (item) => (Number.isFinite(item) ? item : null)),
    logits: Array.from(logits, (item) => (Number.isFinite(item) ? item : null)),
    budgetUsed: Array.from(budgetUsed, finite),
    candidates: rows,
  };
}

/** Terms of the expected value, for rows that have them. */
const TERMS = [
  'p0',
  'tau',
  'tauSd',
  'margin',
  'discount',
  'margin0',
  'engage',
  'engageValue',
  'unsubscribe',
  'unsubscribeCost',
  'channelCost',
  'budgetCost',
  'ev',
  'evSd',
  'propensity',
] as const;

function rowToJson(columns: CandidateColumns, row: number, choices: readonly Choice[]): Json {
  const action = columns.action[row] as number;
  const stage = ROW_STAGES[columns.stage[row] as number] ?? 'unknown';
  const reason = columns.reason[row] as number;
  const plain: Record<string, Json> = {
    row,
    placement: columns.placement[row] as number,
    // The policy's index; its name is known here only where it was chosen.
    action: action === NOTHING ? 'nothing' : action,
    variant: columns.variant[row] as number,
    channel: CHANNELS[columns.channel[row] as number] ?? 'none',
    proposer: PROPOSERS[columns.proposer[row] as number] ?? 'unknown',
    stage,
  };
  const chosen = stage === 'chosen' ? choices.find((choice) => choice.row === row) : undefined;
  if (chosen !== undefined && chosen.action !== '') plain.chosen = chosen.action;
  if (reason !== 0) {
    plain.reason = REASONS[reason] ?? reason;
    plain.value = finite(columns.value[row]);
    plain.limit = finite(columns.limit[row]);
  }
  if (columns.ref[row] !== '') plain.ref = columns.ref[row] as string;
  if (columns.product[row] !== '') plain.product = columns.product[row] as string;
  if (stage !== 'scored' && stage !== 'chosen') return plain;
  plain.scoreRow = columns.scoreRow[row] as number;
  for (const term of TERMS) plain[term] = finite(columns[term][row]);
  return plain;
}

function finite(value: number | undefined): Json {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
