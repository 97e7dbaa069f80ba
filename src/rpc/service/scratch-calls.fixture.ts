/** What end-to-end tests send and expect. */
import { expect } from 'vitest';
import { AttuneError } from '../../client/attune-error.ts';
import type { EventInit } from '../../client/event-init.ts';

/** The customer of the tests. */
export const ada = [{ kind: 'loyalty', value: 'ada' }];

/** A product was viewed. */
export function view(productId: string, change: Partial<EventInit> = {}): EventInit {
  return {
    source: 'web-shop',
    identifiers: ada,
    name: 'Product Viewed',
    channel: 'web',
    products: [{ productId, category: 'coats', brand: 'Nord', price: 120, size: 'M' }],
    ...change,
  };
}

/** The error of a call, which must fail. */
export async function failure(promise: Promise<unknown>): Promise<AttuneError> {
  return promise.then(
    () => Promise.reject(new Error('The call succeeded.')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(AttuneError);
      return error as AttuneError;
    },
  );
}
