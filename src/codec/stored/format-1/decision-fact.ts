/** A decision as format 1 of the log record stored it. Only read, to upgrade it: never change it. */
import type { Choice, DecisionFact, DecisionRecord } from '../../../core/fact/fact.ts';
import type { ByteReader } from '../byte-reader.ts';
import { readChoice, readWords } from '../choice-codec.ts';
import { readCustomerId, readIdentifierKey } from '../customer-id-codec.ts';
import { readColumnsV1 } from './candidate-columns.ts';

const DISPATCH = 1;
const HELD_OUT = 2;
const FALLBACK = 4;

export function readDecisionFactV1(reader: ByteReader): DecisionFact {
  const customer = readCustomerId(reader);
  const key = readIdentifierKey(reader);
  const flags = reader.u8();
  const at = reader.number();
  const offsetMin = reader.number();
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
  const outcomeDue: number[] = [];
  for (let left = reader.count(1, 'outcome times'); left > 0; left--) outcomeDue.push(reader.near(at));
  const clickMs = reader.number();
  const purchaseMs = reader.number();
  const choices: Choice[] = [];
  for (let left = reader.count(12, 'choices'); left > 0; left--) choices.push(readChoice(reader, at));
  reader.u32();
  const record = readDecisionRecord(reader);
  return {
    kind: 'decision',
    customer,
    key,
    at,
    offsetMin,
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

function readDecisionRecord(reader: ByteReader): DecisionRecord {
  const scoreRows = reader.count(1, 'score rows');
  const featureCount = reader.count(4, 'features');
  const logitCount = reader.count(4, 'logits');
  const scoreChannel = new Uint8Array(scoreRows);
  reader.rawBytes(scoreChannel, scoreRows);
  const features = reader.rawFloats(featureCount);
  const logits = reader.rawFloats(logitCount);
  return { scoreRows, scoreChannel, features, logits, columns: readColumnsV1(reader) };
}
