import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { CHANNELS } from '../../core/channel.ts';
import { withTracking } from '../../core/decide/tracking-mark.ts';
import type { Choice, Content } from '../../core/fact/fact.ts';
import { instant } from './instant.ts';

/** A treatment as the contract carries it; `treatment-field.ts` writes the same by hand where it is hot. */
export function treatmentMessage(choice: Choice, tracking: string) {
  const { content, offer } = choice;
  return {
    actionId: choice.action,
    variantId: choice.variant,
    channel: CHANNELS[choice.channel] ?? '',
    content: content === undefined ? undefined : contentMessage(content, tracking),
    offer:
      offer === undefined
        ? undefined
        : {
            offerId: offer.offer,
            kind: offer.kind,
            depth: offer.depth,
            code: offer.code,
            validUntil: instant(offer.until),
          },
    expectedValue: choice.expectedValue,
    notAfter: timestampFromMs(choice.notAfter),
    tracking,
  };
}

/** What to show or send. */
export function contentMessage(given: Content, tracking: string) {
  const content = withTracking(given, tracking);
  return {
    templateId: content.templateId,
    locale: content.locale,
    slots: Object.fromEntries(content.slotNames.map((name, at) => [name, content.slotValues[at] ?? ''])),
    productIds: [...content.productIds],
    rendered: content.rendered,
  };
}
