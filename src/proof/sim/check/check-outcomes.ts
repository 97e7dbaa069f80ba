import type { LawBook } from '../../../audit/laws/law-book.ts';
import { placeText } from '../../../audit/laws/law-book.ts';
import { refText } from '../../oracle/guardrail-laws.ts';
import type { Journal } from '../journal.ts';

/**
 * Every awaited decision matures once, and its outcome says what was decided with which probability: a learner without
 * them would learn wrong. An outcome that matured early, because the list was full, holds less.
 */
export function checkOutcomes(journal: Journal, book: LawBook): void {
  for (const records of journal.landed) {
    const matured = new Set<string>();
    for (const { shard, sequence, facts, counts } of records)
      for (let index = 0; index < facts.length; index++) {
        const fact = facts[index];
        if (!counts || fact?.kind !== 'outcome') continue;
        const what = `the outcome at ${placeText({ shard, sequence, index })}`;
        const ref = refText(fact.ref);
        if (matured.has(ref)) book.broken('outcome', `${what}: decision ${ref} had matured before`);
        matured.add(ref);
        if (fact.truncated) continue;
        const decision = records[fact.ref.seq - 1]?.facts[fact.ref.index];
        const choice = decision?.kind === 'decision' ? decision.choices[fact.ref.choice] : undefined;
        if (choice === undefined) book.broken('outcome', `${what}: there is no decision ${ref}`);
        else if (choice.action !== fact.action || choice.propensity !== fact.propensity)
          book.broken('outcome', `${what} does not know decision ${ref}`);
      }
  }
}
