import type { Suppression } from '../core/policy/policy.ts';
import { foldCategory } from '../core/profile/category.ts';
import { type GuardrailsFile, OTHER_CATEGORIES } from './policy-shape.ts';

export function buildSuppression({ suppression }: GuardrailsFile): Suppression {
  return {
    defaultMs: suppression.default,
    byCategory: byFoldedCategory(suppression.by_category ?? {}),
    ...wholeCategory(suppression.whole_category),
  };
}

function wholeCategory(
  said: GuardrailsFile['suppression']['whole_category'],
): Pick<Suppression, 'categoryMs' | 'categoryMsBy'> {
  if (typeof said === 'number') return { categoryMs: said, categoryMsBy: new Map() };
  const { [OTHER_CATEGORIES]: others = 0, ...byCategory } = said;
  return { categoryMs: others, categoryMsBy: byFoldedCategory(byCategory) };
}

/** Of two spellings of one category the longer time holds. */
function byFoldedCategory(times: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const folded = new Map<string, number>();
  for (const [category, ms] of Object.entries(times)) {
    const key = foldCategory(category);
    folded.set(key, Math.max(ms, folded.get(key) ?? 0));
  }
  return folded;
}
