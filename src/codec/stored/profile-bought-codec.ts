/** How often each category was ordered, of orders that the ledger has let go of. */
import type { CategoryOrders } from '../../core/profile/category-orders.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

export function writeBought(
  writer: ByteWriter,
  texts: TextTableWriter,
  bought: readonly CategoryOrders[],
  base: number,
): void {
  writer.varint(bought.length);
  for (const { category, orders, at } of bought) {
    texts.write(writer, category);
    writer.number(orders);
    writer.near(at, base);
  }
}

export function readBought(reader: ByteReader, texts: TextTableReader, base: number): CategoryOrders[] {
  const bought = new Array<CategoryOrders>(reader.count(3, 'categories ordered'));
  for (let i = 0; i < bought.length; i++)
    bought[i] = { category: texts.read(reader), orders: reader.number(), at: reader.near(base) };
  return bought;
}
