import { parseDispatchId } from '../../../core/decide/decision-id.ts';
import type { ChoiceRef, Fact } from '../../../core/fact/fact.ts';
import type { LawBook } from '../../oracle/law-book.ts';
import type { Journal, Landed, Push } from '../journal.ts';

/**
 * No push without an append before it: the first attempt needs its decision in the log, every later one its own
 * `handed`; none comes after the dispatch was taken back, refused or given up. Each attempt is pushed once. A dispatch
 * that was pushed is never called expired, since it may have arrived.
 */
export function checkPushes(journal: Journal, book: LawBook): void {
  const attempts = new Set<string>();
  for (const push of journal.pushes) {
    const what = `push ${push.dispatchId} attempt ${push.attempt} by ${push.node}`;
    const key = `${push.dispatchId} ${push.attempt}`;
    if (attempts.has(key)) book.broken('push', `${what}: this attempt was pushed before`);
    attempts.add(key);
    checkPush(journal, push, what, book);
  }
  checkExpired(journal, book);
}

function checkPush(journal: Journal, push: Push, what: string, book: LawBook): void {
  const place = parseDispatchId(push.dispatchId);
  const records = place === undefined ? undefined : journal.landed[place.shard];
  if (place === undefined || records === undefined)
    return book.broken('push', `${what}: there is no such dispatch`);
  const before = records.slice(0, push.landed[place.shard]).filter((record) => record.counts);
  const decision = before.find((record) => record.sequence === place.seq)?.facts[place.index];
  if (decision?.kind !== 'decision') return book.broken('push', `${what}: no decision of it is in the log`);
  const choice = decision.choices[place.choice];
  if (!decision.dispatch || choice?.kind !== 'treatment' || choice.channel !== push.channel)
    return book.broken('push', `${what}: the decision sends nothing like it`);
  if (decision.customer !== push.customer) book.broken('push', `${what}: it is somebody else's`);
  const about = factsAbout(before, place);
  if (push.attempt > 1 && !about.some((fact) => fact.kind === 'handed' && fact.attempt === push.attempt))
    book.broken('push', `${what}: the attempt is not in the log`);
  for (const fact of about) {
    const over =
      fact.kind === 'withdraw' ||
      (fact.kind === 'delivery' && !(fact.state === 'rejected' && fact.retryable));
    if (over) book.broken('push', `${what}: it was over (${fact.kind})`);
  }
}

function factsAbout(records: readonly Landed[], ref: ChoiceRef): Fact[] {
  const found: Fact[] = [];
  for (const { facts } of records)
    for (const fact of facts)
      if (
        (fact.kind === 'handed' || fact.kind === 'delivery' || fact.kind === 'withdraw') &&
        fact.ref.seq === ref.seq &&
        fact.ref.index === ref.index &&
        fact.ref.choice === ref.choice
      )
        found.push(fact);
  return found;
}

function checkExpired(journal: Journal, book: LawBook): void {
  const pushed = new Set<string>();
  for (const push of journal.pushes) {
    const place = parseDispatchId(push.dispatchId);
    if (place !== undefined) pushed.add(`${place.shard} ${place.seq} ${place.index} ${place.choice}`);
  }
  for (const records of journal.landed)
    for (const { shard, sequence, facts, counts } of records)
      for (const fact of facts) {
        if (!counts || fact.kind !== 'delivery' || fact.state !== 'expired') continue;
        const { seq, index, choice } = fact.ref;
        if (pushed.has(`${shard} ${seq} ${index} ${choice}`))
          book.broken('push', `record ${shard}/${sequence} calls ${seq}/${index} expired, and it was pushed`);
      }
}
