import type { CountedRecord } from '../../audit/laws/causal-order.ts';
import type { LawBook } from '../../audit/laws/law-book.ts';

/** No version of a member's level in an audience is used twice, whatever was killed between two of them. */
export function checkVersions(shards: readonly (readonly CountedRecord[])[], book: LawBook): void {
  const used = new Map<string, string>();
  const use = (name: string, place: string): void => {
    const before = used.get(name);
    if (before !== undefined) book.broken('version', `version ${name} is used at ${before} and at ${place}`);
    used.set(name, place);
  };
  for (const records of shards)
    for (const { shard, sequence, facts } of records)
      for (const [index, fact] of facts.entries()) {
        const place = `${shard}/${sequence}/${index}`;
        if (fact?.kind === 'audience-left')
          use(`${fact.level.version} of ${fact.level.left.member} in ${fact.level.name}`, place);
        if (fact?.kind === 'decision')
          for (const { audience } of fact.choices)
            if (audience !== undefined)
              use(`${audience.version} of ${fact.customer} in ${audience.name}`, place);
      }
}
