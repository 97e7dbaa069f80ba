import { dispatchId } from '../../core/decide/decision-id.ts';
import type { LawBook } from '../../world/laws/law-book.ts';
import type { CapRule } from '../../world/laws/rules.ts';
import type { Journal } from '../journal.ts';

interface Message {
  readonly id: string;
  readonly channel: number;
  readonly action: string;
  readonly at: number;
}

/** What really reached people, as the channel systems know it, stays within the caps whatever the ledgers believe. */
export function checkReach(journal: Journal, caps: readonly CapRule[], book: LawBook): void {
  const byCustomer = new Map<string, Message[]>();
  for (const records of journal.landed)
    for (const { shard, sequence, facts, counts } of records)
      for (let index = 0; index < facts.length; index++) {
        const fact = facts[index];
        if (!counts || fact?.kind !== 'decision' || !fact.dispatch) continue;
        fact.choices.forEach((choice, i) => {
          const id = dispatchId({ generation: 1, shard, seq: sequence, index }, i);
          if (choice.kind !== 'treatment' || !journal.reached.has(id)) return;
          const messages = byCustomer.get(fact.customer) ?? [];
          messages.push({ id, channel: choice.channel, action: choice.action, at: fact.at });
          byCustomer.set(fact.customer, messages);
        });
      }
  for (const [customer, messages] of byCustomer)
    for (const last of messages) for (const cap of caps) checkCap(customer, messages, last, cap, book);
}

function checkCap(
  customer: string,
  messages: readonly Message[],
  last: Message,
  cap: CapRule,
  book: LawBook,
): void {
  const meant = (message: Message): boolean =>
    (cap.channel < 0 || message.channel === cap.channel) &&
    (cap.action === '' || message.action === cap.action);
  if (!meant(last)) return;
  const reached = messages.filter(
    (message) => meant(message) && message.at <= last.at && message.at > last.at - cap.windowMs,
  );
  if (reached.length > cap.max)
    book.broken(
      'reach',
      `${customer} got ${reached.map((message) => message.id).join(' ')} within ${cap.windowMs} ms, the most is ${cap.max}`,
    );
}
