import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type CountryCode, getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { expect, test } from 'vitest';
import { emailIdentifier, identifierOfKind, phoneIdentifier, plainIdentifier } from './identifier-form.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const email = (text: string) => ({ kind: 'email_sha256', value: sha256(text) });
const phone = (text: string) => ({ kind: 'phone_sha256', value: sha256(text) });

test.each([
  ['Jane@Example.org', 'jane@example.org'],
  [' jane@example.org\n', 'jane@example.org'],
  ['JU\u0308RGEN@example.org', 'jürgen@example.org'],
])('the address %j has one form', (text, normal) => {
  expect(emailIdentifier(text)).toEqual(email(normal));
});

test.each(['', 'n/a', 'not-an-email', 'a@', '@b', 'a@b@c', 'jane doe@example.org', 'a @b'])(
  '%j is no address',
  (text) => {
    expect(emailIdentifier(text)).toBeUndefined();
  },
);

test.each([
  ['+49 170 1234567', undefined, '+491701234567'],
  ['+49 (0)170 1234567', undefined, '+491701234567'],
  ['0049 170/123-4567', undefined, '+491701234567'],
  ['tel:+49-170-1234567', undefined, '+491701234567'],
  ['＋49 170 1234567', undefined, '+491701234567'],
  ['0170 1234567', 'DE', '+491701234567'],
  ['0049 170 1234567', 'DE', '+491701234567'],
  ['011 49 170 1234567', 'US', '+491701234567'],
  ['(212) 555-2368', 'US', '+12125552368'],
  ['06 12 34 56 78', 'FR', '+33612345678'],
  ['02 1234 5678', 'IT', '+390212345678'],
])('the number %j of %s has one form', (text, country, normal) => {
  expect(phoneIdentifier(text, country)).toEqual(phone(normal));
});

test.each([
  ['n/a', undefined],
  ['n/a', 'DE'],
  ['', 'DE'],
  ['0170 1234567', undefined],
  ['+49', undefined],
  ['+999 123456789', undefined],
  ['12', 'DE'],
  ['order 0170 1234567', 'DE'],
])('%j of %s is no number that can be told', (text, country) => {
  expect(phoneIdentifier(text, country)).toBeUndefined();
});

test('a number that is written for its own country, for all others, or plainly is one number', () => {
  fc.assert(
    fc.property(fc.constantFrom(...getCountries()), (country: CountryCode) => {
      const number = getExampleNumber(country, examples);
      if (number === undefined) return;
      // The oracle has the largest metadata.
      const wanted = phone(number.number);
      expect(phoneIdentifier(number.number)).toEqual(wanted);
      expect(phoneIdentifier(number.formatInternational())).toEqual(wanted);
      expect(phoneIdentifier(number.formatNational(), country)).toEqual(wanted);
    }),
    { numRuns: 400 },
  );
});

test('other keys keep their letters and lose what nobody sees', () => {
  expect(plainIdentifier('crm', ' Ju\u0308rgen-7 ')).toEqual({ kind: 'crm', value: 'Jürgen-7' });
});

test('what should be a hash and is none is hashed; a hash is in small letters', () => {
  const hash = sha256('jane@example.org');
  expect(identifierOfKind('email_sha256', hash.toUpperCase())).toEqual({ kind: 'email_sha256', value: hash });
  expect(identifierOfKind('email_sha256', ' Jane@example.org')).toEqual(email('jane@example.org'));
  expect(identifierOfKind('email_sha256', 'n/a')).toBeUndefined();
  expect(identifierOfKind('phone_sha256', '0170 1234567', 'DE')).toEqual(phone('+491701234567'));
  expect(identifierOfKind('phone_sha256', '0170 1234567')).toBeUndefined();
  expect(identifierOfKind('loyalty', 'L 1 ')).toEqual({ kind: 'loyalty', value: 'L 1' });
});
