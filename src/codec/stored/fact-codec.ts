// Long because it names every kind of fact three times: its code, how it is written, how it is read.
import { unreachable } from '../../base/assert.ts';
import type { Fact } from '../../core/fact/fact.ts';
import {
  readAbsorbBeginFact,
  readAbsorbInFact,
  readAbsorbOutFact,
  readRedirectedFact,
  writeAbsorbBeginFact,
  writeAbsorbInFact,
  writeAbsorbOutFact,
  writeRedirectedFact,
} from './absorb-fact-codec.ts';
import { readAudienceLeftFact, writeAudienceLeftFact } from './audience-fact-codec.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import {
  readDeliveryFact,
  readFeedbackFact,
  readHandedFact,
  readKeyReleasedFact,
  readReaddressedFact,
  readWithdrawFact,
  writeDeliveryFact,
  writeFeedbackFact,
  writeHandedFact,
  writeKeyReleasedFact,
  writeReaddressedFact,
  writeWithdrawFact,
} from './contact-fact-codec.ts';
import { readDecisionFact, writeDecisionFact } from './decision-fact-codec.ts';
import {
  readDeviceMovedFact,
  readDeviceSeenFact,
  writeDeviceMovedFact,
  writeDeviceSeenFact,
} from './device-fact-codec.ts';
import {
  FORGOTTEN,
  readErasedFact,
  readSilencedFact,
  writeErasedFact,
  writeSilencedFact,
} from './erasure-fact-codec.ts';
import { readEventFact, writeEventFact } from './event-fact-codec.ts';
import {
  readProvisionalFact,
  readTokenSpentFact,
  writeProvisionalFact,
  writeTokenSpentFact,
} from './landing-fact-codec.ts';
import {
  readLinkedFact,
  readPartedFact,
  readRestoredFact,
  readUnlinkedFact,
  writeLinkedFact,
  writePartedFact,
  writeRestoredFact,
  writeUnlinkedFact,
} from './link-fact-codec.ts';
import { readOutcomeFact, writeOutcomeFact } from './outcome-fact-codec.ts';
import {
  readAdoptedFact,
  readFenceFact,
  readLoanFact,
  writeAdoptedFact,
  writeFenceFact,
  writeLoanFact,
} from './shard-fact-codec.ts';
import {
  readPlanDroppedFact,
  readTimerFact,
  readTimerFiredFact,
  readTriggeredFact,
  writePlanDroppedFact,
  writeTimerFact,
  writeTimerFiredFact,
  writeTriggeredFact,
} from './timer-fact-codec.ts';

/** The stored code of each kind: never changed. 11 and 23 are free. */
const CODES = {
  event: 0,
  decision: 1,
  handed: 2,
  delivery: 3,
  withdraw: 4,
  feedback: 5,
  'plan-dropped': 6,
  timer: 7,
  'timer-fired': 8,
  triggered: 9,
  outcome: 10,
  readdressed: 12,
  adopted: 13,
  fence: 14,
  'absorb-begin': 15,
  'absorb-out': 16,
  'absorb-in': 17,
  redirected: 18,
  linked: 24,
  unlinked: 25,
  restored: 26,
  parted: 27,
  'audience-left': 32,
  provisional: 19,
  'token-spent': 20,
  'key-released': 30,
  'device-seen': 21,
  'device-moved': 22,
  erased: 28,
  silenced: 29,
  forgotten: 31,
  loan: 33,
} as const satisfies Readonly<Record<Fact['kind'], number>>;

export const FACT_KINDS = Object.keys(CODES) as readonly Fact['kind'][];

const KIND_OF_CODE: (Fact['kind'] | undefined)[] = [];
for (const kind of FACT_KINDS) KIND_OF_CODE[CODES[kind]] = kind;

/** The stored code of a kind. */
export function factCode(kind: Fact['kind']): number {
  return CODES[kind];
}

/** The kind of a stored code; undefined for a code that no kind has. */
export function factKind(code: number): Fact['kind'] | undefined {
  return KIND_OF_CODE[code];
}

/** True when facts of this kind start with their customer's id. */
export function isCustomerKind(kind: Fact['kind']): boolean {
  return kind !== 'adopted' && kind !== 'fence' && kind !== 'forgotten' && kind !== 'loan';
}

export interface FactReading {
  /** False leaves a decision's candidates, features and logits unread: EMPTY_DECISION_RECORD. Default: true. */
  readonly columns?: boolean;
}

