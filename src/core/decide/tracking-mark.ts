/**
 * The tracking token in the words of a message. It is made of the decision's place in the log, which its record cannot hold of itself: the
 * record has a mark instead, and whoever hands the content out puts the token in its place.
 */
import type { Content } from '../fact/fact.ts';

/** Letters only, so that no filter of a template (escaping, encoding for an address) changes it. */
export const TRACKING_MARK = 'ATTUNETRACKINGTOKEN';

/** The content with the token in place of the mark; the content itself where no blank asks for it. */
export function withTracking(content: Content, token: string): Content {
  if (!content.slotValues.includes(TRACKING_MARK)) return content;
  return {
    ...content,
    slotValues: content.slotValues.map((value) => (value === TRACKING_MARK ? token : value)),
    rendered: content.rendered.replaceAll(TRACKING_MARK, token),
  };
}
