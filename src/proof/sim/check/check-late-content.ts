import type { LawBook } from '../../../audit/laws/law-book.ts';
import type { Journal, JournalPush } from '../journal.ts';

/** What a channel is handed is true at that moment: it says the price of the moment, promotes nothing that is sold out, and no offer that is over. */
export function checkLateContent({ pushes }: Journal, book: LawBook): void {
  for (const push of pushes) {
    const what = `push ${push.dispatchId} attempt ${push.attempt}`;
    const { goods } = push;
    if (push.offerUntil < push.at - CLOCKS_MS)
      book.broken('late', `${what}: its offer was over since ${push.at - push.offerUntil} ms`);
    if (goods === undefined) continue;
    const said = saidPrice(push);
    if (said !== undefined && said !== goods.price)
      book.broken('late', `${what}: it says ${said} of ${push.product}, which costs ${goods.price}`);
    if (push.isPromotion && goods.isSoldOut) book.broken('late', `${what}: ${push.product} is sold out`);
  }
}

/** By how much a node's clock may be off. */
const CLOCKS_MS = 1_000;

/** Undefined: it names no price. */
function saidPrice({ content }: JournalPush): number | undefined {
  const place = content?.slotNames.indexOf('price') ?? -1;
  if (place < 0) return undefined;
  return Number((content?.slotValues[place] ?? '').replace(/[^0-9.]/g, ''));
}
