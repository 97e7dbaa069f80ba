import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePolicyFiles, encodePolicyFiles, normalizeText } from './policy-bytes.ts';

const files = fc
  .array(fc.tuple(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 60 })), {
    maxLength: 6,
  })
  .map((entries) => new Map(entries));

describe("a policy's bytes", () => {
  it('decoding what was encoded gives the same files, with line ends normalised', () => {
    fc.assert(
      fc.property(files, (given) => {
        const decoded = decodePolicyFiles(encodePolicyFiles(given));
        expect(decoded).toEqual(new Map([...given].map(([name, text]) => [name, normalizeText(text)])));
      }),
    );
  });

  it('equal files in any order give equal bytes', () => {
    fc.assert(
      fc.property(files, (given) => {
        expect(encodePolicyFiles(new Map([...given].reverse()))).toEqual(encodePolicyFiles(given));
      }),
    );
  });

  it('anything else decodes to nothing', () => {
    const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
    const bad = [
      '',
      '{',
      'null',
      '[]',
      '{"format":"attune-policy-2","files":[]}',
      '{"format":"attune-policy-1","files":[["a"]]}',
    ];
    for (const text of [...bad, '{"format":"attune-policy-1","files":[["a","b"],["a","c"]]}']) {
      expect(decodePolicyFiles(utf8(text))).toBeUndefined();
    }
    expect(decodePolicyFiles(new Uint8Array([0xff, 0xfe]))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(decodePolicyFiles(bytes)).toBeUndefined();
      }),
    );
  });
});