/** Writes a fact's body; its kind and length are the record's. */
export function writeFact(writer: ByteWriter, fact: Fact): void {
  switch (fact.kind) {
    case 'event':
      writeEventFact(writer, fact);
      return;
    case 'decision':
      writeDecisionFact(writer, fact);
      return;
    case 'handed':
      writeHandedFact(writer, fact);
      return;
    case 'delivery':
      writeDeliveryFact(writer, fact);
      return;
    case 'withdraw':
      writeWithdrawFact(writer, fact);
      return;
    case 'feedback':
      writeFeedbackFact(writer, fact);
      return;
    case 'readdressed':
      writeReaddressedFact(writer, fact);
      return;
    case 'key-released':
      return writeKeyReleasedFact(writer, fact);
    case 'device-seen':
      return writeDeviceSeenFact(writer, fact);
    case 'device-moved':
      return writeDeviceMovedFact(writer, fact);
    case 'plan-dropped':
      writePlanDroppedFact(writer, fact);
      return;
    case 'timer':
      writeTimerFact(writer, fact);
      return;
    case 'timer-fired':
      writeTimerFiredFact(writer, fact);
      return;
    case 'triggered':
      writeTriggeredFact(writer, fact);
      return;
    case 'outcome':
      writeOutcomeFact(writer, fact);
      return;
    case 'adopted':
      writeAdoptedFact(writer, fact);
      return;
    case 'fence':
      writeFenceFact(writer, fact);
      return;
    case 'absorb-begin':
      writeAbsorbBeginFact(writer, fact);
      return;
    case 'absorb-out':
      writeAbsorbOutFact(writer, fact);
      return;
    case 'absorb-in':
      writeAbsorbInFact(writer, fact);
      return;
    case 'redirected':
      writeRedirectedFact(writer, fact);
      return;
    case 'linked':
      writeLinkedFact(writer, fact);
      return;
    case 'unlinked':
      writeUnlinkedFact(writer, fact);
      return;
    case 'restored':
      writeRestoredFact(writer, fact);
      return;
    case 'parted':
      writePartedFact(writer, fact);
      return;
    case 'audience-left':
      writeAudienceLeftFact(writer, fact);
      return;
    case 'provisional':
      writeProvisionalFact(writer, fact);
      return;
    case 'token-spent':
      writeTokenSpentFact(writer, fact);
      return;
    case 'erased':
      writeErasedFact(writer, fact);
      return;
    case 'silenced':
      writeSilencedFact(writer, fact);
      return;
    case 'forgotten':
      return;
    case 'loan':
      return writeLoanFact(writer, fact);
    default:
      unreachable(fact);
  }
}

/** Reads a fact's body. */
export function readFactBody(reader: ByteReader, kind: Fact['kind'], reading?: FactReading): Fact {
  switch (kind) {
    case 'event':
      return readEventFact(reader);
    case 'decision':
      return readDecisionFact(reader, reading?.columns !== false);
    case 'handed':
      return readHandedFact(reader);
    case 'delivery':
      return readDeliveryFact(reader);
    case 'withdraw':
      return readWithdrawFact(reader);
    case 'feedback':
      return readFeedbackFact(reader);
    case 'readdressed':
      return readReaddressedFact(reader);
    case 'key-released':
      return readKeyReleasedFact(reader);
    case 'device-seen':
      return readDeviceSeenFact(reader);
    case 'device-moved':
      return readDeviceMovedFact(reader);
    case 'plan-dropped':
      return readPlanDroppedFact(reader);
    case 'timer':
      return readTimerFact(reader);
    case 'timer-fired':
      return readTimerFiredFact(reader);
    case 'triggered':
      return readTriggeredFact(reader);
    case 'outcome':
      return readOutcomeFact(reader);
    case 'adopted':
      return readAdoptedFact(reader);
    case 'fence':
      return readFenceFact(reader);
    case 'absorb-begin':
      return readAbsorbBeginFact(reader);
    case 'absorb-out':
      return readAbsorbOutFact(reader);
    case 'absorb-in':
      return readAbsorbInFact(reader);
    case 'redirected':
      return readRedirectedFact(reader);
    case 'linked':
      return readLinkedFact(reader);
    case 'unlinked':
      return readUnlinkedFact(reader);
    case 'restored':
      return readRestoredFact(reader);
    case 'parted':
      return readPartedFact(reader);
    case 'audience-left':
      return readAudienceLeftFact(reader);
    case 'provisional':
      return readProvisionalFact(reader);
    case 'token-spent':
      return readTokenSpentFact(reader);
    case 'erased':
      return readErasedFact(reader);
    case 'silenced':
      return readSilencedFact(reader);
    case 'forgotten':
      return FORGOTTEN;
    case 'loan':
      return readLoanFact(reader);
    default:
      return unreachable(kind);
  }
}
