import { LruMap } from '../../base/lru-map.ts';
import type { DayShows, Formats } from '../../core/locale/formats.ts';

/** Names come from outside, so there is a bound; more than any shop has. */
const LOCALES_MAX = 500;

/** A whole amount is written without its cents there: £12, but 12,00 €. */
const WHOLE_WITHOUT_CENTS: ReadonlySet<string> = new Set(['en']);

const SHOWN: Readonly<Record<DayShows, Intl.DateTimeFormatOptions>> = {
  day: { day: 'numeric', month: 'long' },
  'day and time': { day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit' },
  'day and year': { day: 'numeric', month: 'long', year: 'numeric' },
};

/** What has been made of one locale. */
interface Locale {
  /** As Intl spells it; '' for one that Intl does not know. */
  readonly tag: string;
  readonly money: Map<string, Intl.NumberFormat>;
  readonly days: Map<DayShows, Intl.DateTimeFormat>;
  percent: Intl.NumberFormat | undefined;
}

/** Formats from the ICU data of Node. */
export class IntlFormats implements Formats {
  readonly #locales = new LruMap<string, Locale>(LOCALES_MAX);

  /** Also as operating systems spell it: "de_DE". */
  knows(locale: string): boolean {
    return this.#of(locale).tag !== '';
  }

  money(amount: number, currency: string, locale: string): string {
    const known = this.#of(locale);
    let format = known.money.get(currency);
    if (format === undefined) {
      const language = new Intl.Locale(known.tag).language;
      format = new Intl.NumberFormat(known.tag, {
        style: 'currency',
        currency,
        currencyDisplay: 'narrowSymbol',
        trailingZeroDisplay: WHOLE_WITHOUT_CENTS.has(language) ? 'stripIfInteger' : 'auto',
      });
      known.money.set(currency, format);
    }
    return plainSpaces(format.format(amount));
  }

  percent(hundredths: number, locale: string): string {
    const known = this.#of(locale);
    known.percent ??= new Intl.NumberFormat(known.tag, { style: 'percent', maximumFractionDigits: 2 });
    return plainSpaces(known.percent.format(hundredths / 100));
  }

  day(local: number, shows: DayShows, locale: string): string {
    const known = this.#of(locale);
    let format = known.days.get(shows);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(known.tag, { ...SHOWN[shows], timeZone: 'UTC' });
      known.days.set(shows, format);
    }
    return plainSpaces(format.format(local));
  }

  #of(locale: string): Locale {
    const known = this.#locales.get(locale);
    if (known !== undefined) return known;
    const made = { tag: tagOf(locale), money: new Map(), days: new Map(), percent: undefined };
    this.#locales.set(locale, made);
    return made;
  }
}

/** The locale as Intl spells it, '' for one that it does not know. */
function tagOf(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf([locale.replaceAll('_', '-')])[0] ?? '';
  } catch (cause) {
    if (cause instanceof RangeError) return '';
    throw cause;
  }
}

/** One space that does not break turns a text message into one of 70 characters, and nobody types it when they look for a text. */
function plainSpaces(text: string): string {
  return text.replace(/[\u00a0\u202f]/g, ' ');
}
