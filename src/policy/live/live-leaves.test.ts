/** Nothing in a policy only looks alive: every leaf of its schema, once changed, changes what comes out. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { policyDiff } from '../policy-diff.ts';
import { FILE_SHAPES } from '../policy-shape.ts';
import { EXPERIMENTS, type Experiment, INERT } from './experiments.fixture.ts';
import { decisionIn, type Edits, labPolicy, said } from './lab.fixture.ts';
import { type Leaf, leavesOf } from './policy-leaves.fixture.ts';
import {
  buysInDollars,
  hasNews,
  isConsidered,
  isTold,
  leavesTwice,
  mailsMany,
  meetsThree,
} from './stories.fixture.ts';

const STORIES = { buysInDollars, hasNews, isConsidered, isTold, leavesTwice, mailsMany, meetsThree };
const leaves = leavesOf(FILE_SHAPES);

/** What comes of the lab's policy with these edits. */
async function outcome({ story, when = {} }: Partial<Experiment>, edits: Edits): Promise<unknown> {
  const policy = labPolicy(edits);
  return story === undefined ? decisionIn(policy, when) : await STORIES[story](policy);
}

/** Whether a place in the lab's files is one that a leaf stands for. */
function isAt(leaf: Leaf, path: string): boolean {
  const keys = path.split('.');
  const pattern = leaf.path.split('.');
  return keys.length === pattern.length && pattern.every((key, at) => key === '*' || key === keys[at]);
}

function unlisted(all: readonly Leaf[]): string[] {
  const listed = [...EXPERIMENTS, ...INERT];
  return all.filter((leaf) => !listed.some((entry) => isAt(leaf, entry.leaf))).map(({ path }) => path);
}

test('every leaf of the schema has an experiment or a reason to have none', () => {
  expect(leaves.length).toBeGreaterThan(80);
  expect(unlisted(leaves)).toEqual([]);
  // A leaf that nobody listed is found.
  const grown = { ...FILE_SHAPES, triggers: FILE_SHAPES.triggers.extend({ speed: z.number().optional() }) };
  expect(unlisted(leavesOf(grown))).toEqual(['triggers.speed']);
});

test('every experiment and every reason is about a leaf', () => {
  const about = (path: string) => leaves.some((leaf) => isAt(leaf, path));
  expect([...EXPERIMENTS, ...INERT].map(({ leaf }) => leaf).filter((path) => !about(path))).toEqual([]);
});

test('of a leaf with a list of words each word is tried', () => {
  const untried = leaves.flatMap((leaf) => {
    const own = EXPERIMENTS.filter((entry) => isAt(leaf, entry.leaf));
    const tried = new Set(own.flatMap(({ leaf, base = {}, to }) => [said(base, leaf), ...to].flat()));
    return own.length === 0
      ? []
      : leaf.words.filter((word) => !tried.has(word)).map((word) => `${leaf.path}: ${word}`);
  });
  expect(untried).toEqual([]);
});

describe('changing a leaf changes what comes out:', () => {
  const cases = EXPERIMENTS.flatMap((entry) =>
    entry.to.map((value) => ({ name: JSON.stringify(value), value, entry })),
  );
  test.each(cases)('$entry.leaf to $name', async ({ entry, value }) => {
    const { leaf, base = {}, along = {} } = entry;
    const before = await outcome(entry, base);
    const after = await outcome(entry, { ...base, ...along, [leaf]: value });
    expect(after).not.toEqual(before);
    // Nothing but the leaf makes the difference.
    expect(await outcome(entry, base)).toEqual(before);
  });
});

describe('a change of a leaf is told by the difference of two policies:', () => {
  test.each(EXPERIMENTS)('$leaf', ({ leaf, base = {}, along = {}, to }) => {
    const before = labPolicy(base);
    for (const value of to)
      expect(policyDiff(before, labPolicy({ ...base, ...along, [leaf]: value }))).not.toEqual([]);
  });
});

describe('a leaf that is said to change nothing changes nothing:', () => {
  test.each(INERT.filter(({ to }) => to !== undefined))('$leaf', async ({ leaf, to }) => {
    expect(await outcome({}, { [leaf]: to })).toEqual(await outcome({}, {}));
  });
});
