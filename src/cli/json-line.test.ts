import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonLine } from './json-line.ts';

test.each([
  ['{"userId":1234567890123456789}', 'userId is 1234567890123456789, beyond 2^53'],
  ['{"a":{"b":[0,{"c":-9007199254740993}]}}', 'a.b[1].c is -9007199254740993, beyond 2^53'],
  ['{"total":1e400}', 'total is 1e400, beyond 2^53'],
  ['[1]', 'a line must hold one JSON object'],
  ['[', 'not a part of a list'],
  [']', 'not a part of a list'],
  ['event,userId', 'this one begins with "event,userId"'],
  ['{', 'this is not JSON'],
  ['{"a":1}{"b":2}', 'this is not JSON'],
  ['', 'this is not JSON'],
  ['{"a":NaN}', 'this is not JSON'],
])('%s is refused: %s', (line, sentence) => {
  expect(() => parseJsonLine(line)).toThrow(sentence);
});

test('a broken line is told by its place in the line, and by no number of a line', () => {
  expect(() => parseJsonLine('{"a":1,')).toThrow(/at position 7$/);
});

test('every other line is read as JSON reads it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const line = JSON.stringify(object);
      const isLost = /(?:^|[[:,])-?\d{16,}(?=[,\]}])/.test(line);
      if (!isLost) expect(parseJsonLine(line)).toEqual(JSON.parse(line));
    }),
  );
  expect(
    parseJsonLine('{"id":"1234567890123456789","n":9007199254740991,"x":0.1000000000000000055,"t":1e21}'),
  ).toEqual({
    id: '1234567890123456789',
    n: 9_007_199_254_740_991,
    x: 0.1,
    t: 1e21,
  });
});
