/**
 * Texts in Liquid. Of the language only what chooses, trims and joins words is there: no loop, no range, no variable of its own, no other
 * file and no filter that multiplies what it is given, so a text grows with its template and its values alone, and says the
 * same on every machine. Values are escaped as HTML unless the filter `raw` ends the output. The library stays in this file.
 */
import { Liquid, type Template, Tokenizer, TokenKind } from 'liquidjs';
import { suggestName } from '../base/nearest-name.ts';
import { nearestLocale } from '../core/locale/nearest-locale.ts';
import type { Wording } from '../core/policy/policy.ts';
import { POLICY_LIMITS } from '../core/policy/policy-limits.ts';

export const LIQUID_TAGS: readonly string[] = ['case', 'comment', 'if', 'raw', 'unless'];
export const LIQUID_FILTERS: readonly string[] = [
  ...['append', 'capitalize', 'default', 'downcase', 'lstrip', 'prepend', 'raw', 'remove', 'rstrip', 'size'],
  ...['slice', 'strip', 'strip_newlines', 'truncate', 'truncatewords', 'upcase', 'url_encode'],
];

/** The locale of whoever has no nearer one. */
export const DEFAULT_LOCALE = 'default';

const engine = restricted();

function restricted(): Liquid {
  const liquid = new Liquid({
    outputEscape: 'escape',
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    // No file is ever looked for.
    templates: {},
  });
  const keep = (known: Record<string, unknown>, allowed: readonly string[]): void => {
    for (const name of Object.keys(known)) if (!allowed.includes(name)) delete known[name];
  };
  keep(liquid.tags, LIQUID_TAGS);
  keep(liquid.filters, LIQUID_FILTERS);
  // The library's own fails at half of a surrogate pair, which `truncate` and `slice` may leave.
  liquid.registerFilter('url_encode', (value: unknown) =>
    encodeURIComponent(String(value ?? '').toWellFormed()),
  );
  return liquid;
}

/** Something that is wrong with a text, `offset` characters into it. */
export interface LiquidFault {
  readonly offset: number;
  /** To follow the text's name. */
  readonly message: string;
}

/** What is wrong with a text whose blanks are `slots`; none: it can be rendered. */
export function liquidFaults(text: string, slots: readonly string[]): LiquidFault[] {
  let named: readonly (readonly unknown[])[];
  try {
    const parsed = engine.parse(text);
    const ranges = rangeFaults(text);
    if (ranges.length > 0) return ranges;
    named = engine.globalVariableSegmentsSync(parsed);
  } catch (error) {
    return [parseFault(error)];
  }
  return named.flatMap(([root, ...parts]) => {
    const name = String(root);
    const isSlot = slots.includes(name);
    if (isSlot && parts.length === 0) return [];
    const offset = Math.max(0, text.search(new RegExp(`\\b${name.replaceAll(/\W/g, '.')}\\b`)));
    const why = isSlot
      ? `asks for a part of ${name}, and a slot has none`
      : `names ${name}, for which there is no slot${suggestName(name, slots)}`;
    return [{ offset, message: why }];
  });
}

/** `(1..100000000)` is a list of so many numbers once it is looked at, whatever is done with it. */
function rangeFaults(text: string): LiquidFault[] {
  const message =
    'is no Liquid that can be used: there are no ranges such as (1..9), and no ( with .. behind it';
  return new Tokenizer(text)
    .readTopLevelTokens()
    .filter((token) => token.kind !== TokenKind.HTML && /\(.*\.\./s.test(token.getText()))
    .map(({ begin }) => ({ offset: begin, message }));
}

/** The library's words without its own place, and what there is instead. */
function parseFault(error: unknown): LiquidFault {
  if (!(error instanceof Error)) throw error;
  const { token } = error as { readonly token?: { readonly begin?: number } };
  const said = error.message.replace(/, (file:.*?, )?line:\d+, col:\d+[\s\S]*$/, '');
  const hint = /^tag /.test(said)
    ? `; there are ${LIQUID_TAGS.join(', ')}`
    : /^undefined filter/.test(said)
      ? `; there are ${LIQUID_FILTERS.join(', ')}`
      : '';
  return { offset: token?.begin ?? 0, message: `is no Liquid that can be used: ${said}${hint}` };
}

/** Texts without a fault, by locale. Throws where one has a fault. */
export function liquidWording(sources: ReadonlyMap<string, string>): Wording {
  const byLocale = new Map([...sources].map(([locale, text]) => [locale.toLowerCase(), engine.parse(text)]));
  const fallback: Template[] = byLocale.get(DEFAULT_LOCALE) ?? [];
  return {
    sources,
    render: (values, locale) => {
      const words = String(engine.renderSync(nearestLocale(byLocale, locale, fallback), values));
      return words.slice(0, POLICY_LIMITS.renderedCharacters).toWellFormed();
    },
  };
}
