import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { EndSignals, REPEAT_MS } from './end-signals.ts';

test('a signal that comes twice within a second is one wish; a later one does not want to wait', async () => {
  const source = new EventEmitter();
  let now = 0;
  const signals = new EndSignals(source, () => now);
  const impatient: string[] = [];
  signals.onImpatience((signal) => impatient.push(signal));
  source.emit('SIGINT', 'SIGINT');
  await signals.first;
  now = REPEAT_MS - 1;
  source.emit('SIGINT', 'SIGINT');
  source.emit('SIGTERM', 'SIGTERM');
  expect(impatient).toEqual([]);
  now = REPEAT_MS;
  source.emit('SIGTERM', 'SIGTERM');
  expect(impatient).toEqual(['SIGTERM']);
});
