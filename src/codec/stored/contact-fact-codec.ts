import {
  DELIVERY_STATES,
  type DeliveryFact,
  FEEDBACK_KINDS,
  type FeedbackFact,
  type HandedFact,
  type KeyReleasedFact,
  type ReaddressedFact,
  type SentContent,
  type WithdrawFact,
} from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readWords, writeTexts } from './choice-codec.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';

export function writeHandedFact(writer: ByteWriter, fact: HandedFact): void {
  writeCustomerId(writer, fact.customer);
  writeChoiceRef(writer, fact.ref);
  writer.number(fact.attempt);
  writer.number(fact.at);
  if (fact.sent !== undefined) writeSent(writer, fact.sent);
}

/** What was sent stands at the end, where it differs from what was decided: mostly nothing does. */
export function readHandedFact(reader: ByteReader): HandedFact {
  const customer = readCustomerId(reader);
  const handed: HandedFact = {
    kind: 'handed',
    customer,
    ref: readChoiceRef(reader),
    attempt: reader.number(),
    at: reader.number(),
  };
  return reader.left === 0 ? handed : { ...handed, sent: readSent(reader) };
}

function writeSent(writer: ByteWriter, sent: SentContent): void {
  writer.number(sent.catalogSequence);
  writer.text(sent.templateId);
  writeTexts(writer, sent.slotNames);
  writeTexts(writer, sent.slotValues);
  writer.flag(sent.rendered !== undefined);
  if (sent.rendered !== undefined) writer.text(sent.rendered);
}

function readSent(reader: ByteReader): SentContent {
  return {
    catalogSequence: reader.number(),
    templateId: reader.word(),
    slotNames: readWords(reader),
    slotValues: readWords(reader),
    rendered: reader.flag() ? reader.text() : undefined,
  };
}

export function writeDeliveryFact(writer: ByteWriter, fact: DeliveryFact): void {
  writeCustomerId(writer, fact.customer);
  writeChoiceRef(writer, fact.ref);
  writer.u8(DELIVERY_STATES.indexOf(fact.state));
  writer.flag(fact.retryable);
  writer.number(fact.at);
  writer.near(fact.retryAt, fact.at);
  writer.text(fact.reason);
}

export function readDeliveryFact(reader: ByteReader): DeliveryFact {
  const customer = readCustomerId(reader);
  const ref = readChoiceRef(reader);
  const state = DELIVERY_STATES[reader.u8()] ?? reader.fail('a delivery state');
  const retryable = reader.flag();
  const at = reader.number();
  const retryAt = reader.near(at);
  const reason = reader.format >= 4 ? reader.text() : '';
  return { kind: 'delivery', customer, ref, state, retryable, retryAt, reason, at };
}

export function writeWithdrawFact(writer: ByteWriter, fact: WithdrawFact): void {
  writeCustomerId(writer, fact.customer);
  writeChoiceRef(writer, fact.ref);
  writer.number(fact.reason);
  writer.number(fact.at);
  if (fact.note !== undefined) writer.text(fact.note);
}

export function readWithdrawFact(reader: ByteReader): WithdrawFact {
  const customer = readCustomerId(reader);
  const ref = readChoiceRef(reader);
  const reason = reader.number();
  const at = reader.number();
  const said = { kind: 'withdraw', customer, ref, reason, at } as const;
  return reader.left === 0 ? said : { ...said, note: reader.text() };
}

const HAS_REF = 1;
const MACHINE = 2;
const HAS_KEY = 4;
const HAS_ORIGIN = 8;

export function writeFeedbackFact(writer: ByteWriter, fact: FeedbackFact): void {
  writeCustomerId(writer, fact.customer);
  writer.u8(
    (fact.ref === undefined ? 0 : HAS_REF) |
      (fact.machine ? MACHINE : 0) |
      (fact.key === undefined ? 0 : HAS_KEY) |
      (fact.origin === undefined ? 0 : HAS_ORIGIN),
  );
  if (fact.key !== undefined) writeIdentifierKey(writer, fact.key);
  if (fact.origin !== undefined) writeIdentifierKey(writer, fact.origin);
  if (fact.ref !== undefined) writeChoiceRef(writer, fact.ref);
  writer.number(fact.channel);
  writer.number(fact.idHash);
  writer.number(fact.bodyHash);
  writer.u8(FEEDBACK_KINDS.indexOf(fact.feedback));
  writer.number(fact.at);
  writer.near(fact.receivedAt, fact.at);
  writer.number(fact.hourOfWeek);
  writer.text(fact.link);
  writer.money(fact.value);
  writer.number(fact.scope);
  if (fact.id !== undefined) writer.token(fact.id);
}

export function readFeedbackFact(reader: ByteReader): FeedbackFact {
  const customer = readCustomerId(reader);
  const flags = reader.u8();
  const key = (flags & HAS_KEY) === 0 ? undefined : readIdentifierKey(reader);
  const origin = (flags & HAS_ORIGIN) === 0 ? undefined : { origin: readIdentifierKey(reader) };
  const ref = (flags & HAS_REF) === 0 ? undefined : readChoiceRef(reader);
  const channel = reader.number();
  const idHash = reader.number();
  const bodyHash = reader.number();
  const feedback = FEEDBACK_KINDS[reader.u8()] ?? reader.fail('a kind of feedback');
  const at = reader.number();
  const report: FeedbackFact = {
    kind: 'feedback',
    customer,
    key,
    ref,
    channel,
    idHash,
    bodyHash,
    feedback,
    at,
    receivedAt: reader.near(at),
    hourOfWeek: reader.number(),
    machine: (flags & MACHINE) !== 0,
    link: reader.text(),
    value: reader.money(),
    scope: reader.number(),
    ...origin,
  };
  return reader.left === 0 ? report : { ...report, id: reader.text() };
}

export function writeKeyReleasedFact(writer: ByteWriter, fact: KeyReleasedFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.released);
  writer.number(fact.at);
}

export function readKeyReleasedFact(reader: ByteReader): KeyReleasedFact {
  const customer = readCustomerId(reader);
  return { kind: 'key-released', customer, released: readIdentifierKey(reader), at: reader.number() };
}

export function writeReaddressedFact(writer: ByteWriter, fact: ReaddressedFact): void {
  writeCustomerId(writer, fact.customer);
  writer.varint(fact.channels);
  writer.number(fact.at);
}

export function readReaddressedFact(reader: ByteReader): ReaddressedFact {
  const customer = readCustomerId(reader);
  return { kind: 'readdressed', customer, channels: reader.varint(), at: reader.number() };
}
