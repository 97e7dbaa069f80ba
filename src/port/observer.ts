/** Where the runtime tells what it sees; never identifiers. All calls are cheap and cannot fail. */
export interface Observer {
  count(name: string, by: number, label?: string): void;
  gauge(name: string, value: number, label?: string): void;
  /** A duration in ms into a histogram. */
  time(name: string, ms: number, label?: string): void;
  /** Something a person should read: a sentence, with the fault whole. */
  fault(sentence: string, cause?: unknown): void;
  info(sentence: string): void;
}
