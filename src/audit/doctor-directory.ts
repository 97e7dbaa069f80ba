/** What is to be done about a data directory. It changes nothing. */
import { existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, HOUR_MS } from '../base/clock.ts';
import { decodeShardState } from '../codec/stored/shard-state-codec.ts';
import { CARRIED, CORE_REVISION } from '../core/core-revision.ts';
import { futureSentence, lastOfTheFuture } from '../node/log-clock.ts';
import { openDirectory, readFormat } from '../node/open-directory.ts';
import { KEYS_FILE } from '../node/open-secret-keys.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import type { Stores } from '../node/stores.ts';
import { PortError } from '../port/port-error.ts';
import { type Advice, concern, danger, fine } from './advice.ts';

const FREE_BYTES_MIN = 1_073_741_824;
const MIB = 1_048_576;
/** Records behind the checkpoint that a start folds in a few seconds. */
const BEHIND_MAX = 100_000;
/** Two images are kept, one a day. */
const IMAGE_MS_MAX = 2 * DAY_MS;

/** Throws CommandError where there is no data directory. `now`: ms since the epoch. */
export async function adviseDirectory(directory: string, now: number): Promise<Advice[]> {
  const { shards, generation } = readFormat(directory);
  const advice = [
    fine(`${directory} has ${shards} shards, generation ${generation}`),
    roomOf(directory),
    ...keysOf(directory),
    fine('may be lost of facts: nothing; of profiles: nothing, they are folded anew from the log'),
  ];
  try {
    const { stores } = await openDirectory(directory, quietObserver);
    try {
      advice.push(...(await adviseStores(stores, shards, now)));
    } finally {
      await stores.close();
    }
  } catch (fault) {
    if (!(fault instanceof PortError)) throw fault;
    advice.push(
      fault.kind === 'unavailable'
        ? concern(
            `it is held: ${fault.message}`,
            'ask the service itself, at /readyz; logs and profiles are looked at while none runs',
          )
        : danger('it cannot be opened', fault.message),
    );
  }
  return advice;
}

function roomOf(directory: string): Advice {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  const text = `${Math.floor(free / MIB)} MiB are free on its disk`;
  return free >= FREE_BYTES_MIN ? fine(text) : danger(text, 'free some: a full disk refuses every fact');
}

function* keysOf(directory: string): Generator<Advice> {
  const file = join(directory, KEYS_FILE);
  if (!existsSync(file)) return;
  if ((statSync(file).mode & 0o007) === 0) yield fine(`${file} is for its owner alone`);
  else yield danger(`${file} can be read by every user of this machine`, `chmod 600 ${file}`);
}

async function adviseStores(stores: Stores, shards: number, now: number): Promise<Advice[]> {
  const advice: Advice[] = stores.findings.map(({ kind, sentence }) =>
    kind === 'healed'
      ? concern(sentence, 'the next start makes it good')
      : kind === 'history'
        ? concern(sentence, 'profiles are right; nothing can be done about it')
        : danger('lost or damaged', sentence),
  );
  let behind = 0;
  let oldest = now;
  for (let shard = 0; shard < shards; shard++) {
    const { last } = await stores.log.bounds(shard);
    const saved = (await stores.snapshots.load(shard)).checkpoint;
    behind = Math.max(behind, last - (saved?.sequence ?? 0));
    const revision = saved && decodeShardState(saved.state).revisions.at(-1)?.revision;
    if (revision !== undefined && !CARRIED.has(revision))
      advice.push(
        danger(
          `shard ${shard} is under core revision ${revision}, and this version has ${CORE_REVISION}`,
          'see docs/upgrading.md for a version that carries both',
        ),
      );
    if (last > 0) oldest = Math.min(oldest, (await stores.images.list(shard))[0]?.at ?? 0);
  }
  advice.push(
    behind <= BEHIND_MAX
      ? fine(`a start folds at most ${behind} records a shard`)
      : concern(`a start folds ${behind} records of a shard`, 'shorten --snapshot-every'),
  );
  if (oldest === 0)
    advice.push(
      concern(
        'not every shard has an image, a second copy of its profiles',
        'let it serve for a day, or make a backup',
      ),
    );
  else if (now - oldest > IMAGE_MS_MAX)
    advice.push(
      concern(
        `the last image of a shard is ${Math.floor((now - oldest) / HOUR_MS)} hours old`,
        'see the log of the service for why none was written',
      ),
    );
  const future = await lastOfTheFuture(stores.log, shards, now);
  advice.push(
    future === undefined
      ? fine('no record lies in the future of this clock')
      : danger('the clock', futureSentence(future, now)),
  );
  return advice;
}
