import { expect, test } from 'vitest';
import { readOptions } from '../config/option.ts';
import { SERVE_OPTIONS } from '../config/options.ts';
import { clusterSettingsOf } from './cluster-settings.ts';

function settingsOf(flags: Record<string, string>) {
  const read = readOptions(SERVE_OPTIONS, { flags, env: {} });
  if (!read.ok) throw new Error(read.error.join(' '));
  return clusterSettingsOf(read.value);
}

test('what is told of NATS and Redis is taken apart', () => {
  const flags = {
    ...{ nats: '127.0.0.1:4222, localhost:4223', redis: '127.0.0.1:6380', redisAccept: 'no-aof, evicts' },
    natsAccept: 'recreated',
    ...{ natsCreds: 'n.creds', natsCa: 'ca.pem', natsCert: 'c.pem', natsKey: 'k.pem' },
    ...{ redisCredentials: 'r.txt', redisCa: 'default', redisCert: 'd.pem', redisKey: 'l.pem' },
    ...{ deployment: 'shop_1', natsReplicas: '3', shards: '8', shardLogBytes: '2MiB' },
  };
  expect(settingsOf(flags)).toEqual({
    nats: ['127.0.0.1:4222', 'localhost:4223'],
    redis: { host: '127.0.0.1', port: 6380 },
    files: {
      nats: { credentials: 'n.creds', ca: 'ca.pem', cert: 'c.pem', key: 'k.pem' },
      redis: { credentials: 'r.txt', ca: 'default', cert: 'd.pem', key: 'l.pem' },
    },
    accepted: ['evicts', 'no-aof'],
    natsAccepted: ['recreated'],
    deployment: 'shop_1',
    replicas: 3,
    shards: 8,
    logBytesMax: 2 * 2 ** 20,
  });
});

test.each([
  [{ nats: ' , ' }, /^--nats must name a server of NATS as host:port$/],
  [{ nats: 'localhost' }, /^--nats must be host:port, separated by commas, not "localhost"$/],
  [{ nats: 'nats://a:b:4222' }, /^--nats must be host:port, separated by commas, not "nats:/],
  [
    { nats: '127.0.0.1:4222,node:secret@n.example:4222' },
    /^--nats must be host:port, separated by commas, not a name before @ \(address 2\): credentials stand in --nats-creds FILE$/,
  ],
  [{ nats: '10.1.2.3:4222' }, /^10\.1\.2\.3 is beyond loopback, and NATS .* plain text: give --nats-ca FILE/],
  [{ nats: '[fd00::1]:4222' }, /^fd00::1 is beyond loopback/],
  [
    { nats: 'n.example:4222', natsCa: 'ca.pem' },
    /^n\.example is beyond loopback, and NATS would not know who speaks: give --nats-creds FILE/,
  ],
  [
    { redis: 'redis.example:6379', redisCredentials: 'r.txt' },
    /^redis\.example is beyond loopback, and Redis .* plain text: give --redis-ca FILE.*or --insecure-stores/,
  ],
  [{ redis: 'redis.example:6379', redisCa: 'default' }, /who speaks: give --redis-credentials FILE/],
  [{ deployment: 'a.b' }, /^--deployment must be up to 32 letters, digits, - and _, not "a\.b"$/],
  [{ redisAccept: 'anything' }, /^--redis-accept must be of evicts, no-aof, .*, not "anything"$/],
  [{ natsAccept: 'small' }, /^--nats-accept must be of old-server, recreated, not "small"$/],
])('%j is refused with its sentence', (flags, sentence) => {
  expect(() => settingsOf(flags)).toThrow(sentence);
});

test.each([
  { nats: 'n.example:4222', natsCa: 'ca.pem', natsCreds: 'n.creds' },
  { nats: 'n.example:4222', natsCa: 'ca.pem', natsCert: 'c.pem' },
  { redis: 'r.example:6379', redisCa: 'default', redisCredentials: 'r.txt' },
  { nats: '10.1.2.3:4222', redis: 'r.example:6379', insecureStores: 'true' },
  { nats: '[::1]:4222', redis: '[::1]:6379' },
])('%j may be', (flags) => {
  expect(() => settingsOf(flags as Record<string, string>)).not.toThrow();
});
