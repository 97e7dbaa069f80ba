import { expect, test } from 'vitest';
import type { EventInput, PropertyValue } from './event-input.ts';
import { landingTokenOf, staysWithBrowser } from './landing-token.ts';

function event(page: string, properties?: Record<string, PropertyValue>, name = 'Page Viewed'): EventInput {
  const context = { timeZone: '', locale: '', device: '', page };
  return {
    ...{
      id: 'e',
      source: 's',
      identifiers: [],
      name,
      occurredAt: 0,
      channel: '',
      sessionId: '',
      products: [],
    },
    ...{ order: undefined, currency: '', properties, context, historical: false, bodyHash: 0 },
  };
}

test.each([
  ['/coat?attune=T.1', 'T.1'],
  ['https://shop/coat?utm_source=mail&attune=T.1&x=2', 'T.1'],
  ['/coat?attune=T.1#size', 'T.1'],
  ['/coat#attune=T.1', 'T.1'],
  ['/coat?notattune=T.0&attune=T.1', 'T.1'],
  ['/coat?notattune=T.0', undefined],
  ['/coat?attune=', undefined],
  ['attune=T.1', undefined],
  ['/coat', undefined],
  ['', undefined],
])('the address %j carries the token %j', (page, token) => {
  expect(landingTokenOf(event(page))?.token).toBe(token);
  expect(landingTokenOf(event('', { url: page }))?.token).toBe(token);
});

test('a property says it before an address, and whether a machine landed', () => {
  const found = landingTokenOf(event('/coat?attune=T.1', { attune_token: 'T.2', attune_machine: true }));
  expect(found).toEqual({ token: 'T.2', field: 'properties.attune_token', isMachine: true });
  expect(landingTokenOf(event('/coat?attune=T.1', { attune_machine: 'yes' }))?.isMachine).toBe(false);
  expect(landingTokenOf(event('', { attune_token: 7 }))).toBeUndefined();
});

test('what says who somebody is stays with the browser, and a refusal does not', () => {
  expect(staysWithBrowser(event('', {}, 'Profile Updated'))).toBe(true);
  expect(staysWithBrowser(event('', { granted: true }, 'Consent Updated'))).toBe(true);
  expect(staysWithBrowser(event('', { granted: false }, 'Consent Updated'))).toBe(false);
  expect(staysWithBrowser(event('', undefined, 'Consent Confirmed'))).toBe(true);
  for (const name of ['Product Viewed', 'Order Completed', 'Anything'])
    expect(staysWithBrowser(event('', { granted: true }, name))).toBe(false);
});
