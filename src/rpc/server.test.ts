import { expect, test } from 'vitest';
import { LIMITS } from '../config/limits.ts';
import { connectionsMax } from './server.ts';

test('connections take what descriptors the rest of the service leaves, up to their own bound', () => {
  expect(connectionsMax(1_024)).toBe(1_024 - LIMITS.descriptorsReservedMin);
  expect(connectionsMax(1 << 20)).toBe(LIMITS.connectionsMax);
  expect(connectionsMax(undefined)).toBe(LIMITS.connectionsMax);
  expect(connectionsMax(20)).toBe(1);
});
