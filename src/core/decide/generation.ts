/**
 * Which life of the data a record was written in. A restored backup, and data that lost its end, go on in a new one: numbers of
 * records come again, and what they name together with the generation does not.
 */

/** Records from sequence `from` on are of `generation`, until the next begins. */
export interface GenerationStart {
  readonly generation: number;
  readonly from: number;
}

/** Of the record at `sequence`; of one before all that are known that of the first, 0 when none is known. `starts` ascend. */
export function generationAt(starts: readonly GenerationStart[], sequence: number): number {
  return (starts.findLast(({ from }) => from <= sequence) ?? starts[0])?.generation ?? 0;
}

/** With what the header of record `sequence` says. */
export function withGeneration(
  starts: readonly GenerationStart[],
  generation: number,
  sequence: number,
): readonly GenerationStart[] {
  return starts.at(-1)?.generation === generation ? starts : [...starts, { generation, from: sequence }];
}
