import { suggestName } from '../../base/nearest-name.ts';
import type { KnownGoods } from '../../core/catalog/known-goods.ts';
import type { PolicyFault } from '../../core/policy/policy-fault.ts';
import { foldCategory } from '../../core/profile/category.ts';
import type { Lint } from './lint.ts';
import { type NamedGoods, namedGoods } from './named-goods.ts';
import { isNearSpelling, spellingKeys } from './near-spelling.ts';

export const unknownCategory: Lint = {
  id: 'unknown-category',
  doc: 'A category is named that no product of the catalogue has; without a catalogue, one that is spelt otherwise elsewhere in the policy.',
  find: (sound, goods) => {
    const named = namedGoods(sound, 'category');
    return goods === undefined || goods.categories.size === 0
      ? speltOtherwise(named)
      : named.flatMap((one) => notInCatalogue(one, goods));
  },
};

function notInCatalogue({ name, isExact, field, fault }: NamedGoods, goods: KnownGoods): PolicyFault[] {
  const { categories, size } = goods;
  if (categories.has(name)) return [];
  const spelt = [...categories].find((known) => foldCategory(known) === foldCategory(name));
  if (spelt !== undefined) {
    if (!isExact) return [];
    return [
      fault(
        `${field} compares with the category "${name}", which the catalogue spells "${spelt}", and conditions compare letter by letter; write "${spelt}"`,
      ),
    ];
  }
  return [
    fault(
      `${field} names the category "${name}", which none of the ${size} products of the catalogue has${suggestName(name, [...categories])}; write a category of the catalogue, or load the products that have it`,
    ),
  ];
}

/** How often something is named, and its place where it is named first. */
interface Mentions {
  count: number;
  readonly first: number;
}

/**
 * The spelling that is named less often is told, of two that are named equally often the later one. Compared are only those that share a
 * key: a large policy has tens of thousands of names.
 */
function speltOtherwise(named: readonly NamedGoods[]): PolicyFault[] {
  const [byName, byFold] = [new Map<string, Mentions>(), new Map<string, Mentions>()];
  const spellings = new Map<string, { readonly goods: NamedGoods; readonly at: number }>();
  for (const [at, goods] of named.entries()) {
    mention(byName, goods.name, at);
    mention(byFold, foldCategory(goods.name), at);
    const spelling = `${goods.isExact} ${goods.name}`;
    if (!spellings.has(spelling)) spellings.set(spelling, { goods, at });
  }
  const byKey = new Map<string, { readonly goods: NamedGoods; readonly at: number }[]>();
  for (const spelling of spellings.values()) {
    for (const key of spellingKeys(spelling.goods.name)) {
      const alike = byKey.get(key);
      if (alike === undefined) byKey.set(key, [spelling]);
      else alike.push(spelling);
    }
  }
  return named.flatMap((one) => {
    const twin = spellingKeys(one.name)
      .flatMap((key) => byKey.get(key)?.find(({ goods }) => isTwin(one, goods)) ?? [])
      .sort((a, b) => a.at - b.at)[0]?.goods;
    if (twin === undefined) return [];
    const isCase = foldCategory(one.name) === foldCategory(twin.name);
    const mentionsOf = ({ name }: NamedGoods): Mentions | undefined =>
      isCase ? byName.get(name) : byFold.get(foldCategory(name));
    const [mine, theirs] = [mentionsOf(one), mentionsOf(twin)];
    if (mine === undefined || theirs === undefined || isMeant(mine, theirs)) return [];
    const { file, line } = twin.fault('');
    return [
      one.fault(
        `${one.field} names the category "${one.name}", and ${file}:${line} names "${twin.name}"; is it one category? Write it the same everywhere, as the shop's events spell it`,
      ),
    ];
  });
}

function mention(mentions: Map<string, Mentions>, name: string, at: number): void {
  const known = mentions.get(name);
  if (known === undefined) mentions.set(name, { count: 1, first: at });
  else known.count++;
}

function isMeant(mine: Mentions, theirs: Mentions): boolean {
  return mine.count > theirs.count || (mine.count === theirs.count && mine.first < theirs.first);
}

/** Two spellings of one. Where letter case and spaces are folded, another spelling in these is none. */
function isTwin(one: NamedGoods, other: NamedGoods): boolean {
  if (!isNearSpelling(one.name, other.name)) return false;
  return (one.isExact && other.isExact) || foldCategory(one.name) !== foldCategory(other.name);
}
