import fc from 'fast-check';
import { expect, test } from 'vitest';
import { consentAt, consentState, wordAfter, wordAfterRefusal } from './consent.ts';

/** When the words were heard: after all of them were said. */
const NOW = 100;

const arbWords = fc.array(fc.record({ granted: fc.boolean(), at: fc.integer({ min: 1, max: 20 }) }), {
  minLength: 1,
  maxLength: 12,
});

function heard(words: readonly { readonly granted: boolean; readonly at: number }[], from = 0): number {
  return words.reduce((word, { granted, at }) => wordAfter(word, granted, at, NOW), from);
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
      const refused = wordAfterRefusal(heard(before), at, NOW);
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
    expect(consentState(wordAfter(0, true, at, NOW))).toBe(1);
    expect(consentState(wordAfter(0, false, at, NOW))).toBe(2);
    expect(consentState(wordAfterRefusal(0, at, NOW))).toBe(2);
    expect(consentState(wordAfterRefusal(wordAfter(0, true, 7, NOW), at, NOW))).toBe(2);
  }
});

test('a no stands over a yes that is dated after it was heard, however far, and a later yes lifts it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 1_000 }), (said, ahead) => {
      // The service's own clock was ahead: it heard the yes when it says that it was said.
      const yes = wordAfter(0, true, NOW + ahead, NOW + ahead);
      for (const no of [wordAfter(yes, false, said, NOW), wordAfterRefusal(yes, said, NOW)]) {
        expect(consentState(no)).toBe(2);
        expect(consentState(wordAfter(no, true, NOW + 1, NOW + 1))).toBe(1);
      }
    }),
  );
});

test('no word is newer than when it was heard: a device whose clock is ahead does not outlast the next no', () => {
  const yes = wordAfter(0, true, NOW + 10, NOW);
  expect(consentAt(yes)).toBe(NOW);
  expect(consentState(wordAfter(yes, false, NOW + 1, NOW + 1))).toBe(2);
});
