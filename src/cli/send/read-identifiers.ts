/** Who a line is about, each key in its one form (src/client/identifier-form.ts). */
import {
  emailIdentifier,
  type IdentifierInit,
  identifierOfKind,
  phoneIdentifier,
  plainIdentifier,
} from '../../client/identifier-form.ts';
import { isObject, type JsonObject } from '../json-line.ts';
import { textIn, textOf } from './read-value.ts';

export interface IdentifierSetting {
  /** Identifier kind of `userId`. */
  readonly userKind: string;
  /** Where telephone numbers without a country's code are from (ISO 3166); undefined: such numbers are left out. */
  readonly country: string | undefined;
}

/** What a key came to: the key, or the sentence that says why it is none. */
type Read = IdentifierInit | string;

/** The keys of one of Segment's calls; `warn` is told of those that are none. Throws an Error when none is left. */
export function segmentIdentifiers(
  call: JsonObject,
  context: JsonObject,
  { userKind, country }: IdentifierSetting,
  warn: (sentence: string) => void,
): IdentifierInit[] {
  const device = isObject(context.device) ? context.device : {};
  const traits = [
    ['context.traits', context.traits],
    ['traits', call.traits],
  ] as const;
  const found: Read[] = [];
  const add = (value: unknown, field: string, read: (text: string) => Read): void => {
    const text = textIn(value, field);
    if (text.trim() !== '') found.push(read(text));
  };
  add(call.userId, 'userId', (text) => plainIdentifier(userKind, text));
  for (const [field, given] of traits) {
    if (!isObject(given)) continue;
    add(given.email, `${field}.email`, (text) => emailIdentifier(text) ?? noAddress(`${field}.email`, text));
    add(
      given.phone,
      `${field}.phone`,
      (text) => phoneIdentifier(text, country) ?? noPhone(`${field}.phone`, text, country),
    );
  }
  add(textOf(device.token), 'context.device.token', (text) => plainIdentifier('push_token', text));
  add(call.anonymousId, 'anonymousId', (text) => plainIdentifier('anonymous', text));
  return usable(found, `a ${textOf(call.type) || 'track'} call needs "userId" or "anonymousId"`, warn);
}

/** The keys of an attune.v1.Event, in its order. Throws an Error when none of several is left. */
export function ownIdentifiers(
  identifiers: readonly unknown[],
  { country }: IdentifierSetting,
  warn: (sentence: string) => void,
): unknown[] {
  const found = identifiers.map((given, at): Read | { readonly other: unknown } => {
    if (!isObject(given) || typeof given.kind !== 'string' || typeof given.value !== 'string')
      return { other: given };
    const field = `identifiers[${at}].value`;
    const { kind, value } = given;
    const read = identifierOfKind(kind, value, country);
    if (read !== undefined) return read;
    return kind === 'email_sha256' ? noAddress(field, value) : noPhone(field, value, country);
  });
  // What is of another form is named by the reader of the contract.
  if (found.some((one) => typeof one === 'object' && 'other' in one)) return [...identifiers];
  return usable(found as Read[], '', warn);
}

function usable(found: readonly Read[], none: string, warn: (sentence: string) => void): IdentifierInit[] {
  const keys = found.filter((one) => typeof one !== 'string');
  const faults = found.filter((one) => typeof one === 'string');
  if (keys.length === 0 && (faults.length > 0 || none !== ''))
    throw new Error(faults.length === 0 ? none : `nobody is named: ${faults.join('; ')}`);
  for (const fault of faults) warn(`${fault}; it is left out`);
  return keys.filter(
    (key, at) => keys.findIndex(({ kind, value }) => kind === key.kind && value === key.value) === at,
  );
}

function noAddress(field: string, text: string): string {
  return `${field} ${JSON.stringify(text)} is no address: that is name@host`;
}

function noPhone(field: string, text: string, country: string | undefined): string {
  const isNational = country === undefined && /^[^+]*\d/.test(text);
  const why = isNational ? ': write it with +49 or the like, or say where it is from with --country' : '';
  return `${field} ${JSON.stringify(text)} is no telephone number${why}`;
}
