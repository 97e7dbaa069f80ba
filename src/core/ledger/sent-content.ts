/** What a channel was handed, kept as its difference from what was decided, so that a record stays small. */
import type { Content, SentContent } from '../fact/fact.ts';

/** How `now` differs from what was decided; undefined: in nothing that the channel sees. */
export function sentContent(
  decided: Content,
  now: Content,
  catalogSequence: number,
): SentContent | undefined {
  const slotNames: string[] = [];
  const slotValues: string[] = [];
  const change = (name: string, value: string): void => {
    slotNames.push(name);
    slotValues.push(value);
  };
  for (const [i, name] of now.slotNames.entries()) {
    const value = now.slotValues[i] ?? '';
    if (value !== slotOf(decided, name)) change(name, value);
  }
  for (const name of decided.slotNames) if (!now.slotNames.includes(name)) change(name, '');
  const isSaidAnew = now.rendered !== decided.rendered;
  if (slotNames.length === 0 && !isSaidAnew && now.templateId === decided.templateId) return undefined;
  return {
    catalogSequence,
    templateId: now.templateId,
    slotNames,
    slotValues,
    rendered: isSaidAnew ? now.rendered : undefined,
  };
}

/** The content that was handed over: blanks in the order in which they were decided, new ones behind them. */
export function contentAsSent(decided: Content, sent: SentContent | undefined): Content {
  if (sent === undefined) return decided;
  const values = new Map(decided.slotNames.map((name, i) => [name, decided.slotValues[i] ?? '']));
  for (const [i, name] of sent.slotNames.entries()) {
    const value = sent.slotValues[i] ?? '';
    if (value === '') values.delete(name);
    else values.set(name, value);
  }
  return {
    ...decided,
    templateId: sent.templateId,
    slotNames: [...values.keys()],
    slotValues: [...values.values()],
    rendered: sent.rendered ?? decided.rendered,
  };
}

/** The value of a blank, '' where it has none. */
export function slotOf({ slotNames, slotValues }: Content, name: string): string {
  return slotValues[slotNames.indexOf(name)] ?? '';
}
