import {
  CHOICE_KINDS,
  OUTCOME_STAGES,
  type OutcomeCandidate,
  type OutcomeFact,
  type OutcomeStage,
} from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';
import { readFloatRows, writeFloatRows } from './float-rows-codec.ts';

const HELD_OUT = 1;
const ENGAGED = 2;
const UNSUBSCRIBED = 4;
const TRUNCATED = 8;
const DISPATCHED = 16;
const ALONE = 32;
const MIXED = 64;

/** The format from which on an outcome matures in stages. */
const STAGED = 4;

/** The float32 terms of a candidate, in stored order. */
const TERMS = [
  'reach',
  'tau',
  'tauSd',
  'margin',
  'discount',
  'margin0',
  'engage',
  'engageValue',
  'unsubscribe',
  'unsubscribeCost',
  'channelCost',
] as const satisfies readonly (keyof OutcomeCandidate)[];

/** Two texts, a channel and a propensity; the terms may be left out. */
const CANDIDATE_BYTES_MIN = 11;

export function writeOutcomeFact(writer: ByteWriter, fact: OutcomeFact): void {
  writeCustomerId(writer, fact.customer);
  writeChoiceRef(writer, fact.ref);
  writer.u8(
    (fact.heldOut ? HELD_OUT : 0) |
      (fact.engaged ? ENGAGED : 0) |
      (fact.unsubscribed ? UNSUBSCRIBED : 0) |
      (fact.truncated ? TRUNCATED : 0) |
      (fact.dispatched ? DISPATCHED : 0) |
      (fact.alone ? ALONE : 0) |
      (fact.mixed ? MIXED : 0),
  );
  writer.u8(OUTCOME_STAGES.indexOf(fact.stage));
  writer.u8(CHOICE_KINDS.indexOf(fact.choice));
  writer.number(fact.at);
  writer.near(fact.decidedAt, fact.at);
  writer.text(fact.action);
  writer.text(fact.variant);
  writer.number(fact.channel);
  writer.number(fact.propensity);
  writer.text(fact.policy);
  writer.text(fact.model);
  writer.varint(fact.features.length);
  writeFloatRows(writer, fact.features, 1);
  writer.number(fact.p0);
  writer.number(fact.orders);
  writer.money(fact.reward);
  writeCandidates(writer, fact.candidates);
}

export function readOutcomeFact(reader: ByteReader): OutcomeFact {
  const staged = reader.format >= STAGED;
  const customer = readCustomerId(reader);
  const ref = readChoiceRef(reader);
  const flags = reader.u8();
  // What matured as a whole did so when its last window was over.
  const stage = staged ? stageAt(reader) : 'unsubscribe';
  const choice = staged ? CHOICE_KINDS[reader.code(CHOICE_KINDS.length, 'kind of choice')] : undefined;
  const at = reader.number();
  const decidedAt = reader.near(at);
  const action = reader.word();
  return {
    kind: 'outcome',
    customer,
    ref,
    stage,
    at,
    decidedAt,
    choice: choice ?? (action === '' ? 'nothing' : 'treatment'),
    action,
    variant: reader.word(),
    channel: reader.number(),
    propensity: reader.number(),
    policy: reader.word(),
    model: staged ? reader.word() : '',
    features: staged
      ? readFloatRows(reader, reader.count(1 / 8, 'features'), 1)
      : reader.rawFloats(reader.count(4, 'features')),
    p0: reader.number(),
    orders: reader.number(),
    reward: reader.money(),
    candidates: staged ? readCandidates(reader) : [],
    heldOut: (flags & HELD_OUT) !== 0,
    engaged: (flags & ENGAGED) !== 0,
    unsubscribed: (flags & UNSUBSCRIBED) !== 0,
    truncated: (flags & TRUNCATED) !== 0,
    dispatched: (flags & DISPATCHED) !== 0,
    alone: (flags & ALONE) !== 0,
    mixed: (flags & MIXED) !== 0,
  };
}

function stageAt(reader: ByteReader): OutcomeStage {
  return OUTCOME_STAGES[reader.code(OUTCOME_STAGES.length, 'stage')] as OutcomeStage;
}

/** Rows of one channel share most terms: each is stored as the bits by which it differs from the one above. */
function writeCandidates(writer: ByteWriter, candidates: readonly OutcomeCandidate[]): void {
  writer.varint(candidates.length);
  const terms = new Float32Array(candidates.length * TERMS.length);
  for (const [i, candidate] of candidates.entries()) {
    writer.text(candidate.action);
    writer.text(candidate.variant);
    writer.number(candidate.channel);
    writer.f64(candidate.propensity);
    for (const [term, name] of TERMS.entries()) terms[i * TERMS.length + term] = candidate[name];
  }
  writeFloatRows(writer, terms, candidates.length);
}

function readCandidates(reader: ByteReader): OutcomeCandidate[] {
  const count = reader.count(CANDIDATE_BYTES_MIN, 'candidates');
  const heads = Array.from({ length: count }, () => ({
    action: reader.word(),
    variant: reader.word(),
    channel: reader.number(),
    propensity: reader.f64(),
  }));
  const terms = readFloatRows(reader, count * TERMS.length, count);
  return heads.map((head, i) => {
    const term = (place: number): number => terms[i * TERMS.length + place] as number;
    return {
      ...head,
      reach: term(0),
      tau: term(1),
      tauSd: term(2),
      margin: term(3),
      discount: term(4),
      margin0: term(5),
      engage: term(6),
      engageValue: term(7),
      unsubscribe: term(8),
      unsubscribeCost: term(9),
      channelCost: term(10),
    };
  });
}
