import type { Content, SentContent } from '../fact/fact.ts';
import { slotOf } from '../ledger/sent-content.ts';

/** How a hand-over differed from what was decided: a clause that goes behind "it was handed over on …". */
export function handOverText(
  decided: Content,
  { slotNames, slotValues, rendered, templateId }: SentContent,
): string {
  const parts = slotNames.map((name, i) => {
    const [before, now] = [slotOf(decided, name), slotValues[i] ?? ''];
    if (now === '') return `without its ${name} "${before}"`;
    return before === '' ? `with ${name} "${now}"` : `with ${name} "${now}" in place of "${before}"`;
  });
  if (templateId !== decided.templateId) parts.push(`by template ${templateId}`);
  if (rendered !== undefined) parts.push(`saying "${rendered}"`);
  return parts.join(', ');
}
