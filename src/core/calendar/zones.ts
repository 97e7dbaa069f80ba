/** Time zones, resolved outside of core (which knows no calendar data). */
export interface Zones {
  /** Minutes east of UTC of an IANA zone at an instant; NaN when the zone is unknown. */
  offsetMin(zone: string, at: number): number;
}
