/** Id of the plan that choice `choice` of the decision at (seq, index) makes. */
export function planId(seq: number, index: number, choice: number): string {
  return `${seq.toString(36)}-${index.toString(36)}-${choice.toString(36)}`;
}
