/** What the shop sells, as far as a catalogue tells: for warnings about names that nobody has. */
export interface KnownGoods {
  /** Products. */
  readonly size: number;
  /** Every category that a product has or had, in the spelling of the catalogue. */
  readonly categories: ReadonlySet<string>;
  has(productId: string): boolean;
}
