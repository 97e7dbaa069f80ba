/** Where words of consent come from, and those that wait for a confirmation: see core/profile/consent-proof.ts and consent-request.ts. */
import type { ConsentWords, FactConsent } from '../../core/fact/fact.ts';
import {
  CONSENT_WAYS,
  type ConsentProof,
  type ConsentTelling,
  NO_WORDS,
  proofsOf,
  proofText,
} from '../../core/profile/consent-proof.ts';
import { type ConsentRequest, NO_REQUESTS } from '../../core/profile/consent-request.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

const HAS_WORDS = 1;
const CONFIRMS = 2;
const WAITS = 4;
const CONFIRMED = 2;

/** What an event of consent says besides yes or no; nothing where it says no more. */
export function writeConsentMore(writer: ByteWriter, { words, confirms, waits }: FactConsent): void {
  if (words === undefined && confirms === undefined && waits === undefined) return;
  writer.u8(
    (words === undefined ? 0 : HAS_WORDS) |
      (confirms === undefined ? 0 : CONFIRMS) |
      (waits === undefined ? 0 : WAITS),
  );
  if (words !== undefined) writeWords(writer, words);
  if (waits === undefined) return;
  writer.varint(waits.length);
  for (const { channel, ms } of waits) {
    writer.number(channel);
    writer.number(ms);
  }
}

export function readConsentMore(reader: ByteReader): Pick<FactConsent, 'words' | 'confirms' | 'waits'> {
  const flags = reader.u8();
  const words = (flags & HAS_WORDS) === 0 ? undefined : readWords(reader);
  if ((flags & WAITS) === 0)
    return { ...(words && { words }), ...((flags & CONFIRMS) !== 0 && { confirms: true }) };
  const waits = new Array<{ channel: number; ms: number }>(reader.count(2, 'channels that wait'));
  for (let i = 0; i < waits.length; i++) waits[i] = { channel: reader.number(), ms: reader.number() };
  return { ...(words && { words }), ...((flags & CONFIRMS) !== 0 && { confirms: true }), waits };
}

function writeWords(writer: ByteWriter, { proof, form, textVersion }: ConsentWords): void {
  writer.token(proof);
  writer.text(form);
  writer.text(textVersion);
}

function readWords(reader: ByteReader): ConsentWords {
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
  for (const { places, way, confirmed, ...telling } of rows) {
    writer.varint(
      places * 4 + (hasWords(telling) ? HAS_WORDS : 0) + (confirmed === undefined ? 0 : CONFIRMED),
    );
    writer.u8(CONSENT_WAYS.indexOf(way));
    writeTelling(writer, texts, telling, base);
    if (confirmed === undefined) continue;
    writer.flag(hasWords(confirmed));
    writeTelling(writer, texts, confirmed, base);
  }
}

export function readConsentProofs(reader: ByteReader, texts: TextTableReader, base: number): string {
  const rows = new Array<ConsentProof>(reader.count(7, 'proofs of consent'));
  for (let i = 0; i < rows.length; i++) {
    const head = reader.varint();
    const way = CONSENT_WAYS[reader.u8()] ?? reader.fail('a way in which consent is told');
    const telling = readTelling(reader, texts, base, (head & HAS_WORDS) !== 0);
    const confirmed = (head & CONFIRMED) === 0 ? undefined : readTelling(reader, texts, base, reader.flag());
    rows[i] = { ...telling, places: Math.floor(head / 4), way, confirmed };
  }
  return proofText(rows);
}

export function writeConsentRequests(
  writer: ByteWriter,
  texts: TextTableWriter,
  requests: readonly ConsentRequest[],
  base: number,
): void {
  writer.varint(requests.length);
  for (const { place, confirms, from, at, until, telling } of requests) {
    writer.varint(place * 4 + (hasWords(telling) ? HAS_WORDS : 0) + (confirms ? CONFIRMS : 0));
    writer.near(from, base);
    writer.near(at, from);
    writer.near(until, at);
    writeTelling(writer, texts, telling, base);
  }
}

export function readConsentRequests(
  reader: ByteReader,
  texts: TextTableReader,
  base: number,
): readonly ConsentRequest[] {
  const count = reader.count(9, 'consents that wait');
  if (count === 0) return NO_REQUESTS;
  const requests = new Array<ConsentRequest>(count);
  for (let i = 0; i < count; i++) {
    const head = reader.varint();
    const from = reader.near(base);
    const at = reader.near(from);
    const until = reader.near(at);
    const telling = readTelling(reader, texts, base, (head & HAS_WORDS) !== 0);
    requests[i] = {
      place: Math.floor(head / 4),
      confirms: (head & CONFIRMS) !== 0,
      from,
      at,
      until,
      telling,
    };
  }
  return requests;
}

function hasWords({ words }: ConsentTelling): boolean {
  return words.proof !== '' || words.form !== '' || words.textVersion !== '';
}

function writeTelling(
  writer: ByteWriter,
  texts: TextTableWriter,
  telling: ConsentTelling,
  base: number,
): void {
  const { source, channel, at, heardAt, id, words } = telling;
  writer.number(channel);
  writer.near(heardAt, base);
  writer.near(at, heardAt);
  writer.token(id);
  texts.write(writer, source);
  if (!hasWords(telling)) return;
  writer.token(words.proof);
  texts.write(writer, words.form);
  texts.write(writer, words.textVersion);
}

function readTelling(
  reader: ByteReader,
  texts: TextTableReader,
  base: number,
  withWords: boolean,
): ConsentTelling {
  const channel = reader.number();
  const heardAt = reader.near(base);
  const at = reader.near(heardAt);
  const id = reader.text();
  const source = texts.read(reader);
  const words = withWords
    ? { proof: reader.text(), form: texts.read(reader), textVersion: texts.read(reader) }
    : NO_WORDS;
  return { source, channel, at, heardAt, id, words };
}
