/** Where faults and warnings go; `sentence` completes "`field` …". */
export interface EventNotes {
  fault(field: string, rule: string, value: string, sentence: string): void;
  warn(field: string, rule: string, value: string, sentence: string): void;
  /** An amount that is a text names its currency: an ISO 4217 code, or a sign that several share. */
  money?(field: string, value: string, currency: string): void;
}
