import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { type Path, pathToString, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation as RuleViolation, type Validator } from '@bufbuild/protovalidate';
import { mendingField } from '../codec/wire/mending-field.ts';
import type { Violation } from '../codec/wire/violation.ts';
import { LIMITS } from '../config/limits.ts';
import { cut, type Failure, failure, invalidRequest, isFailure } from './failure.ts';

let validator: Validator | undefined;

/**
 * The message in `bytes`, parsed generically and held against the rules of the contract, or every fault in it. For
 * methods that are not hot: compiling a type's rules costs milliseconds once, checking microseconds.
 */
export function parseRequest<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
): MessageShape<Desc> | Failure {
  const message = readMessage(schema, bytes);
  if (isFailure(message)) return message;
  const faults = checkMessage(schema, message);
  return faults.length === 0 ? message : invalidRequest(faults);
}

/** The message in `bytes`, with its rules unchecked. */
export function readMessage<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
): MessageShape<Desc> | Failure {
  try {
    return fromBinary(schema, bytes);
  } catch {
    // Whatever the parser met, the caller's bytes are at fault; what it says of them is its own text, not ours.
    return failure('invalid', `The bytes are not a valid ${schema.typeName}.`);
  }
}

/** Every fault of a message; none: it keeps the contract. Throws when a rule of the contract is itself broken. */
export function checkMessage<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): readonly Violation[] {
  validator ??= createValidator();
  const result = validator.validate(schema, message);
  if (result.kind === 'error') throw result.error;
  if (result.kind === 'valid') return [];
  const root = reflect(schema, message);
  return result.violations.slice(0, LIMITS.requestFaultsMax).map((fault) => describe(fault, root));
}

function describe(fault: RuleViolation, root: ReflectMessage): Violation {
  const path = pathToString(fault.field);
  // A rule about a whole message names the field that would mend it.
  const inner = fault.field.length === 0 || isMessage(fault.field) ? mendingField(fault.ruleId) : '';
  const field = path === '' || inner === '' ? path + inner : `${path}.${inner}`;
  return {
    field,
    rule: fault.ruleId,
    value: cut(fault.forKey ? lastKey(fault.field) : shown(valueAt(root, fault.field))),
    message: sentence(path, fault.message, inner !== ''),
  };
}

/** Rules of fields complete "`field` …"; those of a whole message say what to do: "give at, or from and to". */
function sentence(path: string, said: string, isAdvice: boolean): string {
  const what = said.replace(/\.$/, '');
  if (!isAdvice) return `${path === '' ? 'The message' : `\`${path}\``} ${what}.`;
  return path === '' ? `${what.charAt(0).toUpperCase()}${what.slice(1)}.` : `\`${path}\`: ${what}.`;
}

/** Whether a path ends at a message, which only rules about the whole of it name. */
function isMessage(path: Path): boolean {
  const last = path.at(-1);
  return last?.kind === 'field' && last.fieldKind === 'message';
}

function lastKey(path: Path): string {
  const last = path.at(-1);
  return last?.kind === 'map_sub' ? String(last.key) : '';
}

/** What stands at a path, through messages, lists and maps; undefined where nothing does. */
function valueAt(root: ReflectMessage, path: Path): unknown {
  let at: unknown = root;
  for (const step of path) {
    if (at === undefined || at === null) return undefined;
    if (step.kind === 'field') {
      const holder = at as ReflectMessage;
      if (!holder.isSet(step) && step.fieldKind === 'message') return undefined;
      at = holder.get(step);
    } else if (step.kind === 'list_sub') at = (at as { get(index: number): unknown }).get(step.index);
    else if (step.kind === 'map_sub') at = (at as { get(key: unknown): unknown }).get(step.key);
    else return undefined;
  }
  return at;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'object' && value !== null && 'size' in value) return `${value.size as number}`;
  return '';
}
