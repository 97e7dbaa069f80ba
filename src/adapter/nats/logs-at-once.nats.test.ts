import type { JetStreamManager } from '@nats-io/jetstream';
import { expect, test } from 'vitest';
import { JetStreamFactLog } from './jetstream-fact-log.ts';
import { openLogs } from './known-streams.ts';
import { logsAtOnce, nanos } from './logs-at-once.ts';
import type { NatsDoor } from './nats-door.ts';
import { onNats } from './nats-home.fixture.ts';

const SHARDS = 8;
const LOOKS = 30;
/** Between two questions of one look. */
const APART_MS = 4;

/** Asks for one stream after the other, so that much is written meanwhile. */
function slowly(door: NatsDoor): Pick<NatsDoor, 'ask'> {
  return {
    ask: (what, ask) =>
      door.ask(what, (speaker) => {
        let waited = 0;
        const { streams } = speaker.manager;
        const info: typeof streams.info = async (...args) => {
          waited += APART_MS;
          await new Promise((resolve) => setTimeout(resolve, waited));
          return streams.info(...args);
        };
        const slow = { info, getMessage: streams.getMessage.bind(streams) };
        return ask({ ...speaker, manager: { streams: slow } as unknown as JetStreamManager });
      }),
  };
}

onNats((home) => {
  test('a record that another shard wrote because of one is never there without it, and what was acknowledged is', async () => {
    const deployment = home.deployment();
    const [door, writer] = [deployment.door(), deployment.door()];
    await openLogs(door, deployment, SHARDS);
    const log = new JetStreamFactLog(writer, deployment, { made: SHARDS });
    // Record n of each shard follows from that of the shard before it, and the first one's from that of the last.
    const acknowledged = new Array<number>(SHARDS).fill(0);
    let isOver = false;
    const writing = (async () => {
      for (let sequence = 1; !isOver; sequence++)
        for (let shard = 0; shard < SHARDS; shard++) {
          await log.append(shard, sequence - 1, Buffer.from('a fact'));
          acknowledged[shard] = sequence;
        }
    })();
    for (let look = 0; look < LOOKS; look++) {
      const before = [...acknowledged];
      const lasts = await logsAtOnce(slowly(door), deployment, SHARDS);
      for (const [shard, last] of lasts.entries()) {
        expect(last).toBeGreaterThanOrEqual(before[shard] ?? 0);
        const cause = shard === 0 ? (lasts[SHARDS - 1] ?? 0) + 1 : (lasts[shard - 1] ?? 0);
        expect(last).toBeLessThanOrEqual(cause);
      }
    }
    isOver = true;
    await writing;
    await deployment.destroy();
  }, 60_000);

  test('logs that begin behind their first record are where they begin', async () => {
    const deployment = home.deployment();
    const door = deployment.door();
    await openLogs(door, deployment, 2, [1, 41]);
    expect(await logsAtOnce(door, deployment, 2)).toEqual([0, 40]);
    const log = new JetStreamFactLog(door, deployment, { made: 2 });
    expect(await log.bounds(1)).toEqual({ first: 41, last: 40 });
    await log.append(1, 40, Buffer.from('a fact'));
    await expect(log.append(1, 40, Buffer.from('again'))).rejects.toMatchObject({ kind: 'conflict' });
    expect((await log.read(1, 1, 10)).map(({ sequence }) => sequence)).toEqual([41]);
    await deployment.destroy();
  });
});

test.each([
  ['1970-01-01T00:00:01Z', 1_000_000_000n],
  ['1970-01-01T00:00:01.5Z', 1_500_000_000n],
  ['1970-01-01T00:00:01.000000007Z', 1_000_000_007n],
])('%s is %d ns', (iso, expected) => expect(nanos(iso)).toBe(expected));
