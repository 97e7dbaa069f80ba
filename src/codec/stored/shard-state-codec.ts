import { branded, type CustomerId } from '../../base/brand.ts';
import type { RevisionAdoption } from '../../core/core-revision.ts';
import type { OutboxEntry, ShardState } from '../../core/ledger/shard-state.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readChoice, writeChoice } from './choice-codec.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';
import { FORMAT_BYTES, inCurrentFormat, SHARD_STATE_FORMAT } from './formats.ts';

/** What a checkpoint holds beside the customers: which editions and core revisions were in force and the dispatches that are open. */
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
  writer.varint(state.outbox.length);
  for (const entry of state.outbox) {
    writeCustomerId(writer, branded<CustomerId>(entry.customer));
    writeChoiceRef(writer, entry.ref);
    writeChoice(writer, entry.choice, 0);
    writer.number(entry.attempt);
    writer.number(entry.nextAt);
    writer.number(entry.handedAt);
  }
  return writer.copy();
}

/** Throws StoredBytesError. */
export function decodeShardState(stored: Uint8Array): ShardState {
  const reader = new ByteReader(inCurrentFormat(SHARD_STATE_FORMAT, stored), FORMAT_BYTES);
  const epoch = reader.number();
  const policy = reader.word();
  const model = reader.word();
  const revisions: RevisionAdoption[] = [];
  for (let left = reader.count(2, 'core revisions'); left > 0; left--)
    revisions.push({ revision: reader.number(), from: reader.number() });
  const outbox: OutboxEntry[] = [];
  for (let left = reader.count(40, 'open dispatches'); left > 0; left--) {
    outbox.push({
      customer: readCustomerId(reader),
      ref: readChoiceRef(reader),
      choice: readChoice(reader, 0),
      attempt: reader.number(),
      nextAt: reader.number(),
      handedAt: reader.number(),
    });
  }
  reader.atEnd('a shard state');
  return { epoch, policy, model, revisions, outbox };
}
