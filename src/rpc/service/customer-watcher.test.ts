import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import type { CustomerId } from '../../base/brand.ts';
import { LIMITS } from '../../config/limits.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { strangerTraits } from '../../core/trait/trait-spec.ts';
import type { ProfileChangeSchema } from '../../gen/attune/v1/customer_pb.ts';
import type { Failure } from '../failure.ts';
import type { ReplySink } from '../stream-method.ts';
import { CustomerWatcher } from './customer-watcher.ts';

/** A reader that is behind until it says that it has caught up. */
class Reader implements ReplySink<typeof ProfileChangeSchema> {
  readonly changes: MessageInitShape<typeof ProfileChangeSchema>[] = [];
  readonly endings: (Failure | undefined)[] = [];
  full = false;
  #onDrained: () => void = () => {};

  send(change: MessageInitShape<typeof ProfileChangeSchema>): boolean {
    this.changes.push(change);
    this.full = true;
    return false;
  }

  onDrained(listener: () => void): void {
    this.#onDrained = listener;
  }

  end(why?: Failure): void {
    this.endings.push(why);
  }

  catchUp(): void {
    this.full = false;
    this.#onDrained();
  }
}

const profile = emptyProfile('c1' as CustomerId, 'crm:c1' as Profile['key']);

function watched(): { readonly reader: Reader; readonly watcher: CustomerWatcher } {
  const reader = new Reader();
  const watcher = new CustomerWatcher(
    reader,
    () => 0,
    () => strangerTraits(),
  );
  watcher.present(profile);
  return { reader, watcher };
}

test('a reader may be so many changes behind, and one more ends the stream', () => {
  const { reader, watcher } = watched();
  for (let n = 0; n < LIMITS.watcherQueueMax; n++) watcher.changed(profile, ['event']);
  expect(reader.endings).toEqual([]);
  watcher.changed(profile, ['event']);
  expect(reader.endings).toEqual([expect.objectContaining({ code: 'exhausted' })]);
});

test('a reader that catches up may be as many changes behind again', () => {
  const { reader, watcher } = watched();
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < LIMITS.watcherQueueMax; n++) watcher.changed(profile, ['event']);
    reader.catchUp();
  }
  expect(reader.endings).toEqual([]);
  expect(reader.changes).toHaveLength(4);
});

test('of the causes of skipped changes the newest are named', () => {
  const { reader, watcher } = watched();
  for (let n = 0; n < LIMITS.watchCausesMax + 1; n++) watcher.changed(profile, [n === 0 ? 'timer' : 'event']);
  watcher.changed(profile, ['decision', 'outcome']);
  reader.catchUp();
  expect(reader.changes.at(-1)?.causes).toEqual([
    'outcome',
    'decision',
    ...Array<string>(LIMITS.watchCausesMax - 2).fill('event'),
  ]);
});
