import { expect, test } from 'vitest';
import { readOptions } from '../config/option.ts';
import { SERVE_OPTIONS } from '../config/options.ts';
import { clusterSettingsOf } from './open-cluster-stores.ts';

function settingsOf(flags: Record<string, string>) {
  const read = readOptions(SERVE_OPTIONS, { flags, env: {} });
  if (!read.ok) throw new Error(read.error.join(' '));
  return clusterSettingsOf(read.value);
}

test('what is told of NATS and Redis is taken apart', () => {
  const flags = {
    ...{ nats: '127.0.0.1:4222, localhost:4223', redis: '127.0.0.1:6380', redisAccept: 'no-aof, evicts' },
    ...{ deployment: 'shop_1', natsReplicas: '3', shards: '8', shardLogBytes: '2MiB' },
  };
  expect(settingsOf(flags)).toEqual({
    nats: ['127.0.0.1:4222', 'localhost:4223'],
    redis: { host: '127.0.0.1', port: 6380 },
    accepted: ['no-aof', 'evicts'],
    deployment: 'shop_1',
    replicas: 3,
    shards: 8,
    logBytesMax: 2 * 2 ** 20,
  });
});

test.each([
  [{ nats: ' , ' }, /^--nats must name a server of NATS as host:port$/],
  [{ nats: 'localhost' }, /^--nats must be host:port, separated by commas, not "localhost"$/],
  [{ nats: '10.1.2.3:4222' }, /^10\.1\.2\.3 is beyond loopback: .* without TLS so far/],
  [{ redis: 'redis.example:6379' }, /^redis\.example is beyond loopback/],
  [{ deployment: 'a.b' }, /^--deployment must be up to 32 letters, digits, - and _, not "a\.b"$/],
  [{ redisAccept: 'anything' }, /^--redis-accept must be of evicts, no-aof, .*, not "anything"$/],
])('%j is refused with its sentence', (flags, sentence) => {
  expect(() => settingsOf(flags)).toThrow(sentence);
});
