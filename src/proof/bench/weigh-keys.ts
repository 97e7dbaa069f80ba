import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { eventMessage } from '../../codec/message/event-message.ts';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import { makeEvent } from '../../world/make-event.ts';
import { crmOf } from './decide-bodies.ts';
import type { BenchSetting } from './report.ts';
import { sendEvents } from './shop-setup.ts';
import { median, quartiles } from './summary.ts';
import type { Target } from './target.ts';
import { RESIDENT_FEW, restartedBytes, settle, weighStore } from './weigh.ts';

/** A further key each for so many customers: enough to show beside what one start takes more than the next one, which is megabytes. */
const KEYS_MAX = 200_000;
/** With fewer the difference of two starts is more than the keys' bound allows. */
const KEYS_JUDGED_MIN = 100_000;
const PAIRS = 7;
/** Batches at a time: an event that brings a key waits for records of two shards, and a call for all its events. */
const IN_FLIGHT = 3;

export interface KeyWeights {
  readonly keys: number;
  /** Private memory of a process just started, for each further key of a customer who is passive. */
  readonly bytesPerKey: number;
  /** Of the pairs of starts. */
  readonly quartiles: readonly [number, number];
  /** Of the store, the same. */
  readonly storeBytesPerKey: number;
  /** There were enough keys to judge by. */
  readonly isJudged: boolean;
}

/**
 * Gives customers one key more each, by an event that names both keys, and weighs a process that is started over their store beside one over a copy without
 * those keys, turn about. The copy is made
 * when the same customers have sent as many events under the key that they have, so that these are in both.
 */
export async function weighKeys({
  customers,
  directory,
  progress,
  data,
  start,
}: Pick<BenchSetting, 'customers' | 'directory' | 'progress'> & {
  /** Within `directory`, of the store that holds the customers. */
  readonly data: string;
  readonly start: (data: string, flags?: readonly string[]) => Promise<Target>;
}): Promise<KeyWeights> {
  const keys = Math.min(KEYS_MAX, customers);
  const copy = `${data}-without-keys`;
  const send = async (isNamed: boolean): Promise<number> => {
    const target = await start(data, ['--resident-bytes-max', RESIDENT_FEW]);
    const { events, accepted } = await sendEvents(
      target.port,
      keyEvents(keys, isNamed, Date.now()),
      IN_FLIGHT,
    );
    if (accepted !== events)
      throw new Error(`Of ${events} events with a key more ${accepted} were accepted.`);
    await settle(target);
    await target.stop();
    return weighStore(join(directory, data)).profileBytes;
  };
  const storeBytes = await send(false);
  cpSync(join(directory, data), join(directory, copy), { recursive: true });
  progress(`one key more for ${keys} customers`);
  const storeBytesMore = await send(true);
  const differences: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const without = await restartedBytes(() => start(copy));
    differences.push((await restartedBytes(() => start(data))) - without);
  }
  const perKey = differences.map((bytes) => bytes / keys);
  return {
    ...{ keys, isJudged: keys >= KEYS_JUDGED_MIN },
    ...{ bytesPerKey: median(perKey), quartiles: quartiles(perKey) },
    storeBytesPerKey: (storeBytesMore - storeBytes) / keys,
  };
}

function* keyEvents(keys: number, isNamed: boolean, now: number): Generator<Event> {
  for (let index = 0; index < keys; index++) {
    const own = { kind: 'crm', value: crmOf(index) };
    const more = { kind: 'loyalty', value: `card-${crmOf(index)}` };
    yield eventMessage(
      makeEvent({
        id: `key-${isNamed}-${index}`,
        source: 'bench',
        identifiers: isNamed ? [own, more] : [own],
        name: 'Page Viewed',
        occurredAt: now,
        channel: 'web',
      }),
    );
  }
}
