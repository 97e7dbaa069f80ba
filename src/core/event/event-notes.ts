/** Where faults and warnings go; `sentence` completes "`field` …". */
export interface EventNotes {
  fault(field: string, rule: string, value: string, sentence: string): void;
  warn(field: string, rule: string, value: string, sentence: string): void;
}
