import { expect, test } from 'vitest';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { INTERVALS, LIMITS } from '../config/limits.ts';
import { addresseeOf } from '../core/identity/customer.ts';
import type { LinkOutcome, PublishOutcome } from '../port/customers.ts';
import type { PeerShard } from '../runtime/identity/local-peer.ts';
import type { Request } from '../runtime/turn/request.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import { decodeQuestion, encodeAnswer } from './peer-message.ts';
import { ShardDoor, type ShardPlace } from './shard-door.ts';

const accepted: PublishOutcome = { kind: 'accepted' };

/** A door of a shard whose place a test moves; what comes to it here and there, by name. */
function scratchDoor() {
  const clock = new VirtualClock(1_000_000);
  const state: { place: ShardPlace; isDeaf: boolean } = { place: { kind: 'nowhere' }, isDeaf: false };
  const here: string[] = [];
  const there: string[] = [];
  const ended: string[] = [];
  const forwarded: string[] = [];
  const name = (request: Request): string => (request.kind === 'link' ? request.input.by : request.kind);
  const shard: PeerShard = {
    submit: (request) => {
      here.push(name(request));
      (request.done as (outcome: PublishOutcome) => void)(accepted);
    },
    decisionRef: (seq, index) => ({ generation: 0, shard: 3, seq, index }),
    saveNow: async () => void here.push('save'),
    membersIn: async () => ({ kind: 'found', ids: [], hasMore: false }),
  };
  const door = new ShardDoor({
    ...{ id: 3, shard, clock, generation: 7, whereIs: () => state.place },
    observer: {
      ...quietObserver,
      count: (metric, by, kind) => void forwarded.push(`${metric} ${by} ${kind}`),
    },
    wires: {
      ask: (address, question, timeoutMs, done) => {
        if (state.isDeaf) return void clock.after(timeoutMs, () => done(undefined));
        const asked = decodeQuestion(question, clock.now(), done);
        if (asked?.op === 'request') {
          there.push(`${name(asked.request)} at ${address}`);
          (asked.request.done as (outcome: PublishOutcome) => void)(accepted);
        } else if (asked !== undefined) {
          there.push(`${asked.op} at ${address}`);
          done(encodeAnswer({ kind: 'saved' }));
        }
      },
      close() {},
    },
  });
  const send = (by: string, deadlineAt = Number.POSITIVE_INFINITY): void =>
    door.submit({
      ...{ kind: 'link', to: addresseeOf('crm', by), priority: 'critical', bytes: 1, deadlineAt },
      input: { identifiers: [], by, reason: '' },
      done: (outcome: LinkOutcome) =>
        void ended.push(`${by} ${outcome.kind === 'refused' ? outcome.code : outcome.kind}`),
    });
  return { clock, state, here, there, ended, forwarded, door, send };
}

test('what is sent on is counted by what is asked, and what is answered here is not', () => {
  const { state, here, there, forwarded, send } = scratchDoor();
  state.place = { kind: 'there', address: 'b' };
  send('one');
  state.place = { kind: 'here' };
  send('two');
  expect({ here, there, forwarded }).toEqual({
    here: ['two'],
    there: ['one at b'],
    forwarded: ['attune_requests_forwarded_total 1 link'],
  });
});

test('what finds nobody waits in its order, and goes where the shard is served next', () => {
  const { state, here, there, door, send, clock } = scratchDoor();
  send('a');
  send('b');
  state.place = { kind: 'there', address: 'n2' };
  // Not ahead of who waits.
  send('c');
  expect([door.held, there]).toEqual([3, []]);
  door.moved();
  expect([door.held, there]).toEqual([0, ['a at n2', 'b at n2', 'c at n2']]);
  state.place = { kind: 'nowhere' };
  send('d');
  state.place = { kind: 'here' };
  clock.advanceTo(clock.now() + 100);
  expect(here).toEqual(['d']);
});

test('nobody waits for longer than a takeover takes, or than their own time', () => {
  const { clock, ended, send } = scratchDoor();
  send('long');
  send('short', clock.now() + 300);
  clock.advanceTo(clock.now() + 400);
  expect(ended).toEqual(['short unavailable']);
  clock.advanceTo(clock.now() + INTERVALS.shardAwaitedMs);
  expect(ended).toEqual(['short unavailable', 'long unavailable']);
});

test('a question that is not answered is asked again, within the time of the request', () => {
  const { clock, state, ended, send, there } = scratchDoor();
  Object.assign(state, { place: { kind: 'there', address: 'n2' }, isDeaf: true });
  send('a');
  send('b', clock.now() + 1_000);
  clock.advanceTo(clock.now() + 1_100);
  expect(ended).toEqual(['b unavailable']);
  clock.advanceTo(clock.now() + 3_000);
  state.isDeaf = false;
  clock.advanceTo(clock.now() + 1_500);
  clock.advanceTo(clock.now() + 100);
  expect([ended, there]).toEqual([['b unavailable', 'a accepted'], ['a at n2']]);
});

test('so many wait, and one more is refused', () => {
  const { door, ended, send } = scratchDoor();
  for (let n = 0; n < LIMITS.mailboxPerShardMax; n++) send(`${n}`);
  expect([door.held, ended]).toEqual([LIMITS.mailboxPerShardMax, []]);
  send('late');
  expect([door.held, ended]).toEqual([LIMITS.mailboxPerShardMax, ['late exhausted']]);
});

test('what is saved and listed is asked of whoever serves the shard', async () => {
  const { state, here, there, door, clock } = scratchDoor();
  state.place = { kind: 'here' };
  await door.saveNow();
  expect(door.decisionRef(5, 1).generation).toBe(0);
  state.place = { kind: 'there', address: 'n2' };
  await door.saveNow();
  expect([here, there]).toEqual([['save'], ['save at n2']]);
  expect(door.decisionRef(5, 1)).toEqual({ generation: 7, shard: 3, seq: 5, index: 1 });
  state.place = { kind: 'nowhere' };
  const saved = expect(door.saveNow()).rejects.toMatchObject({ kind: 'unavailable' });
  const listed = door.membersIn('near', '', 10);
  for (let ms = 0; ms <= INTERVALS.shardAwaitedMs; ms += 50) {
    clock.advanceTo(clock.now() + 50);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await saved;
  expect(await listed).toMatchObject({ kind: 'refused', code: 'unavailable' });
});
