/** What holds for the keys of one kind. */
export interface IdentifierRule {
  readonly kind: string;
  /** How many of the kind one person may have. */
  readonly max: number;
  /** A key of the kind unites no two customers; while it is nobody's it joins whoever it is named with. */
  readonly isExplicit: boolean;
  /** A key of the kind addresses a device, and not a person: it moves to whoever was seen with it last (sighting.ts). */
  readonly isDevice: boolean;
}
