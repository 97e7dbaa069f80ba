import type { OutcomeFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';

const HELD_OUT = 1;
const ENGAGED = 2;
const UNSUBSCRIBED = 4;
const TRUNCATED = 8;

export function writeOutcomeFact(writer: ByteWriter, fact: OutcomeFact): void {
  writeCustomerId(writer, fact.customer);
  writeChoiceRef(writer, fact.ref);
  writer.u8(
    (fact.heldOut ? HELD_OUT : 0) |
      (fact.engaged ? ENGAGED : 0) |
      (fact.unsubscribed ? UNSUBSCRIBED : 0) |
      (fact.truncated ? TRUNCATED : 0),
  );
  writer.number(fact.at);
  writer.near(fact.decidedAt, fact.at);
  writer.text(fact.action);
  writer.text(fact.variant);
  writer.number(fact.channel);
  writer.number(fact.propensity);
  writer.text(fact.policy);
  writer.varint(fact.features.length);
  writer.rawFloats(fact.features, fact.features.length);
  writer.number(fact.p0);
  writer.number(fact.orders);
  writer.money(fact.reward);
}

export function readOutcomeFact(reader: ByteReader): OutcomeFact {
  const customer = readCustomerId(reader);
  const ref = readChoiceRef(reader);
  const flags = reader.u8();
  const at = reader.number();
  return {
    kind: 'outcome',
    customer,
    ref,
    at,
    decidedAt: reader.near(at),
    action: reader.word(),
    variant: reader.word(),
    channel: reader.number(),
    propensity: reader.number(),
    policy: reader.word(),
    features: reader.rawFloats(reader.count(4, 'features')),
    p0: reader.number(),
    orders: reader.number(),
    reward: reader.money(),
    heldOut: (flags & HELD_OUT) !== 0,
    engaged: (flags & ENGAGED) !== 0,
    unsubscribed: (flags & UNSUBSCRIBED) !== 0,
    truncated: (flags & TRUNCATED) !== 0,
  };
}
