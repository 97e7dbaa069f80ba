/** How amounts and days are told: in whose locale, by whose clock, and what a replay says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import type { AttributeType, AttributeValue } from '../attribute/attribute.ts';
import { fixedZones } from '../calendar/fixed-zones.fixture.ts';
import { Subject } from '../candidate/subject.ts';
import { type Formats, NO_FORMATS } from '../locale/formats.ts';
import { plainFormats } from '../locale/plain-formats.fixture.ts';
import type { Offer, Slot, Variant } from '../policy/policy.ts';
import { strangerTraits } from '../trait/trait-spec.ts';
import { type ContentContext, fillContent } from './fill-content.ts';
import { action, NOON } from './shop.fixture.ts';

const offer: Offer = {
  index: 0,
  id: 'o',
  kind: 'percent',
  depth: 10,
  code: 'TEN',
  validMs: DAY_MS,
  isDiscount: true,
};
const slots: readonly Slot[] = [
  { name: 'price', source: { kind: 'subject', field: 'price' }, required: true },
  { name: 'depth', source: { kind: 'offer', field: 'depth' }, required: true },
  { name: 'until', source: { kind: 'offer', field: 'valid_until' }, required: true },
];
const variant: Variant = {
  index: 0,
  id: 'a',
  templateId: 't',
  slots,
  text: '{price} {until}',
  when: undefined,
};
const coat = new Subject();
coat.price = 12;

const context: ContentContext = {
  locale: 'de-DE',
  shop: { currency: 'EUR', locale: 'en-GB', zones: ['Europe/Berlin'] },
  goes: NOON,
  offerUntil: NOON + 2 * DAY_MS,
  clock: { offsetAt: () => 0 },
  zones: fixedZones,
  formats: plainFormats,
  about: '',
  isProvisional: false,
  recorded: undefined,
};

function filled(change: Partial<ContentContext>, given: Offer = offer) {
  return fillContent(action(0, { offer: given }), variant, coat, strangerTraits(), { ...context, ...change });
}

describe('amounts and days of content', () => {
  test('are told in the customer’s locale, else in the shop’s', () => {
    const [price, depth, until] = filled({}).slotValues;
    expect([price, depth]).toEqual(['12.00 EUR (de-DE)', '10 % (de-DE)']);
    expect(until).toBe('2026-03-04 12:00 (day, de-DE)');
    for (const locale of ['', 'tlh', 'C']) expect(filled({ locale }).slotValues[0]).toBe('12.00 EUR (en-GB)');
    expect(filled({ locale: 'tlh' }).locale).toBe('tlh');
    const shop = { ...context.shop, locale: 'de-DE' };
    expect(filled({ locale: '', shop }).slotValues[0]).toBe('12.00 EUR (de-DE)');
    expect(filled({}, { ...offer, kind: 'amount', depth: 5 }).slotValues[1]).toBe('5.00 EUR (de-DE)');
  });

  test('an end is told by the day, with the hour where it is less than a day away, with the year where that is another', () => {
    const end = (offerUntil: number) => filled({ offerUntil }).slotValues[2];
    expect(end(NOON + DAY_MS)).toContain('(day,');
    expect(end(NOON + DAY_MS - 1)).toContain('(day and time,');
    expect(end(NOON + 365 * DAY_MS)).toContain('2027-03-02 12:00 (day and year,');
  });

  test('an end is told by the customer’s clock, else by that of the shop’s own zone', () => {
    const end = (offsetMin: number) => filled({ clock: { offsetAt: () => offsetMin } }).slotValues[2];
    expect(end(-300)).toContain('2026-03-04 07:00');
    expect(end(Number.NaN)).toContain('2026-03-04 13:00');
    // A quarter past midnight on New Year's Day there, and the year before still here.
    const newYear = Date.UTC(2026, 11, 31, 23, 15);
    const around = { goes: newYear - 2 * DAY_MS, offerUntil: newYear };
    expect(filled({ ...around, clock: { offsetAt: () => 60 } }).slotValues[2]).toContain('day and year');
    expect(filled({ ...around, clock: { offsetAt: () => 0 } }).slotValues[2]).toContain('(day,');
  });

  test('a replay says what was said, whatever its own formats would say', () => {
    const other: Formats = { ...plainFormats, money: () => '?', percent: () => '?', day: () => '?' };
    const locale = fc.constantFrom('de-DE', 'en-GB', 'tlh', '');
    fc.assert(
      fc.property(locale, fc.integer({ min: HOUR_MS, max: 400 * DAY_MS }), (one, live) => {
        const setting = { locale: one, offerUntil: NOON + live };
        const recorded = filled(setting);
        for (const formats of [NO_FORMATS, other])
          expect(filled({ ...setting, formats, recorded })).toEqual(recorded);
      }),
    );
  });
});

describe('what the shop told', () => {
  const traits = strangerTraits();
  const row = (name: string, value: AttributeValue) => ({ name, value, at: 1 });
  traits.attributes.begin(
    [
      row('first_name', 'Anna'),
      row('visits', 3.456),
      row('vip', false),
      row('birthday', '1990-05-17'),
      row('likes', ['tea', 'boots']),
    ],
    NOON,
    0,
  );
  const shown = (name: string, type: AttributeType, change: Partial<ContentContext> = {}) => {
    const slots: readonly Slot[] = [
      { name: 'word', source: { kind: 'attribute', name, type }, required: false },
    ];
    const one: Variant = { ...variant, slots, text: 'So: {word}.' };
    return fillContent(action(0), one, coat, traits, { ...context, ...change });
  };

  test.each<[string, AttributeType, string]>([
    ['first_name', 'text', 'Anna'],
    ['visits', 'number', '3.46'],
    ['vip', 'flag', 'no'],
    ['birthday', 'date', '1990-05-17 00:00 (day and year, de-DE)'],
    ['likes', 'texts', 'tea, boots'],
  ])('%s as %s is shown as %s', (name, type, words) => {
    expect(shown(name, type).rendered).toBe(`So: ${words}.`);
  });

  test.each<[string, AttributeType]>([
    ['last_name', 'text'],
    ['first_name', 'number'],
    ['first_name', 'date'],
  ])('%s as %s is not known and left out', (name, type) => {
    expect(shown(name, type)).toMatchObject({ slotNames: [], rendered: 'So: .' });
  });

  test('a replay says a date as it was said', () => {
    const recorded = shown('birthday', 'date');
    expect(shown('birthday', 'date', { formats: NO_FORMATS, recorded })).toEqual(recorded);
  });
});
