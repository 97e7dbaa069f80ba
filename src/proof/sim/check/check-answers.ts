import type { LawBook } from '../../../audit/laws/law-book.ts';
import type { WorldRun } from '../world.ts';

/** A door waits for 8 s, a request may go through several of them, and a door looks again later while steady time is slow. */
const ANSWER_MS_MAX = 60_000;

/**
 * In a deployment every event, decide and read that came to a node is answered within a bound, were it by a refusal: somebody serves its shard, or nobody is
 * found in time. Time in which some process stood still does not count, and of a node that ended nobody hears any more.
 */
export function checkAnswers({ journal, endedAt, deployment }: WorldRun, book: LawBook): void {
  if (deployment === undefined) return;
  for (const { what, node, at, endedAt: answeredAt } of journal.attempts) {
    const until = Math.min(answeredAt, journal.deaths.get(node) ?? endedAt);
    const stood = journal.pauses.reduce(
      (sum, { from, to }) => sum + Math.max(0, Math.min(to, until) - Math.max(from, at)),
      0,
    );
    const ms = until - at - stood;
    if (ms <= ANSWER_MS_MAX) continue;
    const how = answeredAt === Number.POSITIVE_INFINITY ? 'was not answered' : 'was answered';
    book.broken('answer', `${what} at ${node} ${how} within ${ms} ms`);
  }
}
