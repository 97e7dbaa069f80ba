import { suggestName } from '../../base/nearest-name.ts';
import type { KnownGoods } from '../../core/catalog/known-goods.ts';
import type { PolicyFault } from '../../core/policy/policy-fault.ts';
import { foldCategory } from '../../core/profile/category.ts';
import type { Lint } from './lint.ts';
import { type NamedGoods, namedGoods } from './named-goods.ts';
import { isNearSpelling } from './near-spelling.ts';

export const unknownCategory: Lint = {
  id: 'unknown-category',
  doc: 'A category is named that no product of the catalogue has; without a catalogue, one that is spelt otherwise elsewhere in the policy.',
  find: (sound, goods) => {
    const named = namedGoods(sound, 'category');
    return goods === undefined || goods.categories.size === 0
      ? named.flatMap((one) => speltOtherwise(one, named))
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

/** The spelling that is named less often is told, of two that are named equally often the later one. */
function speltOtherwise(one: NamedGoods, all: readonly NamedGoods[]): PolicyFault[] {
  const twin = all.find((other) => isTwin(one, other));
  if (twin === undefined) return [];
  const isCase = foldCategory(one.name) === foldCategory(twin.name);
  const isSame = (a: string, b: string): boolean =>
    a === b || (!isCase && foldCategory(a) === foldCategory(b));
  const named = (name: string): readonly NamedGoods[] => all.filter((other) => isSame(other.name, name));
  const [mine, theirs] = [named(one.name), named(twin.name)];
  const isFirst = all.findIndex((other) => isSame(other.name, one.name)) < all.indexOf(twin);
  if (mine.length > theirs.length || (mine.length === theirs.length && isFirst)) return [];
  const { file, line } = twin.fault('');
  return [
    one.fault(
      `${one.field} names the category "${one.name}", and ${file}:${line} names "${twin.name}"; is it one category? Write it the same everywhere, as the shop's events spell it`,
    ),
  ];
}

/** Two spellings of one. Where letter case and spaces are folded, another spelling in these is none. */
function isTwin(one: NamedGoods, other: NamedGoods): boolean {
  if (!isNearSpelling(one.name, other.name)) return false;
  return (one.isExact && other.isExact) || foldCategory(one.name) !== foldCategory(other.name);
}
