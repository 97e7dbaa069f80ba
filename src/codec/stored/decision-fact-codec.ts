import type { UsedOffsets } from '../../core/calendar/customer-clock.ts';
import type { Choice, DecisionFact, DecisionRecord } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readChoice, readWords, type SaidBefore, writeChoice, writeTexts } from './choice-codec.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';
import { EMPTY_DECISION_RECORD, readDecisionRecord, writeDecisionRecord } from './decision-record-codec.ts';

const DISPATCH = 1;
const HELD_OUT = 2;
const FALLBACK = 4;
const MIXED = 8;
const PROVISIONAL = 16;

/** A flag, then a byte each of what `writeChoice` never leaves out. */
const CHOICE_BYTES_MIN = 12;

const NO_OFFSETS: UsedOffsets = [];
/** An instant and its offset, a byte each at least. */
const OFFSET_BYTES_MIN = 2;

function writeOffsets(writer: ByteWriter, { offsets, at }: DecisionFact): void {
  writer.varint(offsets.length / 2);
  for (let i = 0; i < offsets.length; i += 2) {
    writer.near(offsets[i] as number, at);
    writer.number(offsets[i + 1] as number);
  }
}

function readOffsets(reader: ByteReader, at: number): UsedOffsets {
  const count = reader.count(OFFSET_BYTES_MIN, 'offsets');
  if (count === 0) return NO_OFFSETS;
  const offsets: number[] = [];
  for (let i = 0; i < count; i++) offsets.push(reader.near(at), reader.number());
  return offsets;
}

// Scratch: what stands before one choice.
const before = { placement: '', locale: '' };

/** One choice a placement, in order. */
function saidBefore(placements: readonly string[], choice: number, locale: string): SaidBefore {
  before.placement = placements[choice] ?? '';
  before.locale = locale;
  return before;
}

/** The choices come first and the record of how they were made last, behind its length, so that a fold can leave it. */
export function writeDecisionFact(writer: ByteWriter, fact: DecisionFact): void {
  const { at, choices, outcomeDue } = fact;
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.key);
  writer.u8(
    (fact.dispatch ? DISPATCH : 0) |
      (fact.heldOut ? HELD_OUT : 0) |
      (fact.fallback ? FALLBACK : 0) |
      (fact.mixed ? MIXED : 0) |
      (fact.provisional ? PROVISIONAL : 0),
  );
  writer.number(at);
  writer.text(fact.zone);
  writer.number(fact.offsetMin);
  writeOffsets(writer, fact);
  writer.number(fact.profileVersion);
  writer.token(fact.requestId);
  writer.number(fact.requestHash);
  writer.number(fact.bodyHash);
  writer.text(fact.cause);
  writer.number(fact.trigger);
  writer.number(fact.seedA);
  writer.number(fact.seedB);
  writer.text(fact.policy);
  writer.text(fact.model);
  writer.text(fact.head);
  writer.number(fact.catalogSequence);
  writer.number(fact.contextChannel);
  writer.number(fact.friction);
  writer.text(fact.locale);
  writer.text(fact.device);
  writeTexts(writer, fact.placements);
  writer.number(fact.alternativesMax);
  writer.number(fact.clickMs);
  writer.number(fact.purchaseMs);
  writer.varint(outcomeDue.length);
  // Most outcomes are awaited as long as purchases count.
  const due = at + fact.purchaseMs;
  for (let i = 0; i < outcomeDue.length; i++) writer.near(outcomeDue[i] as number, due);
  writer.varint(choices.length);
  for (let i = 0; i < choices.length; i++)
    writeChoice(writer, choices[i] as Choice, at, saidBefore(fact.placements, i, fact.locale));
  const lengthAt = writer.size;
  writer.u32(0);
  writeDecisionRecord(writer, fact.record, choices);
  writer.u32At(lengthAt, writer.size - lengthAt - 4);
}

/** Without `columns` the record is `EMPTY_DECISION_RECORD` and costs nothing. */
export function readDecisionFact(reader: ByteReader, columns: boolean): DecisionFact {
  const customer = readCustomerId(reader);
  const key = readIdentifierKey(reader);
  const flags = reader.u8();
  const at = reader.number();
  const zone = reader.format >= 4 ? reader.word() : '';
  const offsetMin = reader.number();
  const offsets = reader.format >= 4 ? readOffsets(reader, at) : NO_OFFSETS;
  const profileVersion = reader.number();
  const requestId = reader.text();
  const requestHash = reader.number();
  const bodyHash = reader.number();
  const cause = reader.word();
  const trigger = reader.number();
  const seedA = reader.number();
  const seedB = reader.number();
  const policy = reader.word();
  const model = reader.word();
  const head = reader.word();
  const catalogSequence = reader.number();
  const contextChannel = reader.number();
  const friction = reader.number();
  const locale = reader.word();
  const device = reader.word();
  const placements = readWords(reader);
  const alternativesMax = reader.number();
  const clickMs = reader.number();
  const purchaseMs = reader.number();
  const outcomeDue: number[] = [];
  const due = at + purchaseMs;
  for (let left = reader.count(1, 'outcome times'); left > 0; left--) outcomeDue.push(reader.near(due));
  const choices: Choice[] = [];
  const choiceCount = reader.count(CHOICE_BYTES_MIN, 'choices');
  for (let i = 0; i < choiceCount; i++)
    choices.push(readChoice(reader, at, saidBefore(placements, i, locale)));
  const length = reader.u32();
  let record: DecisionRecord = EMPTY_DECISION_RECORD;
  if (columns) record = readDecisionRecord(reader, choices);
  else reader.skip(length);
  return {
    kind: 'decision',
    customer,
    key,
    at,
    zone,
    offsetMin,
    offsets,
    profileVersion,
    requestId,
    requestHash,
    bodyHash,
    cause,
    trigger,
    dispatch: (flags & DISPATCH) !== 0,
    seedA,
    seedB,
    heldOut: (flags & HELD_OUT) !== 0,
    mixed: (flags & MIXED) !== 0,
    ...((flags & PROVISIONAL) !== 0 && { provisional: true as const }),
    policy,
    model,
    head,
    catalogSequence,
    fallback: (flags & FALLBACK) !== 0,
    contextChannel,
    friction,
    locale,
    device,
    placements,
    alternativesMax,
    outcomeDue,
    clickMs,
    purchaseMs,
    choices,
    record,
  };
}
