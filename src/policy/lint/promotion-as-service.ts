import type { PolicyFault } from '../../core/policy/policy-fault.ts';
import { ACTION_PURPOSES, PURPOSE_RULES } from '../../core/purpose.ts';
import { valueAt } from '../shape-faults.ts';
import type { YamlPath } from '../yaml-source.ts';
import { actionEntries, type Lint } from './lint.ts';

/** Words that sell, and hardly ever stand in news of an order or in care. A discount that was applied is news. */
const SELLING: readonly RegExp[] = [
  /\d+\s?(?:%|per ?cent|percent)\s(?:off|discount)\b/i,
  /(?:[£$€]\s?\d+(?:[.,]\d+)?|\b\d+(?:[.,]\d+)?\s?(?:[£$€]|[A-Z]{3}))\soff\b/,
  /\{(?:depth|amount|discount)\}\soff\b/i,
  /\bsave\s(?:up to\s)?(?:[£$€]\s?\d|\d+\s?(?:%|per ?cent|percent))/i,
  // "Track your order now" and "you will get no special offers any more" sell nothing.
  /\b(?:shop|buy) now\b(?!,? pay)/i,
  /(?:^|[.!?:–—]\s*)order now\b/i,
  /\b(?:special|limited|exclusive) offer\b/i,
  /\b(?:on sale|flash sale|sale ends|half price|best deal|bestsellers?)\b/i,
  /\bbuy (?:one|two|\d)\b.{0,12}\bget\b/i,
  /\b(?:jetzt kaufen|jetzt bestellen|sonderangebot|\d+\s?% rabatt)\b/i,
  /\b(?:achetez maintenant|offre spéciale|compra ahora|oferta especial)/i,
];

export const promotionAsService: Lint = {
  id: 'promotion-as-service',
  doc: 'An action that sells has the purpose service or transactional, which goes out without consent to marketing.',
  find: (sound) =>
    actionEntries(sound).flatMap((entry): PolicyFault[] => {
      const purpose = ACTION_PURPOSES.find((known) => known === valueAt(entry.raw, ['purpose']));
      if (purpose === undefined || PURPOSE_RULES[purpose].maySell) return [];
      const remedy = `a message of purpose ${purpose} goes to customers who never consented to marketing; write purpose: marketing and promotion: true`;
      return textsOf(entry.raw).flatMap(({ path, text }) => {
        const found = SELLING.map((words) => words.exec(text)).find((match) => match !== null);
        if (found === undefined || found === null) return [];
        const full = [...entry.path, ...path];
        return [
          entry.source.faultInside(
            full,
            found.index,
            `${full.join('.')} says "${found[0]}" and the purpose is ${purpose}: ${remedy}, or change the words`,
          ),
        ];
      });
    }),
};

/** What the customer reads: texts of variants, and slots that hold words. */
function textsOf(raw: unknown): readonly { readonly path: YamlPath; readonly text: string }[] {
  const variants = valueAt(raw, ['variants']);
  return keysOf(variants).flatMap((id) => {
    const slots = valueAt(variants, [id, 'slots']);
    const paths: YamlPath[] = [
      ['variants', id, 'text'],
      ...keysOf(slots).map((slot) => ['variants', id, 'slots', slot]),
    ];
    return paths.flatMap((path) => {
      const text = valueAt(raw, path);
      return typeof text === 'string' ? [{ path, text }] : [];
    });
  });
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
