import { expect, test } from 'vitest';
import { emptyEditions, MemoryEditions } from '../adapter/memory/memory-editions.ts';
import { MembershipStorage, MemoryMembership } from '../adapter/memory/memory-membership.ts';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { INTERVALS } from '../config/limits.ts';
import type { Unheld } from '../port/editions.ts';
import { EditionConsent, type Judge } from './edition-consent.ts';

/** Nodes that are members, each with its own idea of what it can put in force. */
async function members(judges: Readonly<Record<string, Judge>>) {
  const clock = new VirtualClock(1_000);
  const storage = emptyEditions();
  const editions = new MemoryEditions({ storage, now: () => clock.now() });
  const rows = new MembershipStorage();
  const consents = new Map<string, EditionConsent>();
  const dead = new Set<string>();
  for (const [address, judge] of Object.entries(judges)) {
    const membership = new MemoryMembership(rows);
    let revision = await membership.join({ id: address, address, isDraining: false, version: '1' });
    const consent = new EditionConsent({
      ...{ editions, membership, clock, judges: { policy: judge, model: judge } },
      lives: (node) => !dead.has(node.address),
      say: async (held) => {
        const row = { id: address, address, isDraining: false, version: '1', held };
        revision = await membership.renew(row, revision);
      },
    });
    consents.set(address, consent);
  }
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const look = async (...names: string[]): Promise<void> => {
    // What was proposed before is stored by then.
    await settle();
    for (const name of names) await consents.get(name)?.takeIn();
  };
  const pass = async (ms: number): Promise<void> => {
    for (const end = clock.now() + ms; clock.now() < end; clock.advanceTo(clock.now() + 10)) await settle();
  };
  const by = (name: string): EditionConsent => consents.get(name) as EditionConsent;
  return { by, look, pass, dead, editions, rows };
}

const can: Judge = async () => '';

test('an edition may come into force when each node that lives has said that it can have it', async () => {
  const { by, look, pass, rows } = await members({ a: can, b: can, c: can });
  let answer: readonly Unheld[] | 'overtaken' | undefined;
  const asked = by('a').ask('model', '8-x');
  void asked.then((unheld) => {
    answer = unheld;
  });
  await look('a', 'b');
  await pass(1_000);
  expect(answer).toBeUndefined();
  await look('c');
  await pass(100);
  expect(answer).toEqual([]);
  expect(rows.rows.get('c')?.row.held).toEqual({ proposed: 'model 8-x', why: '' });
  // What they said stands, so the same is not asked twice.
  expect(await by('b').ask('model', '8-x')).toEqual([]);
});

test('a node that cannot, one that says nothing and one that is dead: the first two are named', async () => {
  const cannot: Judge = async () => 'it was trained on other features';
  const { by, look, pass, dead } = await members({ a: can, b: cannot, c: can, d: can });
  dead.add('d');
  const asked = by('a').ask('policy', 'shop@1');
  await look('a', 'b');
  await pass(INTERVALS.editionHeldMs + 100);
  expect(await asked).toEqual([
    { address: 'b', why: 'it was trained on other features' },
    { address: 'c', why: 'it has not said so within 4 s' },
  ]);
});

test('one that cannot ends the asking as soon as all have spoken', async () => {
  const { by, look, pass } = await members({ a: can, b: async () => 'no' });
  const asked = by('a').ask('policy', 'shop@1');
  await look('a', 'b');
  await pass(100);
  expect(await asked).toEqual([{ address: 'b', why: 'no' }]);
});

test('who finds another proposal in place of their own gives up', async () => {
  const { by, look, pass } = await members({ a: can, b: can });
  const first = by('a').ask('model', '8-x');
  await look('a');
  const second = by('b').ask('model', '9-y');
  await look('a', 'b');
  await pass(200);
  expect(await first).toBe('overtaken');
  expect(await second).toEqual([]);
});

test('a node that cannot read the edition now says nothing yet, and is asked again', async () => {
  let isAway = true;
  const judge: Judge = async () => {
    if (isAway) throw new Error('away');
    return '';
  };
  const { by, look, pass } = await members({ a: judge });
  const asked = by('a').ask('model', '8-x');
  await pass(50);
  await expect(look('a')).rejects.toThrow('away');
  isAway = false;
  await look('a');
  await pass(100);
  expect(await asked).toEqual([]);
});
