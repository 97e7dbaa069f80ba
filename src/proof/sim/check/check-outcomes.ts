import type { LawBook } from '../../../audit/laws/law-book.ts';
import { placeText } from '../../../audit/laws/law-book.ts';
import type { OutcomeFact } from '../../../core/fact/fact.ts';
import { placeOfSeq } from '../../../core/identity/home-seq.ts';
import { refText } from '../../oracle/guardrail-laws.ts';
import type { Journal } from '../journal.ts';

/**
 * Every stage of an awaited decision matures once, and its outcome says what was decided with which probability: a learner without
 * them would learn wrong; the candidates that it was drawn among come with the probabilities that they had. An outcome that
 * matured early, because the list was full, holds less.
 */
export function checkOutcomes(journal: Journal, book: LawBook): void {
  const matured = new Set<string>();
  for (const records of journal.landed) {
    for (const { shard, sequence, facts, counts } of records)
      for (let index = 0; index < facts.length; index++) {
        const fact = facts[index];
        if (!counts || fact?.kind !== 'outcome') continue;
        const what = `the outcome at ${placeText({ shard, sequence, index })}`;
        const ref = refText(shard, fact.ref);
        const stage = `${ref} ${fact.stage}`;
        if (matured.has(stage)) book.broken('outcome', `${what}: decision ${stage} had matured before`);
        matured.add(stage);
        if (fact.truncated) continue;
        const home = placeOfSeq(shard, fact.ref.seq);
        const decision = journal.landed[home.shard]?.[home.seq - 1]?.facts[fact.ref.index];
        const choice = decision?.kind === 'decision' ? decision.choices[fact.ref.choice] : undefined;
        if (choice === undefined) book.broken('outcome', `${what}: there is no decision ${ref}`);
        else if (choice.action !== fact.action || choice.propensity !== fact.propensity)
          book.broken('outcome', `${what} does not know decision ${ref}`);
        else if (!addsUp(fact)) book.broken('outcome', `${what} does not hold what it was drawn among`);
      }
  }
}

/** The choice is among its candidates with its own probability, and together they were certain. */
function addsUp({ candidates, action, variant, channel, propensity }: OutcomeFact): boolean {
  const sum = candidates.reduce((total, each) => total + each.propensity, 0);
  return (
    Math.abs(sum - 1) < 1e-9 &&
    candidates.some(
      (each) =>
        each.action === action &&
        each.variant === variant &&
        each.channel === channel &&
        each.propensity === propensity,
    )
  );
}
