import type { KnownGoods } from '../../core/catalog/known-goods.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { inputName, linesOf } from '../../node/command/lines-of.ts';
import { readProductLine } from './read-product.ts';

/** What a file of products, as `attune catalog` loads them, says that the shop sells. Throws CommandError at the first faulty line. */
export async function readKnownGoods(file: string): Promise<KnownGoods> {
  const ids = new Set<string>();
  const categories = new Set<string>();
  for await (const { number, text, fault } of linesOf(file)) {
    if (text.trim() === '' && fault === '') continue;
    try {
      if (fault !== '') throw new Error(fault);
      const { productId = '', category = '' } = readProductLine(text);
      ids.add(productId);
      if (category !== '') categories.add(category);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new CommandError(`${inputName(file)}:${number}: ${why}`, EXIT.usage);
    }
  }
  return { size: ids.size, categories, has: (productId) => ids.has(productId) };
}
