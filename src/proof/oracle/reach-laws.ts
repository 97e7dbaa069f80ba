/** The messages that really reached customers, as the channel systems know them, stay within the caps. */
import type { SentMessage } from '../../audit/laws/dispatch-laws.ts';
import type { LawBook } from '../../audit/laws/law-book.ts';
import type { CapRule, GuardrailRules, Lot } from './rules.ts';

type Rules = Pick<GuardrailRules, 'caps' | 'actions'>;

export function checkReach(messages: readonly SentMessage[], rules: Rules, book: LawBook): void {
  const byCustomer = Map.groupBy(messages, (message) => message.customer);
  for (const own of byCustomer.values())
    for (const last of own) for (const cap of rules.caps) checkCap(own, last, cap, rules, book);
}

function checkCap(
  messages: readonly SentMessage[],
  last: SentMessage,
  cap: CapRule,
  { actions }: Rules,
  book: LawBook,
): void {
  const lotOf = ({ action }: SentMessage): Lot => actions.get(action)?.lot ?? 'common';
  const meant = (message: SentMessage): boolean => {
    if (cap.channel >= 0 && message.channel !== cap.channel) return false;
    // What has limits of its own counts for those alone.
    if (cap.lot !== undefined && (cap.lot === 'common') !== (lotOf(message) === 'common')) return false;
    return cap.action === '' || message.action === (cap.action === '*' ? last.action : cap.action);
  };
  if (!meant(last) || (cap.lot !== undefined && cap.lot !== lotOf(last))) return;
  const reached = messages.filter(
    (message) => meant(message) && message.at <= last.at && message.at > last.at - cap.windowMs,
  );
  if (reached.length > cap.max)
    book.broken(
      'reach',
      `${last.customer} got ${reached.map((message) => message.id).join(' ')} within ${cap.windowMs} ms, the most is ${cap.max}`,
    );
}
