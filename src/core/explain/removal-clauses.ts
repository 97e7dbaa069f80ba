/** What stood against an action, over all its candidates of one decision. */
import type { Policy } from '../policy/policy.ts';
import type { Reason } from '../reason.ts';
import type { ExplainedCandidate } from './explain.ts';

/** Rules of a channel: their clause says nothing without its name. */
const OF_CHANNEL: ReadonlySet<Reason> = new Set([
  'CONSENT_MISSING',
  'UNREACHABLE',
  'QUIET_HOURS',
  'CAP_CHANNEL',
  'CAP_KIND',
  'PAUSED',
]);

/** One clause when all rows agree, else one for each reason in their order, with the channels and variants that it is about. */
export function removalClauses(rows: readonly ExplainedCandidate[]): string {
  const groups = new Map<string, ExplainedCandidate[]>();
  for (const row of rows) groups.set(row.why, [...(groups.get(row.why) ?? []), row]);
  const [only] = rows;
  if (groups.size === 1 && only !== undefined && !OF_CHANNEL.has(only.reason)) return only.why;
  const [channels, variants] = [namesOf(rows, 'channel').length, namesOf(rows, 'variant').length];
  return [...groups.values()]
    .map((group) => {
      const [first] = group;
      const named = namesOf(group, 'variant');
      const which = named.length === 0 || named.length === variants ? '' : `for variant ${listed(named)} `;
      const places = namesOf(group, 'channel');
      const needed = which === '' || places.length < channels || OF_CHANNEL.has(first?.reason ?? 'NONE');
      const where = places.length > 0 && needed ? `on ${listed(places)} ` : '';
      return `${where}${which}${first?.why ?? ''}`;
    })
    .join(', and ');
}

/** On which channels an action could go, behind its clause, where a rule stood against all of them at once; else ''. */
export function wherever(rows: readonly ExplainedCandidate[], policy: Policy, action: string): string {
  if (rows.some((row) => row.channel !== '')) return '';
  const mask = policy.actions.find(({ id }) => id === action)?.channelMask ?? 0;
  const channels = policy.channels.filter(({ index }) => (mask & (1 << index)) !== 0).map(({ id }) => id);
  return channels.length === 0 ? '' : `, on ${listed(channels)}`;
}

/** "a, b and c". */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function namesOf(rows: readonly ExplainedCandidate[], what: 'channel' | 'variant'): string[] {
  return [...new Set(rows.map((row) => row[what]))].filter((name) => name !== '');
}
