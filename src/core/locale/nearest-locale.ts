/** Of what is there by locale the one for `locale`: its own, else that of its language ("de" for "de-AT"), else `fallback`. Letters' case is no difference, nor is `_` for `-`. */
export function nearestLocale<T>(byLocale: ReadonlyMap<string, T>, locale: string, fallback: T): T {
  const whole = locale.toLowerCase().replaceAll('_', '-');
  for (let tag = whole; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    const found = byLocale.get(tag);
    if (found !== undefined) return found;
  }
  return fallback;
}
