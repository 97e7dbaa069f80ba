import { expect, test } from 'vitest';
import type { NodeProgram, NodeRow } from '../port/membership.ts';
import { noteProgram, refusedByMap, refusedByNode } from './node-program.ts';

const MAP = { owners: ['a'], handoffs: {} };
const program = (revisions: number[], record: readonly [number, number] = [3, 4]): NodeProgram => ({
  ...{ revisions, formats: { 'log record': record } },
});
const row = (address: string, of: NodeProgram | undefined): NodeRow => ({
  ...{ id: address, address, isDraining: false, version: '1' },
  ...(of !== undefined && { program: of }),
});

test('the first nodes note the revision that all of them carry, and the formats that are written; a later node lowers neither', () => {
  const old = row('a', program([2]));
  const first = noteProgram(MAP, program([2, 3], [3, 5]), [old]);
  expect(first).toEqual({ ...MAP, core: 2, formats: { 'log record': 5 } });
  expect(noteProgram(first, program([2, 3]), [])).toBe(first);
  expect(noteProgram(first, program([3], [3, 6]), [])).toEqual({ ...first, formats: { 'log record': 6 } });
});

test('a program that lacks the revision of the deployment, or one of its formats, is refused with what to do', () => {
  const map = { ...MAP, core: 3, formats: { 'log record': 5 } };
  expect(refusedByMap(program([2, 3], [3, 5]), map)).toEqual([]);
  expect(refusedByMap(program([2], [3, 4]), map)).toEqual([
    'the deployment works under core revision 3, and this version carries 2 only: use a version that carries it',
    'the deployment has a log record of format 5, and this version reads 3 to 4: use a version that reads it',
  ]);
  expect(refusedByMap(program([4], [5, 6]), map)).toEqual([
    expect.stringContaining('carries 4 only: start a version that carries both first'),
  ]);
  expect(refusedByMap({ revisions: [3], formats: {} }, map)).toEqual([
    expect.stringContaining('a log record of format 5, and this version knows none'),
  ]);
  expect(refusedByMap(program([2]), MAP)).toEqual([]);
});

test('a program that writes what a living node cannot read is refused with the node', () => {
  expect(refusedByNode(program([2], [3, 5]), row('a:1', program([2])))).toEqual([
    'this version writes a log record of format 5, and node a:1, which lives, reads 4 at most: end it first',
  ]);
  expect(refusedByNode(program([2], [3, 4]), row('a:1', program([2], [3, 5])))).toEqual([]);
  expect(refusedByNode(program([2], [3, 5]), row('a:1', undefined))).toEqual([]);
});
