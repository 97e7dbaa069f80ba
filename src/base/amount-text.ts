/** What a text that should be an amount came to. */
export type AmountRead =
  | {
      readonly kind: 'amount';
      readonly value: number;
      /** What the text itself says of its currency: an ISO 4217 code, or a sign that several share (SHARED_SIGNS); absent: nothing. */
      readonly currency?: string;
    }
  /** One separator before exactly three digits: "1,299" is 1299 to some and 1.299 to others. */
  | { readonly kind: 'ambiguous' }
  | { readonly kind: 'unreadable' };

/** Characters of the longest amount; more is no amount. */
const LENGTH_MAX = 40;
const PLAIN = /^[+-]?(?:\d+|\d*\.\d+)(?:e[+-]?\d{1,2})?$/i;
/** A currency's sign or ISO code before or behind, and its sign of debit: "€ 99.50", "-$5", "99,50 EUR", "$-5". */
const DRESSED = /^(-?)([A-Z]{3}|\p{Sc})?\s*(-?)([\d.,'’\s]*\d)\s*([A-Z]{3}|\p{Sc})?$/u;
/** Signs that stand for one currency only. */
const CURRENCY_SIGNS: ReadonlyMap<string, string> = new Map(
  '€EUR £GBP ₹INR ₽RUB ₩KRW ₺TRY ₴UAH ₪ILS ₫VND ₱PHP ₦NGN ฿THB ₸KZT ₾GEL ₼AZN ₡CRC ₲PYG ₵GHS ₭LAK ₮MNT ៛KHR'
    .split(' ')
    .map((pair) => [pair.slice(0, 1), pair.slice(1)]),
);
/** Signs that several currencies share: which one is meant, the event or the shop says. */
export const SHARED_SIGNS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    '$',
    new Set(
      'USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP BRL UYU DOP FJD JMD TTD BBD BSD BZD BMD KYD XCD GYD SRD LRD NAD SBD BND'.split(
        ' ',
      ),
    ),
  ],
  ['¥', new Set(['JPY', 'CNY'])],
]);

/** The code of a currency however it is written, `eur` or `€`, or a sign that several share; undefined: it is none. */
export function currencyCode(text: string): string | undefined {
  const word = text.trim().normalize('NFKC');
  if (SHARED_SIGNS.has(word)) return word;
  const code = CURRENCY_SIGNS.get(word) ?? word.toUpperCase();
  return /^[A-Z]{3}$/.test(code) ? code : undefined;
}

/** Of two names of a currency, codes or shared signs, the one that says more; undefined where they are two currencies. */
export function commonCurrency(a: string, b: string): string | undefined {
  if (a === b || SHARED_SIGNS.get(b)?.has(a)) return a;
  return SHARED_SIGNS.get(a)?.has(b) ? b : undefined;
}
/** "1 299", "1'299": never a decimal sign. */
const SPACER = /[\s'’]/u;

const unreadable: AmountRead = { kind: 'unreadable' };

/**
 * An amount as people and shops write it: "99.50", "99,50", "1,299.00", "1.299,00", "1 299,00", "1'299.00", "12,99,000.00",
 * "€ 99,50", "99.50 EUR". The separator that comes last is the decimal one, but where it stands more than once, or where
 * one separator alone stands before exactly three digits after one to three others (other than "0"): that is ambiguous.
 */
export function readAmount(text: string): AmountRead {
  const trimmed = text.trim();
  if (trimmed.length === 0 || trimmed.length > LENGTH_MAX) return unreadable;
  if (PLAIN.test(trimmed) && !isAmbiguous(trimmed)) return amountOf(trimmed);
  const [, before = '', front = '', after = '', digits = '', back = ''] = DRESSED.exec(trimmed) ?? [];
  if (digits === '' || (before !== '' && after !== '')) return unreadable;
  const isGrouped = SPACER.test(digits);
  if (isGrouped && !spacersGroup(digits)) return unreadable;
  const read = readSeparated(digits.split(SPACER).join(''), isGrouped);
  if (read.kind !== 'amount') return read;
  const value = before + after === '' ? read.value : -read.value;
  const said = [front, back].filter((dress) => dress !== '').map(currencyCode);
  if (said.length === 0) return { kind: 'amount', value };
  const currency = said.reduce((a, b) =>
    a === undefined || b === undefined ? undefined : commonCurrency(a, b),
  );
  return currency === undefined ? unreadable : { kind: 'amount', value, currency };
}

function readSeparated(digits: string, isGrouped: boolean): AmountRead {
  const points = digits.split('.').length - 1;
  const commas = digits.split(',').length - 1;
  if (points === 0 && commas === 0) return amountOf(digits);
  if (points > 0 && commas > 0) {
    const decimal = digits.lastIndexOf('.') > digits.lastIndexOf(',') ? '.' : ',';
    const group = decimal === '.' ? ',' : '.';
    if (digits.split(decimal).length !== 2) return unreadable;
    const [whole = '', part = ''] = digits.split(decimal);
    return areGroups(whole, group) ? amountOf(`${whole.replaceAll(group, '')}.${part}`) : unreadable;
  }
  const separator = points > 0 ? '.' : ',';
  if (points + commas > 1)
    return areGroups(digits, separator) ? amountOf(digits.replaceAll(separator, '')) : unreadable;
  // A space or an apostrophe groups already, so what is left is the decimal sign.
  if (!isGrouped && isAmbiguous(digits)) return { kind: 'ambiguous' };
  return amountOf(digits.replace(',', '.'));
}

function isAmbiguous(digits: string): boolean {
  return /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(digits);
}

/** Groups of three, but the first, or India's: the last of three, the others of two. */
function areGroups(whole: string, separator: string): boolean {
  const [first = '', ...rest] = whole.split(separator);
  if (first.length < 1 || first.length > 3 || rest.length === 0) return false;
  if (rest.every((group) => group.length === 3)) return true;
  return first.length <= 2 && rest.at(-1)?.length === 3 && rest.slice(0, -1).every((one) => one.length === 2);
}

/** Spaces and apostrophes stand only between groups of three digits. */
function spacersGroup(digits: string): boolean {
  const [whole = ''] = digits.split(/[.,](?=[^.,]*$)/);
  return /^\d{1,3}(?:[\s'’]\d{3})+$/u.test(whole);
}

function amountOf(text: string): AmountRead {
  const value = Number(text);
  return Number.isFinite(value) ? { kind: 'amount', value } : unreadable;
}
