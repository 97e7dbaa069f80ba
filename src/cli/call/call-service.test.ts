import { expect, test } from 'vitest';
import { AttuneError } from '../../client/attune-error.ts';
import { EXIT } from '../../node/command/command-line.ts';
import { commandErrorOf, violationText } from './call-service.ts';

const unavailable = (message: string, reason = '') =>
  commandErrorOf(new AttuneError('UNAVAILABLE', message, { reason }), 'shop:7411').message.split('\n')[0];

test.each([
  [
    'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
    'nobody listens there',
  ],
  [
    'Name resolution failed for target dns:shop:7411. Resolution note: ENOTFOUND',
    'no host of that name is known',
  ],
  ['Something else. Resolution note: x', 'Something else.'],
])("of grpc-js's text only what helps comes through: %s", (text, told) => {
  expect(unavailable(text)).toBe(`no answer from shop:7411: ${told}`);
});

test('what a service says of itself comes through as it is', () => {
  expect(unavailable('This server is shutting down.', 'UNAVAILABLE')).toBe(
    'no answer from shop:7411: This server is shutting down.',
  );
});

test('a deadline that is over leads to --timeout, and says nothing of channels and resolvers', () => {
  const raw = 'Deadline exceeded after 5.001s,name resolution: 0.002s,metadata filters: 0.001s,remote_addr=…';
  const told = commandErrorOf(new AttuneError('DEADLINE_EXCEEDED', raw), 'shop:7411');
  expect(told).toMatchObject({
    exitCode: EXIT.unavailable,
    message:
      'no answer from shop:7411 in time: wait longer with --timeout, or name another one with --address host:port.',
  });
});

test('a violation names field and value only where its sentence does not', () => {
  expect(violationText({ field: 'id', value: 'x', message: 'must be y' })).toBe('id: must be y (found "x")');
  expect(violationText({ field: 'id', value: 'x', message: '`id` must be y, not "x"' })).toBe(
    '`id` must be y, not "x"',
  );
});
