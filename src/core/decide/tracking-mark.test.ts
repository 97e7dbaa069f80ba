import { expect, test } from 'vitest';
import type { Content } from '../fact/fact.ts';
import { TRACKING_MARK, withTracking } from './tracking-mark.ts';

const content: Content = {
  ...{ templateId: 't', locale: '', productIds: [] },
  slotNames: ['url', 'token'],
  slotValues: ['https://shop/coat', TRACKING_MARK],
  rendered: `See https://shop/coat?attune=${TRACKING_MARK} or https://shop/?attune=${TRACKING_MARK}.`,
};

test('the token stands wherever the content asks for it', () => {
  const made = withTracking(content, 'T.1');
  expect(made.slotValues).toEqual(['https://shop/coat', 'T.1']);
  expect(made.rendered).toBe('See https://shop/coat?attune=T.1 or https://shop/?attune=T.1.');
});

test('content that asks for no token is left as it is', () => {
  const plain = { ...content, slotValues: ['a', 'b'], rendered: 'a b' };
  expect(withTracking(plain, 'T')).toBe(plain);
});

test('what a template does to a text leaves the mark as it is', () => {
  expect(encodeURIComponent(TRACKING_MARK)).toBe(TRACKING_MARK);
  expect(TRACKING_MARK).toMatch(/^[A-Z]+$/);
});
