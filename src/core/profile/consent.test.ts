import fc from 'fast-check';
import { expect, test } from 'vitest';
import { consentAt, consentState, wordAfter, wordAfterRefusal } from './consent.ts';

const arbWords = fc.array(fc.record({ granted: fc.boolean(), at: fc.integer({ min: 1, max: 20 }) }), {
  minLength: 1,
  maxLength: 12,
});

function heard(words: readonly { readonly granted: boolean; readonly at: number }[], from = 0): number {
  return words.reduce((word, { granted, at }) => wordAfter(word, granted, at), from);
}

test('the newest word stands in whatever order they come, and of two at the same instant the no', () => {
  fc.assert(
    fc.property(arbWords, fc.nat(), (words, shift) => {
      const turned = [...words.slice(shift % words.length), ...words.slice(0, shift % words.length)];
      const newest = Math.max(...words.map(({ at }) => at));
      const no = words.some(({ granted, at }) => at === newest && !granted);
      expect(heard(words)).toBe(no ? -newest : newest);
      expect(heard([...turned].reverse())).toBe(heard(words));
    }),
  );
});

test('a refusal that a channel reports is a no at once, and only a yes newer than all that was said lifts it', () => {
  fc.assert(
    fc.property(arbWords, fc.integer({ min: 1, max: 20 }), arbWords, (before, at, after) => {
      const refused = wordAfterRefusal(heard(before), at);
      expect(consentState(refused)).toBe(2);
      const newest = Math.max(at, ...before.map((word) => word.at));
      expect(consentAt(refused)).toBe(newest);
      if (consentState(heard(after, refused)) !== 1) return;
      expect(after.some((word) => word.granted && word.at > newest)).toBe(true);
    }),
  );
});

test('a word is never mistaken for none, whenever it was said', () => {
  for (const at of [-5, 0, 1, Number.NaN]) {
    expect(consentState(wordAfter(0, true, at))).toBe(1);
    expect(consentState(wordAfter(0, false, at))).toBe(2);
    expect(consentState(wordAfterRefusal(0, at))).toBe(2);
    expect(consentState(wordAfterRefusal(wordAfter(0, true, 7), at))).toBe(2);
  }
});
