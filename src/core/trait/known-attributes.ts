import { type AttributeType, type AttributeValue, daysUntil, isOfType } from '../attribute/attribute.ts';
import { type AttributeRow, NO_ATTRIBUTES } from '../profile/attributes.ts';

/** What is known of the attributes of the customer of the decision at hand. Owned by a traits object; holds until the next `begin`. */
export class KnownAttributes {
  #rows: readonly AttributeRow[] = NO_ATTRIBUTES;
  #now = 0;
  #offsetMin = Number.NaN;

  /** `offsetMin`: minutes east of UTC of the customer's clock, NaN unknown. */
  begin(rows: readonly AttributeRow[], now: number, offsetMin: number): void {
    this.#rows = rows;
    this.#now = now;
    this.#offsetMin = offsetMin;
  }

  /** Undefined: it was not told, was removed, or is of another type. */
  value(name: string, type: AttributeType): AttributeValue | undefined {
    const rows = this.#rows;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as AttributeRow;
      if (row.name === name)
        return row.value !== undefined && isOfType(row.value, type) ? row.value : undefined;
    }
    return undefined;
  }

  /** Days until a date's day and month come round on the customer's clock: see attribute.ts. */
  daysUntil(date: string): number {
    return daysUntil(date, this.#now, this.#offsetMin);
  }
}
