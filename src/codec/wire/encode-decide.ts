import { CHANNELS } from '../../core/channel.ts';
import { type CandidateColumns, NOTHING, ROW_SCORED } from '../../core/decide/candidate-columns.ts';
import { type DecisionPlace, trackingCheck, trackingToken } from '../../core/decide/decision-id.ts';
import { TRACKING_MARK } from '../../core/decide/tracking-mark.ts';
import type { Choice, DecisionFact } from '../../core/fact/fact.ts';
import { REASONS } from '../../core/reason.ts';
import { type StatusOutput, writeStatus } from './status-field.ts';
import { writeTreatment } from './treatment-field.ts';
import type { Violation } from './violation.ts';
import { writeViolation } from './violation-field.ts';
import { WireWriter } from './wire-writer.ts';

/** A committed decision, or a dry one (`place.seq` 0: it has no id and no tracking). */
export interface DecideOutput {
  readonly place: DecisionPlace;
  readonly fact: DecisionFact;
  /** The stored answer to an earlier request with this id. */
  readonly repeated: boolean;
  /** An attune.v1.ExplainReply; absent: not asked for. */
  readonly explanation?: Uint8Array | undefined;
  /** Of the events that came along. */
  readonly warnings?: readonly Violation[] | undefined;
  /** By choice, the token of a treatment that is signed; '' or absent: the plain one of its place. */
  readonly tracking?: readonly string[] | undefined;
}

/** The names of the decision's policy; alternatives are left out when it is no longer known. */
export interface ActionNames {
  readonly actions: readonly {
    readonly id: string;
    readonly variants: readonly { readonly id: string }[];
  }[];
}

const writer = new WireWriter();
/** Rows of the alternatives of one choice, best first. */
const best = new Uint16Array(64);

/** An attune.v1.DecideReply. Reads the fact's columns at once: they may be reused afterwards. */
export function encodeDecideReply(decided: DecideOutput, names: ActionNames | undefined): Buffer {
  writer.open();
  writeDecideReply(writer, decided, names);
  return writer.view();
}

/** An attune.v1.DecideStreamReply with a decision. */
export function encodeDecideStreamReply(
  tag: number,
  decided: DecideOutput,
  names: ActionNames | undefined,
): Buffer {
  writer.open();
  writer.whole(8, tag);
  const body = writer.nest(18, 2);
  writeDecideReply(writer, decided, names);
  writer.close(body, 2);
  return writer.view();
}

/** An attune.v1.DecideStreamReply with an error. */
export function encodeDecideStreamError(tag: number, status: StatusOutput): Buffer {
  writer.open();
  writer.whole(8, tag);
  const body = writer.nest(26, 2);
  writeStatus(writer, status);
  writer.close(body, 2);
  return writer.view();
}

/** Writes the fields of an attune.v1.DecideReply. */
export function writeDecideReply(
  writer: WireWriter,
  decided: DecideOutput,
  names: ActionNames | undefined,
): void {
  const { place, fact } = decided;
  const dry = place.seq === 0;
  if (!dry) {
    const id = writer.nest(10, 1);
    writeDecisionId(writer, place);
    writer.close(id, 1);
  }
  writer.text(18, fact.customer);
  for (let i = 0; i < fact.choices.length; i++) {
    const choice = fact.choices[i] as Choice;
    const body = writer.nest(26, 2);
    writeChoice(writer, choice, decided, i);
    if (fact.alternativesMax > 0 && names !== undefined) writeAlternatives(writer, fact, choice, names);
    writer.close(body, 2);
  }
  writer.text(34, fact.policy);
  writer.bool(40, decided.repeated);
  if (decided.warnings !== undefined)
    for (const warning of decided.warnings) writeViolation(writer, 50, warning);
  if (decided.explanation !== undefined) writer.blob(58, decided.explanation);
}

/** As `decisionId` gives it, without making the string. */
function writeDecisionId(writer: WireWriter, place: DecisionPlace): void {
  writer.base36(place.generation);
  writer.ascii('-');
  writer.base36(place.shard);
  writer.ascii('-');
  writer.base36(place.seq);
  writer.ascii('-');
  writer.base36(place.index);
}

/** As `trackingToken` gives it, without making the string. */
function writeTracking(writer: WireWriter, decided: DecideOutput, choice: number): void {
  const body = writer.nest(66, 1);
  writer.ascii(decided.fact.customer);
  writer.ascii(trackingCheck(decided.fact.customer, decided.place, choice));
  writer.ascii('.');
  writeDecisionId(writer, decided.place);
  writer.ascii('-');
  writer.base36(choice);
  writer.close(body, 1);
}

/** Its words are to hold the token: then it is needed as text. */
function asksForToken({ content }: Choice): boolean {
  return content?.slotValues.includes(TRACKING_MARK) ?? false;
}

function plainToken({ fact, place }: DecideOutput, choice: number): string {
  return place.seq === 0 ? '' : trackingToken(fact.customer, place, choice);
}

function writeChoice(writer: WireWriter, choice: Choice, decided: DecideOutput, index: number): void {
  writer.text(10, choice.placement);
  if (choice.kind === 'treatment') {
    const body = writer.nest(18, 2);
    const tracking = decided.tracking?.[index] ?? '';
    if (tracking !== '' || asksForToken(choice)) {
      writeTreatment(writer, choice, tracking === '' ? plainToken(decided, index) : tracking);
    } else {
      writeTreatment(writer, choice, '');
      if (decided.place.seq !== 0) writeTracking(writer, decided, index);
    }
    writer.close(body, 2);
  } else if (choice.kind === 'nothing') {
    const body = writer.nest(26, 1);
    writer.text(10, REASONS[choice.reason] ?? '');
    writer.close(body, 1);
  } else {
    const body = writer.nest(34, 1);
    writer.time(10, choice.at);
    writer.text(18, choice.action);
    writer.text(26, choice.variant);
    writer.text(34, CHANNELS[choice.channel] ?? '');
    writer.close(body, 1);
  }
  writer.double(41, choice.propensity);
}

function writeAlternatives(writer: WireWriter, fact: DecisionFact, choice: Choice, names: ActionNames): void {
  const columns = fact.record.columns;
  const count = rankAlternatives(columns, choice.row, Math.min(fact.alternativesMax, best.length));
  for (let i = 0; i < count; i++) {
    const row = best[i] as number;
    const body = writer.nest(50, 1);
    if (columns.action[row] !== NOTHING) {
      const action = names.actions[columns.action[row] as number];
      writer.text(10, action?.id ?? '');
      writer.text(18, action?.variants[columns.variant[row] as number]?.id ?? '');
      writer.text(26, CHANNELS[columns.channel[row] as number] ?? '');
    }
    writer.double(33, columns.propensity[row] as number);
    writer.double(41, columns.ev[row] as number);
    writer.close(body, 1);
  }
}

/** Puts the scored rows of the placement of `chosen`, without it, into `best`: by expected value, then by row. */
function rankAlternatives(columns: CandidateColumns, chosen: number, max: number): number {
  const placement = columns.placement[chosen];
  let count = 0;
  for (let row = 0; row < columns.count; row++) {
    if (row === chosen || columns.placement[row] !== placement || columns.stage[row] !== ROW_SCORED) continue;
    const ev = columns.ev[row] as number;
    if (count === max && !(ev > (columns.ev[best[count - 1] as number] as number))) continue;
    let at = count < max ? count++ : max - 1;
    while (at > 0 && ev > (columns.ev[best[at - 1] as number] as number)) {
      best[at] = best[at - 1] as number;
      at--;
    }
    best[at] = row;
  }
  return count;
}
