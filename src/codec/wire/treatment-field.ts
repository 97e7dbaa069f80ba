import { CHANNELS } from '../../core/channel.ts';
import { withTracking } from '../../core/decide/tracking-mark.ts';
import type { Choice, Content, FactOffer } from '../../core/fact/fact.ts';
import type { WireWriter } from './wire-writer.ts';

/** Writes the fields of an attune.v1.Treatment; `tracking`: its token, also where its words ask for it, '' for none. */
export function writeTreatment(writer: WireWriter, choice: Choice, tracking: string): void {
  writer.text(10, choice.action);
  writer.text(18, choice.variant);
  writer.text(26, CHANNELS[choice.channel] ?? '');
  if (choice.content !== undefined) writeContent(writer, withTracking(choice.content, tracking));
  if (choice.offer !== undefined) writeOffer(writer, choice.offer);
  writer.double(49, choice.expectedValue);
  writer.time(58, choice.notAfter);
  writer.text(66, tracking);
}

function writeContent(writer: WireWriter, content: Content): void {
  const body = writer.nest(34, 2);
  writer.text(10, content.templateId);
  writer.text(18, content.locale);
  for (let i = 0; i < content.slotNames.length; i++) {
    const entry = writer.nest(26, 1);
    writer.item(10, content.slotNames[i] as string);
    writer.item(18, content.slotValues[i] as string);
    writer.close(entry, 1);
  }
  for (let i = 0; i < content.productIds.length; i++) writer.item(34, content.productIds[i] as string);
  writer.text(42, content.rendered);
  writer.close(body, 2);
}

function writeOffer(writer: WireWriter, offer: FactOffer): void {
  const body = writer.nest(42, 1);
  writer.text(10, offer.offer);
  writer.text(18, offer.kind);
  writer.double(25, offer.depth);
  writer.text(34, offer.code);
  writer.time(42, offer.until);
  writer.close(body, 1);
}
