import { civilText } from '../calendar/civil-time.ts';
import type { Formats } from './formats.ts';

/** Formats that say what they were asked, the same on every machine; they know "en-GB" and "de-DE". */
export const plainFormats: Formats = {
  knows: (locale) => locale === 'en-GB' || locale === 'de-DE',
  money: (amount, currency, locale) => `${amount.toFixed(2)} ${currency} (${locale})`,
  percent: (hundredths, locale) => `${hundredths} % (${locale})`,
  day: (local, shows, locale) => `${civilText(local, 0)} (${shows}, ${locale})`,
};
