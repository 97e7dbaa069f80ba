import { branded, type CustomerId } from '../../base/brand.ts';
import type { RevisionAdoption } from '../../core/core-revision.ts';
import type { GenerationStart } from '../../core/decide/generation.ts';
import {
  type AudienceWalkState,
  type BudgetDay,
  type BudgetState,
  type EnrolmentState,
  type LoanSum,
  NOT_ENROLLED,
  NOT_WALKED,
  type OpenReservation,
  type ShardState,
} from '../../core/ledger/shard-state.ts';
import { type ByteReader, readerOf } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readReservation, writeReservation } from './choice-codec.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';
import { SHARD_STATE_FORMAT } from './formats.ts';
import { readOpenDispatches, writeOpenDispatches } from './open-dispatch-codec.ts';
import { LOAN_SIDES } from './shard-fact-codec.ts';

/**
 * What a checkpoint holds beside the customers: which editions and core revisions were in force, the dispatches that are open,
 * what budgets gave.
 */
export function encodeShardState(state: ShardState): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(SHARD_STATE_FORMAT.magic);
  writer.u8(SHARD_STATE_FORMAT.current);
  writer.number(state.epoch);
  writer.text(state.policy);
  writer.text(state.model);
  writer.varint(state.revisions.length);
  for (const { revision, from } of state.revisions) {
    writer.number(revision);
    writer.number(from);
  }
  writer.varint(state.generations.length);
  for (const { generation, from } of state.generations) {
    writer.number(generation);
    writer.number(from);
  }
  writeOpenDispatches(writer, state.outbox);
  writeBudgets(writer, state.budgets);
  writer.text(state.enrolment.wanted);
  writer.text(state.enrolment.after);
  writer.u8(state.enrolment.isDone ? 1 : 0);
  writer.text(state.pauses);
  writeAudienceWalk(writer, state.audienceWalk);
  writeLoans(writer, state.budgets.loans);
  return writer.copy();
}

/** Throws StoredBytesError. */
export function decodeShardState(stored: Uint8Array): ShardState {
  const reader = readerOf(SHARD_STATE_FORMAT, stored);
  const epoch = reader.number();
  const policy = reader.word();
  const model = reader.word();
  const revisions: RevisionAdoption[] = [];
  for (let left = reader.count(2, 'core revisions'); left > 0; left--)
    revisions.push({ revision: reader.number(), from: reader.number() });
  const generations = readGenerations(reader);
  const outbox = readOpenDispatches(reader);
  const drawn = readBudgets(reader);
  const enrolment = readEnrolment(reader);
  const pauses = reader.format >= 5 ? reader.text() : '';
  const audienceWalk = reader.format >= 6 ? readAudienceWalk(reader) : NOT_WALKED;
  const budgets = { ...drawn, loans: reader.format >= 7 ? readLoans(reader) : [] };
  reader.atEnd('a shard state');
  return {
    ...{ epoch, policy, model, pauses, revisions, generations },
    ...{ outbox, budgets, enrolment, audienceWalk },
  };
}

/** Before format 4 no policy asked for considerations. */
function readEnrolment(reader: ByteReader): EnrolmentState {
  if (reader.format < 4) return NOT_ENROLLED;
  return { wanted: reader.text(), after: reader.text(), isDone: reader.u8() !== 0 };
}

function writeAudienceWalk(writer: ByteWriter, { wanted, known, left, after }: AudienceWalkState): void {
  writer.text(wanted);
  for (const names of [known, left]) {
    writer.varint(names.length);
    for (const name of names) writer.text(name);
  }
  writer.text(after);
}

function readAudienceWalk(reader: ByteReader): AudienceWalkState {
  const names = (): string[] =>
    Array.from({ length: reader.count(1, 'names of audiences') }, () => reader.text());
  return { wanted: reader.text(), known: names(), left: names(), after: reader.text() };
}

/** Before format 3 there was one generation only. */
function readGenerations(reader: ByteReader): GenerationStart[] {
  if (reader.format < 3) return [{ generation: 1, from: 1 }];
  const generations: GenerationStart[] = [];
  for (let left = reader.count(2, 'generations'); left > 0; left--)
    generations.push({ generation: reader.number(), from: reader.number() });
  return generations;
}

const ORDERED = 1;
const BACK = 2;

function writeBudgets(writer: ByteWriter, { days, open }: BudgetState): void {
  writer.varint(days.length);
  for (const entry of days) {
    writer.text(entry.budget);
    writer.number(entry.day);
    writer.number(entry.drawn);
  }
  writer.varint(open.length);
  for (const entry of open) {
    writer.u8((entry.ordered ? ORDERED : 0) | (entry.back ? BACK : 0));
    writeCustomerId(writer, branded<CustomerId>(entry.customer));
    writeChoiceRef(writer, entry.ref);
    writer.text(entry.reserved.budget);
    writeReservation(writer, entry.reserved);
    writer.number(entry.decidedAt);
    writer.near(entry.until, entry.decidedAt);
  }
}

function readBudgets(reader: ByteReader): Omit<BudgetState, 'loans'> {
  const days: BudgetDay[] = [];
  for (let left = reader.count(3, 'days of budgets'); left > 0; left--)
    days.push({ budget: reader.word(), day: reader.number(), drawn: reader.number() });
  const open: OpenReservation[] = [];
  for (let left = reader.count(10, 'reservations'); left > 0; left--) {
    const flags = reader.u8();
    const customer = readCustomerId(reader);
    const ref = readChoiceRef(reader);
    const reserved = readReservation(reader, reader.word()) ?? reader.fail('a budget');
    const decidedAt = reader.number();
    const until = reader.near(decidedAt);
    const [ordered, back] = [(flags & ORDERED) !== 0, (flags & BACK) !== 0];
    open.push({ customer, ref, reserved, decidedAt, until, ordered, back });
  }
  return { days, open };
}

function writeLoans(writer: ByteWriter, loans: readonly LoanSum[]): void {
  writer.varint(loans.length);
  for (const { side, budget, day, shard, total } of loans) {
    writer.u8(LOAN_SIDES.indexOf(side));
    writer.text(budget);
    writer.number(day);
    writer.number(shard);
    writer.number(total);
  }
}

function readLoans(reader: ByteReader): LoanSum[] {
  const loans: LoanSum[] = [];
  for (let left = reader.count(5, 'loans'); left > 0; left--) {
    const side = LOAN_SIDES[reader.u8()] ?? reader.fail('a side of a loan');
    const [budget, day, shard] = [reader.word(), reader.number(), reader.number()];
    loans.push({ side, budget, day, shard, total: reader.number() });
  }
  return loans;
}
