import { expect, test } from 'vitest';
import { AssertionFailure, assert, present, unreachable } from './assert.ts';

test('assert throws an AssertionFailure with its message only when the condition fails', () => {
  assert(true, () => {
    throw new Error('the message of a kept assertion is never built');
  });
  expect(() => assert(0, 'zero')).toThrow(AssertionFailure);
  expect(() => assert(undefined, () => 'late')).toThrow('late');
});

test('present gives back everything but undefined and null', () => {
  expect(present(0, 'count')).toBe(0);
  expect(present('', 'text')).toBe('');
  expect(() => present(undefined, 'the shard')).toThrow('the shard is missing');
  expect(() => present(null, 'the shard')).toThrow(AssertionFailure);
});

test('unreachable names the value that should not be', () => {
  expect(() => unreachable({ kind: 'new' } as never)).toThrow('{"kind":"new"}');
});
