import type { Invoice } from './invoice.ts';
import { lineKind, productIdOf } from './line-kind.ts';

/** What the set tells of one article. */
export interface RetailProduct {
  readonly productId: string;
  /** Its most frequent description over its priced lines; of two equally frequent ones the earlier. */
  readonly title: string;
  /** The thing word of the title, see `categoryOf`; `unknown` when no word of it names a thing. */
  readonly category: string;
  /** Its most frequent price in pounds; of two equally frequent ones the higher, as bulk buyers pay less. */
  readonly price: number;
}

// A word names a category when it heads at least this many articles: rarer ones are names of designs, not of things.
const CATEGORY_ARTICLES_MIN = 8;
// Words that end a title without naming a thing: colours, materials, sizes and the like.
const NOT_THINGS: ReadonlySet<string> = new Set(
  (
    'BLACK BLUE BROWN CREAM GOLD GREEN GREY IVORY LILAC ORANGE PINK PURPLE RED SILVER TURQUOISE WHITE YELLOW ASSORTED ' +
    'COLOUR COLOURS CLEAR DESIGN DESIGNS GLASS LARGE MEDIUM SMALL METAL PACK PIECE PIECES RETROSPOT POLKADOT SPOT SPOTS ' +
    'VINTAGE WOOD WOODEN CHRISTMAS FINISH STYLE PAISLEY FLORAL ROSE ROSES STAR STARS STRIPE STRIPES SIZE SET SETS ' +
    'HEART HEARTS FLOWER FLOWERS GIRL GARDEN EDWARDIAN FASHION SKULL SKULLS PARIS ACRYLIC AND HANGING ART LOVE PAINTED ' +
    'ZINC CRYSTAL WICKER MAGIC FLOCK PANTRY ANTIQUE FONT LONDON ARTIFICIAL COTTAGE SPACEBOY MOBILE APPLE SETTING'
  ).split(' '),
);

/** The catalogue that the priced sale lines imply, by product id. */
export function productsOf(invoices: readonly Invoice[]): Map<string, RetailProduct> {
  const descriptions = new Map<string, Map<string, number>>();
  const prices = new Map<string, Map<number, number>>();
  for (const invoice of invoices) {
    for (const line of invoice.lines) {
      if (lineKind(line) !== 'product') continue;
      const productId = productIdOf(line.stockCode);
      if (line.description !== '') count(descriptions, productId, line.description);
      count(prices, productId, line.priceMills);
    }
  }
  const titles = new Map(
    [...prices.keys()].map((id) => [id, mostFrequent(descriptions.get(id)) ?? id] as const),
  );
  const categories = categoryWords(titles.values());
  return new Map(
    [...titles].map(([productId, title]) => [
      productId,
      {
        productId,
        title,
        category: categoryOf(title, categories),
        price: (mostFrequent(prices.get(productId), (a, b) => b - a) ?? 0) / 1000,
      },
    ]),
  );
}

/**
 * The set has no categories. English puts the thing last ("WHITE HANGING HEART T-LIGHT HOLDER"), so the category is the last
 * word of the title, made singular, that heads at least 8 articles; colours, materials and sizes are passed over.
 */
function categoryOf(title: string, categories: ReadonlySet<string>): string {
  const words = thingWords(title);
  for (let at = words.length - 1; at >= 0; at--) {
    const word = words[at] as string;
    if (categories.has(word)) return word.toLowerCase();
  }
  return 'unknown';
}

/** The words that head enough of these titles to be categories. */
function categoryWords(titles: Iterable<string>): Set<string> {
  const heads = new Map<string, number>();
  for (const title of titles) {
    const head = thingWords(title).at(-1);
    if (head !== undefined) heads.set(head, (heads.get(head) ?? 0) + 1);
  }
  return new Set(
    [...heads].filter(([, articles]) => articles >= CATEGORY_ARTICLES_MIN).map(([word]) => word),
  );
}

function thingWords(title: string): string[] {
  const words: string[] = [];
  for (const word of title.toUpperCase().split(/[^A-Z0-9-]+/)) {
    if (word.length < 3 || /\d/.test(word) || NOT_THINGS.has(word)) continue;
    words.push(singular(word));
  }
  return words;
}

function singular(word: string): string {
  if (/(?:X|SH|CH|SS)ES$/.test(word)) return word.slice(0, -2);
  return /[^SU]S$/.test(word) ? word.slice(0, -1) : word;
}

function count<K>(table: Map<string, Map<K, number>>, key: string, value: K): void {
  const counts = table.get(key) ?? new Map<K, number>();
  table.set(key, counts);
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

function mostFrequent<K>(
  counts: ReadonlyMap<K, number> | undefined,
  tie: (a: K, b: K) => number = () => 0,
): K | undefined {
  let best: K | undefined;
  let most = 0;
  for (const [value, times] of counts ?? []) {
    if (times > most || (times === most && tie(value, best as K) < 0)) {
      best = value;
      most = times;
    }
  }
  return best;
}
