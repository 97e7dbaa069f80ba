import type { Story } from './diary.ts';

/** The story, a line for each step with its time in her zone and the time since the first. */
export function storyText({ customer, entries, isConverted, decisionId }: Story, zone: string): string[] {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium' });
  const start = entries[0]?.at ?? 0;
  return [
    `A checkout that was left, and what came of it (customer ${customer} of the shop; times are hers, in ${zone})`,
    '',
    ...entries.map(
      ({ at, text, decisionId: own }) =>
        `  ${clock.format(at)}  ${sinceText(at - start)}  ${text}${own === '' ? '' : `  [${own}]`}`,
    ),
    '',
    isConverted
      ? `Decision ${decisionId} brought her back. Why this one?`
      : `She has not come back yet. Why decision ${decisionId}?`,
    '',
  ];
}

function sinceText(ms: number): string {
  const seconds = ms / 1_000;
  return `+${seconds.toFixed(seconds % 1 === 0 ? 0 : 1)} s`.padStart(9);
}
