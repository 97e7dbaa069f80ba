import type { CandidateColumns } from '../../core/decide/candidate-columns.ts';
import type { Explanation } from '../../core/explain/explain.ts';

/**
 * What the model saw of each channel and what came of it. The probabilities are the calibrated ones that the candidates
 * were scored with; a channel without a scored candidate shows the model's own.
 */
export function scoreRowMessages({ fact, scoreRows }: Explanation) {
  const { columns } = fact.record;
  return scoreRows.map(({ channel, features, logits }, row) => {
    const scored = candidateOf(columns, row);
    const [p0 = 0, engage = 0, unsubscribe = 0] = logits.map(sigmoid);
    return {
      channel,
      features: features.map(({ name, value }) => ({ name, value })),
      p0: scored < 0 ? p0 : (columns.p0[scored] as number),
      engage: scored < 0 ? engage : (columns.engage[scored] as number),
      unsubscribe: scored < 0 ? unsubscribe : (columns.unsubscribe[scored] as number),
    };
  });
}

/** A candidate that was scored with this row, -1: none. */
function candidateOf(columns: CandidateColumns, scoreRow: number): number {
  for (let row = 0; row < columns.count; row++) if (columns.scoreRow[row] === scoreRow) return row;
  return -1;
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
