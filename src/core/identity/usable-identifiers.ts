/** Which identifiers of a request lead to a person: of a declared kind, and none of the values that stand for nobody. */
import { suggestName } from '../../base/nearest-name.ts';
import { REQUEST_BOUNDS } from '../bounds.ts';
import type { IdentifierInput } from '../event/event-input.ts';
import { type EventWarning, warning } from '../event/event-warning.ts';

const KIND = /^[a-z][a-z0-9_]{0,31}$/;
const VALUE_BYTES_MAX = 256;
/** Zeros and what parts them: the empty UUID, `0`, `000-000`. */
const ZEROS = /^[0\s{}:_-]*0[0\s{}:_-]*$/;
/** Spaces, control characters and what is not printed. */
const BLANK = /^[\s\p{Cc}\p{Cf}]*$/u;
/** A template that nobody filled in: `{{user_id}}`, `${id}`, `%%EMAIL%%`, `*|EMAIL|*`. */
const TEMPLATE = /^(?:\{\{.*\}\}|\$\{.*\}|%%.*%%|\*\|.*\|\*)$/s;
const KEPT_MAX = REQUEST_BOUNDS.identifiersPerRequestMax;

export interface UsableIdentifiers {
  /** The list itself where all can be used; at most 8, the strongest kinds first where some had to go. */
  readonly kept: readonly IdentifierInput[];
  /** Why each other one was dropped; of an empty `kept` these are its faults. */
  readonly dropped: readonly EventWarning[];
}

const NONE: readonly EventWarning[] = [];

/**
 * `kinds`: the policy's, strongest first. `impossible`: values that stand for nobody, in lower case (`Policy.impossibleIdentifiers`).
 */
export function usableIdentifiers(
  given: readonly IdentifierInput[],
  kinds: readonly string[],
  impossible: ReadonlySet<string>,
): UsableIdentifiers {
  let kept: IdentifierInput[] | undefined;
  let dropped: EventWarning[] | undefined;
  for (let i = 0; i < given.length; i++) {
    const one = given[i] as IdentifierInput;
    const why = unusable(one, i, kinds, impossible);
    if (why === undefined) {
      kept?.push(one);
      continue;
    }
    kept ??= given.slice(0, i);
    dropped ??= [];
    dropped.push(why);
  }
  const usable = kept ?? given;
  if (usable.length <= KEPT_MAX) return { kept: usable, dropped: dropped ?? NONE };
  const ranked = [...usable].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  const sentence = `\`identifiers\` holds more than ${KEPT_MAX}; the weakest were dropped.`;
  const surplus = warning('identifiers', 'repeated.max_items', String(usable.length), sentence);
  return { kept: ranked.slice(0, KEPT_MAX), dropped: [...(dropped ?? NONE), surplus] };
}

/** What is wrong with each identifier by itself, whatever the policy, where that is so of all of them; else nothing. */
export function malformedIdentifiers(given: readonly IdentifierInput[]): readonly EventWarning[] {
  const faults: EventWarning[] = [];
  for (let i = 0; i < given.length; i++) {
    const one = given[i] as IdentifierInput;
    const kind = malformedKind(one.kind, i);
    const value = malformedValue(one.value, i);
    if (kind === undefined && value === undefined) return NONE;
    if (kind !== undefined) faults.push(kind);
    if (value !== undefined) faults.push(value);
  }
  return faults;
}

function unusable(
  { kind, value }: IdentifierInput,
  i: number,
  kinds: readonly string[],
  impossible: ReadonlySet<string>,
): EventWarning | undefined {
  const at = `identifiers[${i}]`;
  if (!kinds.includes(kind)) {
    const sentence = `\`${at}.kind\` is "${kind}", which the policy does not declare${suggestName(kind, kinds)}.`;
    return malformedKind(kind, i) ?? warning(`${at}.kind`, 'declared', kind, sentence);
  }
  const malformed = malformedValue(value, i);
  if (malformed !== undefined) return malformed;
  const plain = value.trim();
  if (BLANK.test(plain) || TEMPLATE.test(plain)) return nobody(`${at}.value`, value);
  if ((plain[0] === '0' || plain[0] === '{') && ZEROS.test(plain)) return nobody(`${at}.value`, value);
  return impossible.has(plain.toLowerCase()) ? nobody(`${at}.value`, value) : undefined;
}

function malformedKind(kind: string, i: number): EventWarning | undefined {
  if (KIND.test(kind)) return undefined;
  const field = `identifiers[${i}].kind`;
  const sentence = `\`${field}\` must be 1 to 32 of a-z, 0-9 and _, beginning with a letter.`;
  return warning(field, 'string.pattern', kind, sentence);
}

function malformedValue(value: string, i: number): EventWarning | undefined {
  const field = `identifiers[${i}].value`;
  if (value === '') return warning(field, 'string.min_len', value, `\`${field}\` must not be empty.`);
  if (!isLong(value)) return undefined;
  return warning(field, 'string.max_bytes', value, `\`${field}\` is longer than ${VALUE_BYTES_MAX} bytes.`);
}

function nobody(field: string, value: string): EventWarning {
  const sentence = `\`${field}\` stands for nobody (the policy's impossible_identifiers) and is no key.`;
  return warning(field, 'identifier.impossible', value, sentence);
}

/** Of UTF-8, where a character has up to 3 bytes a unit. */
function isLong(value: string): boolean {
  if (value.length > VALUE_BYTES_MAX) return true;
  if (value.length * 3 <= VALUE_BYTES_MAX) return false;
  let bytes = 0;
  for (const character of value) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes > VALUE_BYTES_MAX;
}
