/** What the properties of `Profile Updated` say of a customer's attributes, each as the policy declares it. */
import { suggestName } from '../../base/nearest-name.ts';
import { type AttributeSpec, type AttributeValue, isDate } from '../attribute/attribute.ts';
import type { FactAttribute } from '../fact/fact.ts';
import type { PropertyValue } from './event-input.ts';
import { type EventWarning, warning } from './event-warning.ts';
import { propertyPath } from './property-words.ts';
import { wordKey } from './word-key.ts';

interface ToldAttributes {
  readonly attributes: readonly FactAttribute[];
  /** What is not kept, and why; undefined: nothing. */
  readonly warnings: readonly EventWarning[] | undefined;
}

/** A value, undefined for one that is removed; or why it is none, which completes "`field` …". */
type Read = { readonly value: AttributeValue | undefined } | { readonly refused: string };

const YES: ReadonlySet<string> = new Set(['true', 'yes', '1']);
const NO: ReadonlySet<string> = new Set(['false', 'no', '0']);
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$/;

/**
 * The attributes that are told, in order of the properties' names, and warnings of all others: a property that no attribute is called
 * by, in whatever letters and separators, and a value of another type or too long. The value of a personal one is in no warning.
 */
export function toldAttributes(
  properties: Readonly<Record<string, PropertyValue>> | undefined,
  specs: readonly AttributeSpec[],
): ToldAttributes {
  const attributes: FactAttribute[] = [];
  const warnings: EventWarning[] = [];
  const told = new Set<AttributeSpec>();
  const given = properties ?? {};
  // A map of the wire has no order.
  for (const property of Object.keys(given).sort()) {
    const value = given[property] as PropertyValue;
    const spec = specOf(property, specs);
    const field = propertyPath(property);
    const odd = (rule: string, shown: string, sentence: string): void => {
      const end = sentence.endsWith('?') ? '' : '.';
      warnings.push(warning(field, rule, shown, `\`${field}\` ${sentence}${end}`));
    };
    if (spec === undefined) {
      const names = specs.map(({ name }) => name);
      const near = suggestName(property, names);
      odd(
        'event.attribute_undeclared',
        '',
        `is no attribute that the policy declares, and is not kept${near}`,
      );
      continue;
    }
    // The name as it is declared counts before other spellings of it.
    if (told.has(spec) || (property !== spec.name && Object.hasOwn(given, spec.name))) {
      odd('event.attribute', '', `says ${spec.name} a second time, and is not kept`);
      continue;
    }
    told.add(spec);
    const read = readValue(spec, value);
    if ('value' in read) attributes.push({ name: spec.name, value: read.value });
    else odd('event.attribute', spec.isPersonal ? '' : String(value), `${read.refused}, and is not kept`);
  }
  return { attributes, warnings: warnings.length === 0 ? undefined : warnings };
}

const byKeyOf = new WeakMap<readonly AttributeSpec[], ReadonlyMap<string, AttributeSpec>>();

function specOf(property: string, specs: readonly AttributeSpec[]): AttributeSpec | undefined {
  let byKey = byKeyOf.get(specs);
  if (byKey === undefined) {
    byKey = new Map(specs.map((spec) => [wordKey(spec.name), spec]));
    byKeyOf.set(specs, byKey);
  }
  return byKey.get(wordKey(property));
}

function readValue({ type, charsMax }: AttributeSpec, value: PropertyValue): Read {
  const text = typeof value === 'string' ? value.trim() : '';
  if (typeof value === 'string' && text === '') return { value: undefined };
  switch (type) {
    case 'text': {
      if (typeof value === 'boolean' || Number.isNaN(value)) return { refused: 'must be a text' };
      return bounded(typeof value === 'number' ? String(value) : text, charsMax);
    }
    case 'number': {
      const number = typeof value === 'number' ? value : NUMBER.test(text) ? Number(text) : Number.NaN;
      // −0 and 0 are one.
      return Number.isFinite(number) ? { value: number + 0 } : { refused: 'must be a number, such as 12.5' };
    }
    case 'flag': {
      const word = typeof value === 'string' ? text.toLowerCase() : String(value);
      if (YES.has(word)) return { value: true };
      return NO.has(word) ? { value: false } : { refused: 'must be true or false' };
    }
    case 'date': {
      const date = MOMENT.exec(text)?.[1] ?? '';
      return isDate(date) ? { value: date } : { refused: 'must be a day, such as 1990-05-17' };
    }
    case 'texts':
      return textsOf(typeof value === 'number' ? String(value) : text, charsMax);
  }
}

/** A JSON list of texts, or texts with commas between them; each once. */
function textsOf(text: string, charsMax: number): Read {
  const list = text.startsWith('[') ? jsonTexts(text) : text.split(',');
  if (list === undefined || text === '')
    return { refused: 'must be texts: a JSON list, or with commas between them' };
  const texts = [...new Set(list.map((one) => one.trim()).filter((one) => one !== ''))];
  if (texts.length === 0) return { value: undefined };
  const chars = texts.reduce((sum, one) => sum + one.length, 0);
  return chars > charsMax ? tooLong(charsMax) : { value: texts };
}

function jsonTexts(text: string): readonly string[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const isText = (one: unknown): boolean => typeof one === 'string' || typeof one === 'number';
  return list.every(isText) ? list.map(String) : undefined;
}

function bounded(text: string, charsMax: number): Read {
  return text.length > charsMax ? tooLong(charsMax) : { value: text };
}

function tooLong(charsMax: number): Read {
  return { refused: `has more than ${charsMax} characters` };
}
