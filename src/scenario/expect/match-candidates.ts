import { type Candidate, CandidateStage, type ExplainReply } from '../../gen/attune/v1/explain_pb.ts';
import { type Complaint, complaint } from './failure.ts';

/** `removed`: action, or "action/channel", → the reason that must have removed all its candidates. */
export function matchRemoved(removed: Readonly<Record<string, string>>, reply: ExplainReply): Complaint[] {
  return Object.entries(removed).flatMap(([name, reason]) => {
    const [action, channel] = name.split('/');
    const rows = reply.candidates.filter(
      (row) =>
        row.actionId === action && (channel === undefined || row.channel === channel || row.channel === ''),
    );
    const fits =
      rows.length > 0 && rows.every((row) => row.stage === CandidateStage.REMOVED && row.reason === reason);
    if (fits) return [];
    const found = rows.length === 0 ? `${name} was not proposed` : rows.map(rowText).join('; ');
    // Rows of one action may have a reason for each channel, and then action/channel is what to say.
    const everywhere = rows.length > 1 && channel === undefined ? ' on every channel' : '';
    return [complaint(`${name} to be removed because of ${reason}${everywhere}`, found)];
  });
}

export function matchConsidered(actions: readonly string[], reply: ExplainReply): Complaint[] {
  return actions.flatMap((action) => {
    const rows = reply.candidates.filter((row) => row.actionId === action);
    if (rows.some((row) => row.stage === CandidateStage.SCORED || row.stage === CandidateStage.CHOSEN))
      return [];
    const found = rows.length === 0 ? `${action} was not proposed` : rows.map(rowText).join('; ');
    return [complaint(`${action} to reach scoring`, found)];
  });
}

const stageNames: ReadonlyMap<CandidateStage, string> = new Map([
  [CandidateStage.PROPOSED, 'proposed'],
  [CandidateStage.SCORED, 'scored'],
  [CandidateStage.CHOSEN, 'chosen'],
]);

function rowText(row: Candidate): string {
  const on = row.channel === '' ? '' : ` on ${row.channel}`;
  const why = row.why === '' ? '' : ` (${row.why})`;
  const stage =
    row.stage === CandidateStage.REMOVED ? `removed, ${row.reason}` : (stageNames.get(row.stage) ?? '');
  return `${row.actionId}${on}: ${stage}${why}`;
}

/** `about`: action → the product that its candidates were about when they reached scoring. */
export function matchAbout(about: Readonly<Record<string, string>>, reply: ExplainReply): Complaint[] {
  return Object.entries(about).flatMap(([action, product]) => {
    const rows = reply.candidates.filter((row) => row.actionId === action);
    const scored = rows.filter(
      (row) => row.stage === CandidateStage.SCORED || row.stage === CandidateStage.CHOSEN,
    );
    if (scored.length > 0 && scored.every((row) => row.productId === product)) return [];
    const found = rows.map((row) => `${rowText(row)} about ${row.productId || 'no product'}`).join('; ');
    return [complaint(`${action} to be considered about ${product}`, found || `${action} was not proposed`)];
  });
}

/** `drawn`: action, "action/channel" or "nothing" → the probability of all its candidates together. */
export function matchDrawn(
  drawn: Readonly<Record<string, { readonly min?: number | undefined; readonly max?: number | undefined }>>,
  reply: ExplainReply,
): Complaint[] {
  return Object.entries(drawn).flatMap(([name, { min = 0, max = 1 }]) => {
    const [action, channel] = name === 'nothing' ? [''] : name.split('/');
    const rows = reply.candidates.filter(
      (row) => row.actionId === action && (channel === undefined || row.channel === channel),
    );
    const share = rows.reduce((sum, row) => sum + row.propensity, 0);
    if (share >= min && share <= max) return [];
    const others = reply.candidates
      .filter((row) => row.propensity > 0)
      .map(
        (row) =>
          `${row.actionId || 'nothing'}${row.channel === '' ? '' : `/${row.channel}`} ${row.propensity.toFixed(3)}`,
      );
    return [
      complaint(`${name} to be drawn with ${min} to ${max}`, `${share.toFixed(3)}, of ${others.join(', ')}`),
    ];
  });
}
