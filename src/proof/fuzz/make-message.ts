// Long because values, bounds and agreements of fields are one generator.
/**
 * Messages of any type of the contract, made from its descriptor and the rules in it: valid ones, or wild ones in which
 * any field may hold an extreme. Which rule-spanning fields belong together stands in `agree`.
 */
import {
  create,
  type DescField,
  type DescMessage,
  getOption,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import type { Rng } from '../../base/rng.ts';
import { type FieldRules, field as fieldRules } from '../../gen/buf/validate/validate_pb.ts';
import { meaningfulKey, meaningfulText, YAML_PIECES } from './fuzz-values.ts';

export interface MessagePlan {
  /** Share of the fields that hold an extreme, 0: the message keeps every rule. */
  readonly wildness: number;
  /** The service's time, ms since the epoch: what is said to have happened did so a little before. */
  readonly now: number;
  /** Files of a policy that is sound. */
  readonly policy: readonly (readonly [string, Uint8Array])[];
}

const { EXPLICIT } = FeatureSet_FieldPresence;
const DEPTH_MAX = 6;
/** Levels of messages within messages of the same type. */
const OWN_DEPTH_MAX = 2;
/** How many of an optional field's messages are present. */
const PRESENT = 0.5;
const DOUBLES = [
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, -5e-324],
  ...[Number.MAX_VALUE, -Number.MAX_VALUE, 1e308, 2 ** 53, -(2 ** 53), 1e15, 0.1 + 0.2],
];
const INTS = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 255, 65_536];
const UINTS = [0, 1, 2 ** 32 - 1, 2 ** 31, 1_000, 1_001];
const LONGS = [0n, 1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), -1n, 253_402_300_799n, 253_402_300_800n];
const ULONGS = [0n, 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n];
const TEXTS = [
  ...['', '\u0000', ' ', '\n', '\ufeff', '\u202e', '🙂'.repeat(64), 'é', '%', '%00', '../../etc'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'null',
    '0',
    '-1',
    '1e999',
    ':',
    'a:b',
    '"',
    "'",
  ],
  ...['x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(513), 'ü'.repeat(300)],
];
const LONG_TEXT = 'x'.repeat(100_000);

/** The bytes of a message of this type. */
export function makeMessage(desc: DescMessage, rng: Rng, plan: MessagePlan): Buffer {
  return Buffer.from(toBinary(desc, build(desc, rng, plan, 0).message));
}

function build(desc: DescMessage, rng: Rng, plan: MessagePlan, depth: number): ReflectMessage {
  const message = reflect(desc, create(desc));
  const known = WELL_KNOWN[desc.typeName];
  if (known !== undefined) {
    known(message, rng, plan);
    return message;
  }
  for (const member of desc.members) {
    if (member.kind === 'oneof') {
      const field = member.fields[rng.intBelow(member.fields.length)] as DescField;
      if (plan.wildness === 0 || rng.float() > plan.wildness) fill(message, field, rng, plan, depth);
    } else fill(message, member, rng, plan, depth);
  }
  if (plan.wildness === 0) AGREE[desc.name]?.(message, rng, plan);
  return message;
}

function fill(message: ReflectMessage, field: DescField, rng: Rng, plan: MessagePlan, depth: number): void {
  const rules = getOption(field, fieldRules);
  const wild = plan.wildness > 0 && rng.float() < plan.wildness;
  switch (field.fieldKind) {
    case 'scalar':
      if (field.presence === EXPLICIT && field.oneof === undefined && rng.float() > PRESENT) return;
      message.set(field, scalar(field, field.scalar, rules, rng, wild));
      return;
    case 'enum':
      message.set(field, enumValue(field, rules, rng, wild));
      return;
    case 'message': {
      const needed = rules.required || field.oneof !== undefined;
      if (wild ? rng.float() < PRESENT : !needed && rng.float() > PRESENT) return;
      if (depth < DEPTH_MAX) message.set(field, build(field.message, rng, plan, depth + 1));
      return;
    }
    case 'list':
      fillList(message, field, rules, rng, plan, { wild, depth });
      return;
    case 'map':
      fillMap(message, field, rng, plan, { wild, depth });
  }
}

interface Standing {
  readonly wild: boolean;
  readonly depth: number;
}

function fillList(
  message: ReflectMessage,
  field: DescField & { readonly fieldKind: 'list' },
  rules: FieldRules,
  rng: Rng,
  plan: MessagePlan,
  { wild, depth }: Standing,
): void {
  // A message that holds more of its own kind, as a stream's may, would branch without an end.
  const isOwnKind = field.listKind === 'message' && field.message.typeName === message.desc.typeName;
  if (depth >= (isOwnKind ? OWN_DEPTH_MAX : DEPTH_MAX)) return;
  const bounds = rules.type.case === 'repeated' ? rules.type.value : undefined;
  const least = Number(bounds?.minItems ?? 0);
  const most = Number(bounds?.maxItems ?? 4) || 4;
  const count = wild ? listLength(most, rng) : least + rng.intBelow(Math.min(3, most - least) + 1);
  const list = message.get(field);
  const itemRules = bounds?.items ?? NO_RULES;
  // Far too many are one plain item over and over: making them, or sending 100 MiB, is not what is tried here.
  const plain = { ...plan, wildness: 0 };
  let item: unknown;
  for (let n = 0; n < count; n++) {
    if (n <= 3) {
      const made = n === 3 ? plain : plan;
      if (field.listKind === 'message') item = build(field.message, rng, made, depth + 1);
      else if (field.listKind === 'enum') item = 0;
      else item = scalar(field, field.scalar, itemRules, rng, wild && n === 0);
    }
    list.add(item as never);
  }
}

function listLength(most: number, rng: Rng): number {
  const lengths = [0, 1, most, most + 1];
  return Math.min(lengths[rng.intBelow(lengths.length)] as number, 1_001);
}

function fillMap(
  message: ReflectMessage,
  field: DescField & { readonly fieldKind: 'map' },
  rng: Rng,
  plan: MessagePlan,
  { wild, depth }: Standing,
): void {
  const map = message.get(field);
  if (field.name === 'files') {
    if (rng.float() < 0.1) for (const [name, bytes] of plan.policy) map.set(name, bytes);
    if (wild || map.size === 0) map.set(meaningfulKey(field, rng), yaml(rng));
    return;
  }
  const count = wild ? (rng.intBelow(4) === 0 ? 70 : rng.intBelow(3)) : rng.intBelow(3);
  for (let n = 0; n < count; n++) {
    const key =
      count > 8 ? `k${n}` : wild && rng.intBelow(4) === 0 ? pick(TEXTS, rng) : meaningfulKey(field, rng);
    if (field.mapKind === 'message') map.set(key, build(field.message, rng, plan, depth + 1));
    else if (field.mapKind === 'scalar') map.set(key, scalar(field, field.scalar, NO_RULES, rng, wild));
  }
}

const NO_RULES = { type: { case: undefined } } as unknown as FieldRules;

function scalar(
  field: DescField,
  type: ScalarType,
  rules: FieldRules,
  rng: Rng,
  wild: boolean,
): string | number | bigint | boolean | Uint8Array {
  switch (type) {
    case ScalarType.STRING:
      return wild ? extremeText(rng) : fittingText(field, rules, rng);
    case ScalarType.BYTES:
      return yaml(rng);
    case ScalarType.BOOL:
      // A dry run and an import leave nothing behind: now and then.
      return rng.intBelow(8) === 0;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return wild ? pick(DOUBLES, rng) : Math.round(rng.float() * 10_000) / (isShare(rules) ? 10_000 : 100);
    case ScalarType.UINT32:
      return wild ? pick(UINTS, rng) : 1 + rng.intBelow(3);
    case ScalarType.UINT64:
      return wild ? pick(ULONGS, rng) : BigInt(rng.intBelow(1_000));
    case ScalarType.INT64:
      return wild ? pick(LONGS, rng) : BigInt(rng.intBelow(1_000));
    default:
      return wild ? pick(INTS, rng) : 1 + rng.intBelow(3);
  }
}

function isShare({ type }: FieldRules): boolean {
  return type.case === 'double' && type.value.lessThan.case === 'lte' && type.value.lessThan.value === 1;
}

function enumValue(
  field: DescField & { readonly fieldKind: 'enum' },
  rules: FieldRules,
  rng: Rng,
  wild: boolean,
): number {
  if (wild) return pick(INTS, rng);
  const values = field.enum.values.filter(({ number }) => number !== 0 || !rules.required);
  return values[rng.intBelow(values.length)]?.number ?? 0;
}

function extremeText(rng: Rng): string {
  return rng.intBelow(12) === 0 ? LONG_TEXT : pick(TEXTS, rng);
}

function fittingText(field: DescField, rules: FieldRules, rng: Rng): string {
  const needed = rules.type.case === 'string' && rules.type.value.minLen > 0n;
  const meant = meaningfulText(field, rng);
  if (meant !== undefined && !(needed && meant === '')) return meant;
  return !needed && rng.intBelow(2) === 0 ? '' : `t${rng.intBelow(50)}`;
}

function yaml(rng: Rng): Uint8Array {
  return Buffer.from(pick(YAML_PIECES, rng));
}

function pick<T>(values: readonly T[], rng: Rng): T {
  return values[rng.intBelow(values.length)] as T;
}

type Filler = (message: ReflectMessage, rng: Rng, plan: MessagePlan) => void;

const WELL_KNOWN: Readonly<Record<string, Filler>> = {
  'google.protobuf.Timestamp': (message, rng, { wildness, now }) => {
    const wild = wildness > 0 && rng.float() < wildness;
    const seconds = Math.floor(now / 1_000) - rng.intBelow(rng.intBelow(4) === 0 ? 86_400 : 60);
    put(message, 'seconds', wild ? pick(LONGS, rng) : BigInt(seconds));
    put(message, 'nanos', wild ? pick(INTS, rng) : rng.intBelow(1_000) * 1_000_000);
  },
  'google.protobuf.Duration': (message, rng, { wildness }) => {
    const wild = wildness > 0 && rng.float() < wildness;
    put(message, 'seconds', wild ? pick(LONGS, rng) : BigInt(1 + rng.intBelow(30)));
    put(message, 'nanos', wild ? pick(INTS, rng) : 0);
  },
};

/** A stream's message is one request, or entries that are one each. */
function oneOrEntries(message: ReflectMessage, single: string, rng: Rng, plan: MessagePlan): void {
  const entries = message.get(field(message, 'entries')) as Iterable<ReflectMessage> & { size: number };
  const areSingle = [...entries].every((entry) => entry.isSet(field(entry, single)));
  if (entries.size > 0 && areSingle && rng.intBelow(2) === 0) return message.clear(field(message, single));
  message.clear(field(message, 'entries'));
  set(message, single, rng, plan);
}

/** Rules that span fields: what a valid message leaves out or adds. */
const AGREE: Readonly<Record<string, Filler>> = {
  DecideStreamRequest: (message, rng, plan) => oneOrEntries(message, 'request', rng, plan),
  StreamEventsRequest: (message, rng, plan) => oneOrEntries(message, 'event', rng, plan),
  Event: (message, rng, plan) => {
    const name = get(message, 'name') as string;
    if (NEEDS_PRODUCTS.has(name)) add(message, 'products', rng, plan);
    if (name.startsWith('Order ')) set(message, 'order', rng, plan);
    if (name === 'Consent Updated') put(message, 'name', 'Page Viewed');
    // The age limit falls for imports alone, and those are not what a shop sends all day.
    if (rng.intBelow(4) > 0) put(message, 'historical', false);
  },
  DecideRequest: (message, rng) => {
    const placements = message.get(field(message, 'placements')) as unknown as { size: number };
    put(message, 'dryRun', rng.intBelow(8) === 0);
    put(message, 'delivery', placements.size === 0 ? 2 : 1);
    // The events of a request are about its customer; those made here are about others.
    message.clear(field(message, 'events'));
  },
  Feedback: (message, rng) => {
    // Identifiers stand alone; without them a dispatch or a token is named.
    message.clear(field(message, 'identifiers'));
    if (get(message, 'dispatchId') === '' && get(message, 'tracking') === '')
      put(message, 'dispatchId', `unknown-${rng.intBelow(1000)}`);
  },
  CustomerRef: (message, rng) => {
    const named = message.get(field(message, 'identifiers')) as unknown as { size: number };
    if (named.size > 0 || rng.intBelow(2) === 0) message.clear(field(message, 'customerId'));
    if (named.size === 0 && get(message, 'customerId') === '')
      put(message, 'customerId', 'AAAAAAAAAAAAAAAAAAAAAA');
  },
  PauseTarget: (message) => {
    if (message.isSet(field(message, 'outbound'))) put(message, 'outbound', true);
  },
  WhyNotRequest: (message, rng) => {
    if (rng.intBelow(2) === 0) message.clear(field(message, 'at'));
    message.clear(field(message, 'from'));
    message.clear(field(message, 'to'));
  },
};

const NEEDS_PRODUCTS = new Set([
  ...['Product Viewed', 'Product Clicked', 'Product Added', 'Product Removed', 'Product Added to Wishlist'],
  ...['Size Guide Viewed', 'Variant Unavailable'],
]);

function field(message: ReflectMessage, name: string): DescField {
  const found = message.desc.field[name];
  if (found === undefined) throw new Error(`${message.desc.typeName} has no field ${name}.`);
  return found;
}

function get(message: ReflectMessage, name: string): unknown {
  return message.get(field(message, name));
}

function put(message: ReflectMessage, name: string, value: unknown): void {
  message.set(field(message, name), value);
}

function set(message: ReflectMessage, name: string, rng: Rng, plan: MessagePlan): void {
  const at = field(message, name);
  if (at.fieldKind === 'message' && !message.isSet(at)) message.set(at, build(at.message, rng, plan, 1));
}

function add(message: ReflectMessage, name: string, rng: Rng, plan: MessagePlan): void {
  const at = field(message, name);
  if (at.fieldKind === 'list' && at.listKind === 'message' && !message.isSet(at))
    message.get(at).add(build(at.message, rng, plan, 1) as never);
}
