/** What becomes of those who asked to be forgotten, held against the facts of a log. */
import type { CountedRecord } from '../../audit/laws/causal-order.ts';
import type { LawBook } from '../../audit/laws/law-book.ts';
import { CHANNELS } from '../../core/channel.ts';
import type { Fact } from '../../core/fact/fact.ts';
import type { GuardrailRules } from '../oracle/rules.ts';
import type { Promised } from './promised.ts';

const ADS = CHANNELS.indexOf('ads');

/**
 * An erasure that was acknowledged is in the log, and nothing is sent behind it, handed over or kept for somebody else. Returns how many actors were
 * forgotten.
 */
export function checkForgotten(
  shards: readonly (readonly CountedRecord[])[],
  { forgotten, passing }: Promised,
  rules: GuardrailRules,
  book: LawBook,
): number {
  const ends = endsOf(shards, passing);
  for (const { ids, keys } of forgotten)
    if (!ids.some((id) => ends.has(id)))
      book.broken('forgotten', `${keys[0]?.value} was forgotten, and the log does not say so`);
  for (const records of shards)
    for (const { shard, sequence, facts } of records)
      for (const fact of facts) {
        if (fact === undefined || !('customer' in fact)) continue;
        const end = ends.get(fact.customer);
        if (end === undefined || sequence <= end) continue;
        const what = sentBy(fact, rules);
        if (what !== '')
          book.broken(
            'forgotten',
            `${fact.customer} was forgotten in record ${end}, and record ${shard}/${sequence} ${what}`,
          );
      }
  return ends.size;
}

/** The records with nothing of what was before somebody was forgotten: a part of it is blank already. */
export function withoutForgotten(
  shards: readonly (readonly CountedRecord[])[],
  passing: ReadonlySet<string>,
): CountedRecord[][] {
  const ends = endsOf(shards, passing);
  return shards.map((records) =>
    records.map((record) => ({
      ...record,
      facts: record.facts.map((fact) => {
        if (fact === undefined || !('customer' in fact)) return fact;
        return record.sequence <= (ends.get(fact.customer) ?? 0) ? undefined : fact;
      }),
    })),
  );
}

/** By customer, the record in which they were forgotten last. */
function endsOf(
  shards: readonly (readonly CountedRecord[])[],
  passing: ReadonlySet<string>,
): Map<string, number> {
  const ends = new Map<string, number>();
  for (const records of shards)
    for (const { sequence, facts } of records)
      for (const fact of facts)
        if (fact?.kind === 'erased' && passing.has(fact.customer)) ends.set(fact.customer, sequence);
  return ends;
}

function sentBy(fact: Fact, { quietChannels }: GuardrailRules): string {
  if (fact.kind === 'handed') return 'hands something over';
  if (fact.kind === 'absorb-out' && fact.estate.length > 0) return 'gives away what was theirs';
  if (fact.kind !== 'decision') return '';
  const sent = fact.choices.some(
    ({ kind, channel }) => kind !== 'nothing' && (quietChannels.has(channel) || channel === ADS),
  );
  return sent ? 'decides to send something' : '';
}
