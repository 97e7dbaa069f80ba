/**
 * What the shop told of a customer: for each attribute the word that happened last. Part of the profile; the fold replaces the list,
 * conditions and content read it. Rows are never changed once made.
 *
 * I1  The last word by its own time stands, in whatever order words come; of two of one instant the greater one (`outranks`).
 * I2  A removal is a word like any other: what is older than it does not come back.
 * I3  At most BOUNDS.attributes rows, those whose words are the last; in order of time, then name.
 */
import type { AttributeValue } from '../attribute/attribute.ts';
import { BOUNDS } from '../bounds.ts';
import type { FactAttribute } from '../fact/fact.ts';
import { compareText } from './order-telling.ts';

export interface AttributeRow extends FactAttribute {
  /** When the shop's word was said, by its own time. */
  readonly at: number;
}

export const NO_ATTRIBUTES: readonly AttributeRow[] = [];

/** The rows after the words of one event. What happened at no instant (NaN) tells nothing. */
export function withAttributes(
  rows: readonly AttributeRow[],
  told: readonly FactAttribute[],
  at: number,
): readonly AttributeRow[] {
  if (Number.isNaN(at)) return rows;
  let changed: AttributeRow[] | undefined;
  for (const { name, value } of told) {
    const known = (changed ?? rows).find((row) => row.name === name);
    const row: AttributeRow = { name, value, at: at + 0 };
    if (known !== undefined && !outranks(row, known)) continue;
    changed = [...(changed ?? rows).filter((one) => one !== known), row];
  }
  if (changed === undefined) return rows;
  return changed.sort((a, b) => a.at - b.at || compareText(a.name, b.name)).slice(-BOUNDS.attributes);
}

function outranks(row: AttributeRow, known: AttributeRow): boolean {
  if (row.at !== known.at) return row.at > known.at;
  return compareText(textOf(row.value), textOf(known.value)) > 0;
}

/** The same text for the same value; a removal is before all others. */
function textOf(value: AttributeValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
