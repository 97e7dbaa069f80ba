import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PortError } from '../../port/port-error.ts';
import { decideInput, emptyStores, event, type Node, startNode, TUESDAY } from '../engine.fixture.ts';
import { mayFollow, type Phase, type PhaseKind, ShardPhase } from './phase.ts';
import type { Shard } from './shard.ts';

const AFTER = { startOver: false };
const PHASES: Readonly<Record<PhaseKind, () => Phase>> = {
  closed: () => ({ kind: 'closed' }),
  opening: () => ({ kind: 'opening', isLogFull: false }),
  idle: () => ({ kind: 'idle' }),
  turning: () => ({ kind: 'turning', after: AFTER }),
  appending: () => ({ kind: 'appending', after: AFTER }),
  suspended: () => ({ kind: 'suspended', isLogFull: false, after: AFTER }),
  lost: () => ({ kind: 'lost' }),
};
const KINDS = Object.keys(PHASES) as PhaseKind[];

/** The edges as a reader of the design would draw them, without the table of the code. */
function isDrawn(from: PhaseKind, to: PhaseKind): boolean {
  const isOver = from === 'closed' || from === 'lost';
  if (to === 'opening') return isOver || from === 'suspended';
  if (to === 'lost') return !isOver;
  if (to === 'closed') return !['closed', 'turning', 'appending'].includes(from);
  if (isOver) return false;
  if (to === 'suspended') return true;
  if (to === 'idle') return from !== 'idle';
  return `${from} ${to}` === 'idle turning' || `${from} ${to}` === 'turning appending';
}

test('a shard goes along the drawn edges and no other', () => {
  for (const from of KINDS)
    for (const to of KINDS) expect([from, to, mayFollow(from, to)]).toEqual([from, to, isDrawn(from, to)]);
});

test('a phase is entered along an edge or not at all, and who waited in an older one is told', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...KINDS), { maxLength: 40 }), (kinds) => {
      let now = 1;
      const phase = new ShardPhase({ now: () => now++ });
      for (const kind of kinds) {
        const before = phase.current;
        const next = PHASES[kind]();
        if (!isDrawn(before.kind, kind)) {
          expect(() => phase.enter(next)).toThrow(`from ${before.kind} to ${kind}`);
          expect(phase.current).toBe(before);
          continue;
        }
        phase.enter(next);
        expect([phase.holds(next), phase.holds(before)]).toEqual([true, false]);
        expect(phase.downSince === 0).toBe(phase.isServing);
      }
    }),
  );
});

/** What may happen to a shard from outside, in any order. */
const COMMANDS = [
  'publish',
  'decide',
  'appendRefused',
  'appendUnknown',
  'appendLandsUnknown',
  'logFull',
  'startOver',
  'lose',
  'open',
  'settle',
] as const;
type Command = (typeof COMMANDS)[number];

test('whatever happens to a shard, in any order, every request is answered once and the log can be served again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...COMMANDS), { minLength: 1, maxLength: 25 }), (commands) =>
      runCommands(commands, false),
    ),
    { numRuns: 60 },
  );
});

test('a shard can be closed at any moment, and everybody is answered once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...COMMANDS), { minLength: 1, maxLength: 15 }), (commands) =>
      runCommands(commands, true),
    ),
    { numRuns: 40 },
  );
});

/** `closes`: at once behind the commands; else the log goes well again and the shard must serve. */
async function runCommands(commands: readonly Command[], closes: boolean): Promise<void> {
  const node = await startNode(emptyStores(), { bounds: { shards: 1 } });
  const shard = node.engine.shards[0] as Shard;
  const troubled = troubleLog(node);
  slowScorer(node);
  const answers: number[] = [];
  let acknowledged = 0;
  let opened: Promise<unknown> = Promise.resolve();
  const publish = (): void => {
    const at = answers.push(0) - 1;
    const input = event('Page Viewed', TUESDAY - 1_000);
    node.gateway.publish(input, 10, Number.POSITIVE_INFINITY, ({ kind }) => {
      answers[at] = (answers[at] ?? 0) + 1;
      if (kind === 'accepted') acknowledged++;
    });
  };
  const decide = (): void => {
    const at = answers.push(0) - 1;
    node.gateway.decide(decideInput(`d${at}`), 10, Number.POSITIVE_INFINITY, () => {
      answers[at] = (answers[at] ?? 0) + 1;
    });
  };
  for (const command of commands) {
    if (command === 'publish') publish();
    else if (command === 'decide') decide();
    else if (command === 'startOver') void shard.startOver();
    else if (command === 'lose') shard.lose('of a test');
    else if (command === 'open') {
      if (shard.phase === 'lost') opened = shard.open().catch(() => shard.recover());
    } else if (command === 'settle') for (let n = 0; n < 5; n++) await new Promise(setImmediate);
    else troubled.next.push(command);
  }
  troubled.next.length = 0;
  if (closes) {
    await node.engine.stop();
    await opened;
    expect([shard.phase, answers.every((count) => count === 1)]).toEqual(['closed', true]);
    return;
  }
  await opened;
  if (shard.phase === 'lost') await shard.open();
  await node.advanceTo(TUESDAY + 60_000);
  publish();
  await node.advanceTo(TUESDAY + 61_000);
  expect([shard.phase, answers.every((count) => count === 1)]).toEqual(['idle', true]);
  const version = await node.read(
    { identifiers: [{ kind: 'loyalty', value: 'L1' }] },
    (seen) => seen.version,
  );
  // What was refused because nobody knows may be in the log all the same.
  expect(version).toBeGreaterThanOrEqual(acknowledged);
  expect(acknowledged).toBeGreaterThan(0);
  await node.engine.stop();
}

async function rounds(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Scores take a few turns of the event loop, so that a shard may be lost while it waits for them. */
function slowScorer({ engine: { runtime } }: Node): void {
  const { scorer } = runtime;
  runtime.scorer = {
    info: scorer.info,
    run: async (rows, count) => {
      await rounds(5);
      return scorer.run(rows, count);
    },
    close: () => scorer.close(),
  };
}

/** The next appends of turns go wrong in the ways that are put into `next`. */
function troubleLog(node: Node): { readonly next: Command[] } {
  const { log } = node.engine.runtime;
  const appendAll = log.appendAll.bind(log);
  const next: Command[] = [];
  /** The next fence takes a while: a shard may be lost and opened again before it is known. */
  const slowFence = (): void => {
    const append = log.append.bind(log);
    log.append = async (...args) => {
      log.append = append;
      await rounds(8);
      return append(...args);
    };
  };
  log.appendAll = (group, settled) => {
    const trouble = next.shift();
    if (trouble === undefined) return appendAll(group, settled);
    const outcome = trouble === 'appendRefused' || trouble === 'logFull' ? 'nothing_written' : 'unknown';
    const kind = trouble === 'logFull' ? 'full' : 'unavailable';
    const fault = new PortError(kind, 'of a test', { outcome });
    if (trouble === 'appendLandsUnknown') return appendAll(group, (at) => settled(at, fault));
    if (outcome === 'unknown') slowFence();
    for (let at = 0; at < group.length; at++) setImmediate(() => settled(at, fault));
  };
  return { next };
}
