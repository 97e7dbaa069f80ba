/**
 * Identifiers in the one form in which every producer must send them, or one person becomes several. Addresses and
 * numbers are hashed here: the service never sees them.
 */
import { createHash } from 'node:crypto';
// The smallest metadata: what it lacks tells a mobile line from a fixed one, and says nothing about the form of a number.
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** A key of a person as it is sent. */
export interface IdentifierInit {
  readonly kind: string;
  readonly value: string;
}

/** Something before and behind one @, without spaces in it. */
const ADDRESS = /^[^\s@]+@[^\s@]+$/u;
const SHA256 = /^[0-9a-f]{64}$/i;

/** A key in Unicode's composed form (NFC), without spaces around it; letters keep their case, which may matter. */
export function plainIdentifier(kind: string, value: string): IdentifierInit {
  return { kind, value: value.normalize('NFC').trim() };
}

/** The SHA-256 of an address in small letters, NFC and without spaces around it; undefined when it is no address. */
export function emailIdentifier(address: string): IdentifierInit | undefined {
  const normal = address.normalize('NFC').trim().toLowerCase();
  return ADDRESS.test(normal) ? { kind: 'email_sha256', value: sha256(normal) } : undefined;
}

/**
 * The SHA-256 of a telephone number in E.164 ("+491701234567"); undefined when it is no number of a possible length, or a
 * national one without `country` (ISO 3166, such as "DE"), in which it was written.
 */
export function phoneIdentifier(number: string, country?: string): IdentifierInit | undefined {
  const written = number.normalize('NFKC').trim().replace(/^tel:/i, '');
  // The prefix of most countries; with a country the library knows its own.
  const international = country === undefined ? written.replace(/^00(?=[1-9])/, '+') : written;
  const parsed = parsePhoneNumberFromString(international, {
    ...(country === undefined ? {} : { defaultCountry: country as CountryCode }),
    extract: false,
  });
  return parsed?.isPossible() === true ? { kind: 'phone_sha256', value: sha256(parsed.number) } : undefined;
}

/** Whether telephone numbers of this country (ISO 3166, capital letters) are known. */
export function isKnownCountry(country: string): boolean {
  return isSupportedCountry(country);
}

/**
 * A key that a producer calls by its kind: what should be a hash and is none is normalised and hashed, all others are
 * taken as `plainIdentifier` does. Undefined when it is neither a hash nor what is hashed.
 */
export function identifierOfKind(kind: string, value: string, country?: string): IdentifierInit | undefined {
  const plain = plainIdentifier(kind, value);
  if (kind !== 'email_sha256' && kind !== 'phone_sha256') return plain;
  if (SHA256.test(plain.value)) return { kind, value: plain.value.toLowerCase() };
  return kind === 'email_sha256' ? emailIdentifier(value) : phoneIdentifier(value, country);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
