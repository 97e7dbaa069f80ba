/**
 * What one decision's candidates forbid each other before they are scored: a way that nobody serves, or whose channel system fails,
 * gives way to one that works.
 */
import { codes } from '../guardrail/verdict.ts';
import { NOTHING, ROW_REMOVED } from './candidate-columns.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';
import type { DecisionDraft } from './decision-draft.ts';

const { CHANNEL_UNSERVED, CHANNEL_FAILING } = codes('CHANNEL_UNSERVED', 'CHANNEL_FAILING');

/**
 * Removes candidates of the channels in `unserved` and `failing` (bits `1 << channel`) where the same action has one left on another
 * channel; the actions that answer one trigger count as the same one, because one of them is done. Where there is no other
 * way they stay, and what is drawn waits for its channel. Compared: channel systems that work, and needed; names the channel.
 */
export function preferServed(
  draft: DecisionDraft,
  { unserved, failing }: Pick<DecideEnv, 'unserved' | 'failing'>,
  ask: DecideAsk,
): void {
  const idle = unserved | failing;
  // What a placement shows is fetched by who asks.
  if (idle === 0 || ask.placements.length > 0) return;
  const { columns, eligible } = draft;
  const together = ask.trigger >= 0;
  let kept = 0;
  for (let i = 0; i < draft.eligibleCount; i++) {
    const row = eligible[i] as number;
    if (isOn(draft, row, idle) && hasOtherWay(draft, row, idle, together)) {
      columns.stage[row] = ROW_REMOVED;
      columns.reason[row] = isOn(draft, row, unserved) ? CHANNEL_UNSERVED : CHANNEL_FAILING;
      columns.value[row] = 0;
      columns.limit[row] = 1;
      columns.ref[row] = draft.index?.policy.channels[columns.channel[row] as number]?.id ?? '';
    }
  }
  for (let i = 0; i < draft.eligibleCount; i++) {
    const row = eligible[i] as number;
    if (columns.stage[row] !== ROW_REMOVED) eligible[kept++] = row;
  }
  draft.eligibleCount = kept;
}

function isOn({ columns }: DecisionDraft, row: number, channels: number): boolean {
  return columns.action[row] !== NOTHING && (channels & (1 << (columns.channel[row] as number))) !== 0;
}

function hasOtherWay(draft: DecisionDraft, row: number, idle: number, together: boolean): boolean {
  const { columns, eligible } = draft;
  for (let i = 0; i < draft.eligibleCount; i++) {
    const other = eligible[i] as number;
    if (columns.action[other] === NOTHING || isOn(draft, other, idle)) continue;
    if (together || columns.action[other] === columns.action[row]) return true;
  }
  return false;
}
