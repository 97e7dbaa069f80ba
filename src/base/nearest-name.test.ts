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
        Array.from({ length: 17 }, (_, at) => `something_${at}`),
      ),
    ).toBe('');
  });

  it('is followed, where nothing is near in a long list, by what shares a word with it', () => {
    const reasons = [
      ...['HELD_OUT', 'CONSENT_MISSING', 'CAP_CHANNEL', 'CAP_ACTION', 'CAP_TOTAL', 'QUIET_HOURS'],
      ...Array.from({ length: 11 }, (_, at) => `SOMETHING_${at}`),
    ];
    expect(suggestName('NO_CONSENT', reasons)).toBe('; known are, among others, CONSENT_MISSING');
    expect(suggestName('CAP_REACHED', reasons)).toBe(
      '; known are, among others, CAP_CHANNEL, CAP_ACTION, CAP_TOTAL',
    );
    expect(suggestName('SOMETHING_ELSE', reasons), 'a word of most says nothing').toBe('');
  });
});
