/** Where words of consent come from, in an event and in the profile: see core/profile/consent-proof.ts. */
import type { ConsentWords } from '../../core/fact/fact.ts';
import {
  CONSENT_WAYS,
  type ConsentProof,
  NO_WORDS,
  proofsOf,
  proofText,
} from '../../core/profile/consent-proof.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

export function writeConsentWords(writer: ByteWriter, { proof, form, textVersion }: ConsentWords): void {
  writer.token(proof);
  writer.text(form);
  writer.text(textVersion);
}

export function readConsentWords(reader: ByteReader): ConsentWords {
  return { proof: reader.text(), form: reader.word(), textVersion: reader.word() };
}

export function writeConsentProofs(
  writer: ByteWriter,
  texts: TextTableWriter,
  proofs: string,
  base: number,
): void {
  const rows = proofsOf(proofs);
  writer.varint(rows.length);
  for (const { places, way, source, channel, at, heardAt, id, words } of rows) {
    const { proof, form, textVersion } = words;
    const hasWords = proof !== '' || form !== '' || textVersion !== '';
    writer.varint(places * 2 + (hasWords ? 1 : 0));
    writer.u8(CONSENT_WAYS.indexOf(way));
    writer.number(channel);
    writer.near(heardAt, base);
    writer.near(at, heardAt);
    writer.token(id);
    texts.write(writer, source);
    if (!hasWords) continue;
    writer.token(proof);
    texts.write(writer, form);
    texts.write(writer, textVersion);
  }
}

export function readConsentProofs(reader: ByteReader, texts: TextTableReader, base: number): string {
  const rows = new Array<ConsentProof>(reader.count(7, 'proofs of consent'));
  for (let i = 0; i < rows.length; i++) {
    const head = reader.varint();
    const way = CONSENT_WAYS[reader.u8()] ?? reader.fail('a way in which consent is told');
    const channel = reader.number();
    const heardAt = reader.near(base);
    const at = reader.near(heardAt);
    const id = reader.text();
    const source = texts.read(reader);
    const words =
      head % 2 === 0
        ? NO_WORDS
        : { proof: reader.text(), form: texts.read(reader), textVersion: texts.read(reader) };
    rows[i] = { places: Math.floor(head / 2), way, source, channel, at, heardAt, id, words };
  }
  return proofText(rows);
}
