import type { Story } from './diary.ts';

/** The story, a line for each step with its time in the customer's zone and the time since the first. */
export function storyText({ customer, entries, isConverted, decisionId }: Story, zone: string): string[] {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium' });
  const start = entries[0]?.at ?? 0;
  return [
    `An abandoned checkout and what followed (customer ${customer} of the shop; local times, in ${zone})`,
    '',
    ...entries.map(
      ({ at, text, decisionId: own }) =>
        `  ${clock.format(at)}  ${sinceText(at - start)}  ${text}${own === undefined ? '' : `  [${own}]`}`,
    ),
    '',
    isConverted
      ? `Decision ${decisionId} brought the customer back. Why this one?`
      : `The customer has not come back yet. Why decision ${decisionId}?`,
    '',
  ];
}

function sinceText(ms: number): string {
  const seconds = ms / 1_000;
  return `+${seconds.toFixed(seconds % 1 === 0 ? 0 : 1)} s`.padStart(9);
}
