import { z } from 'zod';
import { suggestName } from '../base/nearest-name.ts';
import { type PolicyFault, showValue } from '../core/policy/policy-fault.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** Every way in which a file's data does not fit its shape, as sentences with their places. */
export function shapeFaults(source: YamlSource, shape: z.ZodType): PolicyFault[] {
  const result = shape.safeParse(source.data, { reportInput: true });
  return result.success ? [] : result.error.issues.flatMap((issue) => issueFaults(source, shape, issue, []));
}

type Issue = z.core.$ZodIssue;

function issueFaults(source: YamlSource, shape: z.ZodType, issue: Issue, above: YamlPath): PolicyFault[] {
  const path: YamlPath = [
    ...above,
    ...issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
  ];
  const name = fieldName(path);
  const value = showValue(valueAt(source.data, path));
  const fault = (message: string): PolicyFault[] => [source.faultAt(path, message)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        source.faultAtKey(
          [...path, key],
          // `note: here, and there` within { }: the rest of a text became a key without a value.
          key.includes(' ') && valueAt(source.data, [...path, key]) === null
            ? `${name} has an unknown key ${showValue(key)}; within { } a text that holds a comma stands in quotes: "one, two"`
            : `${name} has an unknown key ${showValue(key)}${suggestKey(key, keysAt(shape, path))}`,
        ),
      );
    case 'invalid_key':
      return [source.faultAtKey(path, `the name ${showValue(path.at(-1))} ${keyRule(issue)}`)];
    case 'invalid_type':
      // A field with a rule of its own says that rule; the library's words begin with "Invalid".
      return fault(
        `${name} is ${valueAt(source.data, path) === undefined ? 'missing' : value}; it ${issue.message.startsWith('Invalid') ? `must be ${typeWords(issue.expected)}` : issue.message}`,
      );
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      if (valueAt(source.data, path) === undefined)
        return fault(`${name} is missing; it must be ${oneOf(allowed)}`);
      const found = valueAt(source.data, path);
      const near = typeof found === 'string' ? suggestName(found, allowed) : '';
      return fault(
        `${name} is ${value}; it must be ${near.includes('did you mean') ? `${oneOf(allowed)}${near}` : oneOf(allowed)}`,
      );
    }
    case 'too_big':
      return fault(`${name} ${sizeWords(issue.origin, value)} at most ${issue.maximum}`);
    case 'too_small':
      return fault(
        `${name} ${sizeWords(issue.origin, value)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`,
      );
    case 'invalid_format':
      return fault(`${name} is ${value}; it ${issue.message}`);
    case 'invalid_union': {
      // The branch that understood the value's type has the useful complaint.
      const isText = typeof valueAt(source.data, path) === 'string';
      const branch = issue.errors.find((issues) => issues.some((inner) => !isOfAnotherType(inner, isText)));
      if (branch === undefined) return fault(`${name} is ${value}; it must be ${branchWords(issue.errors)}`);
      const faults = branch.flatMap((inner) => issueFaults(source, shape, inner, path));
      // A word that is none of a list may have been meant as what else is allowed in its place.
      const others = branchWords(issue.errors.filter((issues) => issues !== branch));
      return branch[0]?.code === 'invalid_value' && others !== ''
        ? faults.map((one) => ({ ...one, message: `${one.message}; or ${others}` }))
        : faults;
    }
    default:
      return fault(`${name} is ${value}: ${issue.message}`);
  }
}

/** What a value of several shapes may be, where it is of none of their types: the rule of each shape, or its type. */
function branchWords(branches: readonly (readonly z.core.$ZodIssue[])[]): string {
  const words = branches.map(([issue]) => {
    if (issue?.code === 'invalid_value') return oneOf(issue.values.map(String));
    if (issue?.code !== 'invalid_type') return '';
    return issue.message.startsWith('must be ')
      ? issue.message.slice('must be '.length)
      : typeWords(issue.expected);
  });
  return [...new Set(words)].filter((word) => word !== '').join(', or ');
}

/** Whether a branch of a union was not meant at all: the value is of another type. */
function isOfAnotherType({ code, path }: Issue, isText: boolean): boolean {
  if (path.length > 0) return false;
  return code === 'invalid_type' || (code === 'invalid_value' && !isText);
}

/** How sentences name a field: its path, "the file" for the top. */
export function fieldName(path: YamlPath): string {
  return path.length === 0 ? 'the file' : path.join('.');
}

/** The raw value at a path of keys; undefined when there is none. */
export function valueAt(data: unknown, path: YamlPath): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

function suggestKey(key: string, known: readonly string[]): string {
  return known.length === 0 ? '' : suggestName(key, known);
}

function keyRule(issue: z.core.$ZodIssueInvalidKey): string {
  const inner = issue.issues[0];
  if (inner?.code === 'invalid_value') return `is not known; it must be ${oneOf(inner.values.map(String))}`;
  if (inner?.code === 'too_small') return 'must not be empty';
  if (inner?.code === 'too_big') return `must have at most ${inner.maximum} characters`;
  return inner?.message ?? 'is not allowed';
}

function sizeWords(origin: string, value: string): string {
  switch (origin) {
    case 'array':
      return 'has too many or too few entries; their number must be';
    case 'string':
      return 'has too many or too few characters; their number must be';
    default:
      return `is ${value}; it must be`;
  }
}

function typeWords(expected: string): string {
  switch (expected) {
    case 'object':
    case 'record':
      return 'a mapping';
    case 'array':
      return 'a list';
    case 'string':
      return 'a text';
    case 'boolean':
      return 'true or false';
    case 'int':
      return 'a whole number';
    case 'number':
      return 'a number';
    default:
      return expected;
  }
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`;
}

/** The keys that a strict object at `path` knows; [] when the shape there is open or has no keys. */
function keysAt(shape: z.ZodType, path: YamlPath): string[] {
  let current: unknown = shape;
  for (const part of path) current = childShape(unwrap(current), part);
  const found = unwrap(current);
  if (found instanceof z.ZodObject) return Object.keys(found.shape);
  return found instanceof z.ZodRecord && found.keyType instanceof z.ZodEnum
    ? found.keyType.options.map(String)
    : [];
}

function childShape(shape: unknown, part: string | number): unknown {
  if (shape instanceof z.ZodObject) return (shape.shape as Record<string, unknown>)[String(part)];
  if (shape instanceof z.ZodRecord) return shape.valueType;
  if (shape instanceof z.ZodArray) return shape.element;
  return undefined;
}

/** Through `optional` and `prefault`, and through a union to its mapping branch. */
function unwrap(shape: unknown): unknown {
  if (shape instanceof z.ZodOptional || shape instanceof z.ZodPrefault) return unwrap(shape.unwrap());
  if (shape instanceof z.ZodUnion) return shape.options.find((option) => option instanceof z.ZodObject);
  return shape;
}
