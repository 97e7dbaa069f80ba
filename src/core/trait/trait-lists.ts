/** The traits that are lists. Without repeats; an empty one is shared, so nobody may write to what comes back. */
import { dearestFirst, orderStart } from '../profile/owned-orders.ts';
import type { Affinity, Profile } from '../profile/profile.ts';

const LIST_MAX = 5;
const none: readonly string[] = [];

/** Categories of what the customer owns, latest first. */
export function ownedCategories(profile: Profile): readonly string[] {
  const { owned } = profile;
  if (owned.length === 0) return none;
  const list: string[] = [];
  for (let i = owned.length - 1; i >= 0; i--) {
    const category = owned[i]?.category ?? '';
    if (category !== '' && !list.includes(category)) list.push(category);
  }
  return list;
}

/** Categories of their last order, that of its dearest line first. */
export function orderedCategories({ owned }: Profile): readonly string[] {
  if (owned.length === 0) return none;
  const list: string[] = [];
  for (const { category } of dearestFirst(owned, orderStart(owned, owned.length), owned.length))
    if (category !== '' && !list.includes(category)) list.push(category);
  return list;
}

/** Categories of what is in the customer's cart, in its order. */
export function cartCategories(profile: Profile): readonly string[] {
  const { cart } = profile;
  if (cart.length === 0) return none;
  const list: string[] = [];
  for (const { category } of cart) if (category !== '' && !list.includes(category)) list.push(category);
  return list;
}

/** The heaviest keys, heaviest first; the first seen wins a tie. */
export function topKeys({ keys, weights }: Affinity): readonly string[] {
  if (keys.length === 0) return none;
  const list: string[] = [];
  for (let place = 0; place < LIST_MAX; place++) {
    let best = -1;
    let weight = 0;
    for (let i = 0; i < keys.length; i++) {
      const at = weights[i] ?? 0;
      if (at > weight && !list.includes(keys[i] ?? '')) {
        weight = at;
        best = i;
      }
    }
    if (best < 0) break;
    list.push(keys[best] ?? '');
  }
  return list;
}
