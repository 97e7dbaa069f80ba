/**
 * `list` with `item` behind it; an empty list is replaced by one that holds just that. `push` would give it room for 17,
 * and most of the lists that a request leaves behind hold one.
 */
export function added<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}
