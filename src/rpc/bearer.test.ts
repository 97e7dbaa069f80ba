import { expect, test } from 'vitest';
import { BearerTokens } from './bearer.ts';
import { isLoopback } from './loopback.ts';

test('a known token is admitted in any spelling of the scheme, anything else is not', () => {
  const tokens = new BearerTokens(['first', 'second']);
  for (const good of ['Bearer first', 'bearer second', 'BEARER   first '])
    expect(tokens.admits(good)).toBe(true);
  for (const bad of [
    '',
    'first',
    'Bearer',
    'Bearer firs',
    'Bearer first2',
    'Basic first',
    'Bearer first second',
  ]) {
    expect(tokens.admits(bad), bad).toBe(false);
  }
});

test('only addresses of this machine are loopback', () => {
  for (const near of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) expect(isLoopback(near)).toBe(true);
  for (const far of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.com', '1127.0.0.1', ''])
    expect(isLoopback(far), far).toBe(false);
});
