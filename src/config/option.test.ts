import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bytesOption,
  choiceOption,
  durationOption,
  envOf,
  flagOf,
  helpOf,
  hostPortOption,
  hostPortsOption,
  readOptions,
  textOption,
  toggleOption,
  unknownVariables,
  wholeNumberOption,
} from './option.ts';
import { CLIENT_OPTIONS, SERVE_OPTIONS } from './options.ts';

const OPTIONS = {
  listen: hostPortOption({ default: { host: '127.0.0.1', port: 1 }, help: 'Where.' }),
  shardCount: wholeNumberOption({ default: 64, min: 1, max: 64, help: 'How many.' }),
  memoryMax: bytesOption({ default: 1_048_576, min: 1_024, max: 2 ** 40, help: 'How much.' }),
  keepFor: durationOption({ default: 1_000, min: 1, max: 86_400_000, help: 'How long.' }),
  store: choiceOption({ default: 'disk', of: ['disk', 'memory'], help: 'Which.' }),
  watch: toggleOption({ default: false, help: 'Whether.' }),
  dir: textOption({ default: '', placeholder: 'folder', help: 'In which.' }),
};

test('one name gives the flag and the variable', () => {
  expect(flagOf('residentBytesMax')).toBe('--resident-bytes-max');
  expect(envOf('residentBytesMax')).toBe('ATTUNE_RESIDENT_BYTES_MAX');
  expect(helpOf('dir', OPTIONS.dir)).toBe('In which. (default: none; env: ATTUNE_DIR)');
  expect(helpOf('memoryMax', OPTIONS.memoryMax)).toContain('default: 1MiB; env: ATTUNE_MEMORY_MAX');
});

test('a flag wins over the environment, the environment over the default', () => {
  const env = { ATTUNE_SHARD_COUNT: '8', ATTUNE_STORE: 'memory', ATTUNE_WATCH: 'on', ATTUNE_DIR: '' };
  const read = readOptions(OPTIONS, { flags: { shardCount: '16', keepFor: '15m', memoryMax: '2 GiB' }, env });
  expect(read).toEqual({
    ok: true,
    value: {
      listen: { host: '127.0.0.1', port: 1 },
      shardCount: 16,
      memoryMax: 2 * 1_073_741_824,
      keepFor: 900_000,
      store: 'memory',
      watch: true,
      dir: '',
    },
  });
});

test('all faults come back together, each naming what carried it', () => {
  const read = readOptions(OPTIONS, {
    flags: { listen: 'nowhere', shardCount: '65' },
    env: { ATTUNE_MEMORY_MAX: '1 pint', ATTUNE_KEEP_FOR: '10', ATTUNE_STORE: 'tape', ATTUNE_WATCH: 'maybe' },
  });
  expect(read).toEqual({
    ok: false,
    error: [
      '--listen must be host:port with a port up to 65535, not "nowhere".',
      '--shard-count must be a whole number from 1 to 64, not "65".',
      'ATTUNE_MEMORY_MAX must be from 1KiB to 1024GiB (a whole number with GiB, MiB, KiB), not "1 pint".',
      'ATTUNE_KEEP_FOR must be from 1ms to 1d (a whole number with d, h, m, s, ms), not "10".',
      'ATTUNE_STORE must be one of disk, memory, not "tape".',
      'ATTUNE_WATCH must be true or false, not "maybe".',
    ],
  });
});

test('a variable that no setting reads is told, with the nearest name where one is near', () => {
  const known = Object.keys(OPTIONS).map(envOf);
  const env = { ATTUNE_STORE: 'x', ATTUNE_STOER: 'x', ATTUNE_VERSION_OF_IT: 'x', PATH: 'x' };
  expect(unknownVariables(known, env)).toEqual([
    'ATTUNE_STOER is set, but no setting has that name; did you mean ATTUNE_STORE?',
    'ATTUNE_VERSION_OF_IT is set, but no setting has that name.',
  ]);
});

test('what an option shows it parses back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_024, max: 2 ** 40 }),
      fc.integer({ min: 1, max: 86_400_000 }),
      (size, time) => {
        expect(OPTIONS.memoryMax.parse(OPTIONS.memoryMax.show(size))).toEqual({ ok: true, value: size });
        expect(OPTIONS.keepFor.parse(OPTIONS.keepFor.show(time))).toEqual({ ok: true, value: time });
      },
    ),
  );
  for (const [name, option] of Object.entries({ ...SERVE_OPTIONS, ...CLIENT_OPTIONS })) {
    expect([name, option.parse(option.show(option.default as never))]).toEqual([
      name,
      { ok: true, value: option.default },
    ]);
  }
});

test('an IPv6 address keeps its brackets outside only', () => {
  const parsed = OPTIONS.listen.parse('[::1]:7411');
  expect(parsed).toEqual({ ok: true, value: { host: '::1', port: 7411 } });
  expect(OPTIONS.listen.show({ host: '::1', port: 7411 })).toBe('[::1]:7411');
  expect(OPTIONS.listen.parse('::1:7411').ok).toBe(false);
});

test('several places stand with commas between them, and each of them has to be one', () => {
  const option = hostPortsOption({ default: [{ host: 'a', port: 1 }], help: 'Where.' });
  const parsed = option.parse('shop.example:7411, [::1]:7421');
  expect(parsed).toEqual({
    ok: true,
    value: [
      { host: 'shop.example', port: 7411 },
      { host: '::1', port: 7421 },
    ],
  });
  expect(parsed.ok && option.show(parsed.value)).toBe('shop.example:7411,[::1]:7421');
  const faults = ['nowhere', 'a:1,', 'a:1,b:65536'].map((raw) => option.parse(raw));
  expect(faults).toEqual([
    { ok: false, error: 'must be host:port with a port up to 65535' },
    { ok: false, error: 'must be host:port with a port up to 65535, or several with commas between them' },
    { ok: false, error: 'must be host:port with a port up to 65535, or several with commas between them' },
  ]);
});
