import { mendingField } from './mending-field.ts';

/** One fault of a message: which field, which rule of the contract, which value. */
export interface Violation {
  /** Path from the message, for example `events[2].products[0].price`; '' only until `within` names it. */
  readonly field: string;
  /** Id of the rule, as protovalidate names it; `string.utf8` for bytes that are no text. */
  readonly rule: string;
  /** The value found, cut to 64 characters; '' when missing. */
  readonly value: string;
  /** One sentence for the caller. */
  readonly message: string;
}

/** A message that was refused. `malformed`: the bytes are no protobuf message, and `violations` is empty. */
export class WireFault {
  readonly malformed: boolean;
  /** All faults, at most 100, in the order in which they were met. */
  readonly violations: readonly Violation[];

  constructor(malformed: boolean, violations: readonly Violation[]) {
    this.malformed = malformed;
    this.violations = violations;
  }

  /** One sentence for the status of a failed call. */
  get message(): string {
    if (this.malformed) return 'The bytes are not a valid protobuf message of this type.';
    const first = this.violations[0]?.message ?? 'The message is invalid.';
    const more = this.violations.length - 1;
    return more > 0 ? `${first} (and ${more} more)` : first;
  }
}

const VALUE_CHARS_MAX = 64;
const FIELD_CHARS_MAX = 256;

const sentences: Readonly<Record<string, string>> = {
  required: 'is required',
  'string.min_len': 'must not be empty',
  'string.utf8': 'must be valid UTF-8',
  'string.in': 'is not one of the allowed values',
  'enum.defined_only': 'is not one of the allowed values',
  'repeated.min_items': 'needs more items',
  'timestamp.gte_lt': 'must be a time from 1970 to the year 2100',
  'decide.placements': 'must name placements with RETURN, and none with DISPATCH',
  'decide_stream.request_or_entries': 'must be set, or entries that each hold one',
  'decide_stream.entries_flat': 'may not hold entries within an entry',
  'stream_events.event_or_entries': 'must be set, or entries that each hold one',
  'stream_events.entries_flat': 'may not hold entries within an entry',
  'feedback.about': 'or tracking must be given, or else identifiers, not both',
};

/** A violation with its sentence. `bound` completes rules that are about a limit or a form: `is longer than 64 bytes`. */
export function violation(at: string, rule: string, value: string, bound = ''): Violation {
  const field = at === '' ? mendingField(rule) : at;
  const shown = value.length > VALUE_CHARS_MAX ? `${value.slice(0, VALUE_CHARS_MAX - 1)}…` : value;
  return { field, rule, value: shown, message: sentence(field, rule, bound) };
}

/** The same violation, seen from the message that holds `at`. */
export function within(at: string, inner: Violation): Violation {
  const joint = inner.field === '' || inner.field.startsWith('[') ? '' : '.';
  const field = `${at}${joint}${inner.field}`.slice(0, FIELD_CHARS_MAX);
  const told = inner.field === '' ? 'The message' : `\`${inner.field}\``;
  return {
    field,
    rule: inner.rule,
    value: inner.value,
    message: `\`${field}\`${inner.message.slice(told.length)}`,
  };
}

function sentence(field: string, rule: string, bound: string): string {
  const subject = field === '' ? 'The message' : `\`${field}\``;
  const said = bound === '' ? (sentences[rule] ?? 'is not allowed') : bound;
  return `${subject} ${said}${said.endsWith('?') ? '' : '.'}`;
}
