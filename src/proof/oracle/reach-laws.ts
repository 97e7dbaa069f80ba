/** What really reached people, as the channel systems know it, stays within the caps whatever the ledgers believe. */
import type { LawBook } from './law-book.ts';
import type { CapRule } from './rules.ts';

/** A message that a channel system really sent, dated by its decision. */
export interface Message {
  readonly id: string;
  readonly customer: string;
  readonly channel: number;
  readonly action: string;
  readonly at: number;
}

export function checkReach(messages: readonly Message[], caps: readonly CapRule[], book: LawBook): void {
  const byCustomer = Map.groupBy(messages, (message) => message.customer);
  for (const own of byCustomer.values())
    for (const last of own) for (const cap of caps) checkCap(own, last, cap, book);
}

function checkCap(messages: readonly Message[], last: Message, cap: CapRule, book: LawBook): void {
  const meant = (message: Message): boolean => {
    if (cap.channel >= 0 && message.channel !== cap.channel) return false;
    return cap.action === '' || message.action === (cap.action === '*' ? last.action : cap.action);
  };
  if (!meant(last)) return;
  const reached = messages.filter(
    (message) => meant(message) && message.at <= last.at && message.at > last.at - cap.windowMs,
  );
  if (reached.length > cap.max)
    book.broken(
      'reach',
      `${last.customer} got ${reached.map((message) => message.id).join(' ')} within ${cap.windowMs} ms, the most is ${cap.max}`,
    );
}
