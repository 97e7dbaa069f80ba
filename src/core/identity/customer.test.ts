import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addresseeOf, hashOfId, isCustomerId } from './customer.ts';

test('a customer has one id: no other text is one that a store would read as the same bytes', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.constantFrom(...'AQgwBCDZaz09-_='), (value, last) => {
      const { id, hash } = addresseeOf('crm', value);
      expect(isCustomerId(id)).toBe(true);
      expect(hashOfId(id)).toBe(hash);
      const other = id.slice(0, -1) + last;
      if (isCustomerId(other)) expect(Buffer.from(other, 'base64url').toString('base64url')).toBe(other);
      for (const longer of [`${id}A`, `${id}=`, `${id}\n`, ` ${id}`, id.slice(1)])
        expect(isCustomerId(longer)).toBe(false);
    }),
  );
});
