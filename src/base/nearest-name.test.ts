import { describe, expect, it } from 'vitest';
import { nearestName, suggestName } from './nearest-name.ts';

describe('the nearest name', () => {
  const known = ['email', 'push', 'whatsapp', 'onsite'];

  it.each([
    ['emial', 'email'],
    ['psuh', 'push'],
    ['Whatsap', 'whatsapp'],
    ['fax', undefined],
    ['', undefined],
    ['e'.repeat(65), undefined],
  ])('to %s is %s', (name, expected) => {
    expect(nearestName(name, known)).toBe(expected);
  });

  it('is offered as a question, else a short list is shown, else nothing', () => {
    expect(suggestName('pusch', known)).toBe('; did you mean "push"?');
    expect(suggestName('fax', known)).toBe('; known are email, push, whatsapp, onsite');
    expect(suggestName('fax', [])).toBe('; none is declared');
    expect(
      suggestName(
        'fax',
        Array.from({ length: 15 }, (_, at) => `something_${at}`),
      ),
    ).toBe('');
  });
});
