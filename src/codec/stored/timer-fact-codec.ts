import type { PlanDroppedFact, TimerFact, TimerFiredFact, TriggeredFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';

/** Stored codes: append only. */
const TIMER_OPS = ['set', 'cancel'] as const;

export function writeTimerFact(writer: ByteWriter, fact: TimerFact): void {
  writeCustomerId(writer, fact.customer);
  writer.u8(TIMER_OPS.indexOf(fact.op));
  writer.number(fact.timer);
  writer.text(fact.key);
  writer.number(fact.due);
}

export function readTimerFact(reader: ByteReader): TimerFact {
  const customer = readCustomerId(reader);
  const op = TIMER_OPS[reader.u8()] ?? reader.fail('what happens to a timer');
  return { kind: 'timer', customer, op, timer: reader.number(), key: reader.text(), due: reader.number() };
}

export function writeTimerFiredFact(writer: ByteWriter, fact: TimerFiredFact): void {
  writeCustomerId(writer, fact.customer);
  writer.number(fact.timer);
  writer.text(fact.key);
  writer.number(fact.due);
  writer.near(fact.at, fact.due);
}

export function readTimerFiredFact(reader: ByteReader): TimerFiredFact {
  const customer = readCustomerId(reader);
  const timer = reader.number();
  const key = reader.text();
  const due = reader.number();
  return { kind: 'timer-fired', customer, timer, key, due, at: reader.near(due) };
}

export function writePlanDroppedFact(writer: ByteWriter, fact: PlanDroppedFact): void {
  writeCustomerId(writer, fact.customer);
  writer.text(fact.plan);
  writer.number(fact.reason);
  writer.number(fact.at);
}

export function readPlanDroppedFact(reader: ByteReader): PlanDroppedFact {
  const customer = readCustomerId(reader);
  return {
    kind: 'plan-dropped',
    customer,
    plan: reader.text(),
    reason: reader.number(),
    at: reader.number(),
  };
}

export function writeTriggeredFact(writer: ByteWriter, fact: TriggeredFact): void {
  writeCustomerId(writer, fact.customer);
  writer.text(fact.trigger);
  writer.number(fact.friction);
  writer.number(fact.at);
}

export function readTriggeredFact(reader: ByteReader): TriggeredFact {
  const customer = readCustomerId(reader);
  return {
    kind: 'triggered',
    customer,
    trigger: reader.word(),
    friction: reader.number(),
    at: reader.number(),
  };
}
