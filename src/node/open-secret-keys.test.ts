import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFormat } from '../adapter/lmdb/data-format.ts';
import type { HmacKeys } from '../adapter/system/hmac-keys.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { openSecretKeys, type SecretKeysSettings } from './open-secret-keys.ts';
import { quietObserver } from './quiet-observer.ts';

let scratch: ScratchDirectory;
let told: string[];
beforeEach(() => {
  scratch = scratchDirectory();
  told = [];
  openFormat(scratch.path, { generation: 1, shards: 2 });
});
afterEach(() => scratch.remove());

const KEYS = 'KEYS';
const at = (name: string) => join(scratch.path, name);
const key = (fill: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, i) => (fill + 7 * i) % 256)).toString('base64');

function open(settings: Partial<SecretKeysSettings> = {}): HmacKeys {
  const note = (sentence: string) => void told.push(sentence);
  const observer = { ...quietObserver, info: note, fault: note };
  return openSecretKeys(
    { store: 'disk', dir: scratch.path, acceptLoss: false, secretKeys: '', ...settings },
    observer,
  );
}

const faultOf = (settings: Partial<SecretKeysSettings> = {}): string => {
  try {
    open(settings);
    return 'none';
  } catch (fault) {
    return (fault as Error).message;
  }
};

test('the first start makes a key that only its user may read, and every later one uses it', () => {
  const signed = open().sign('tracking', 'a');
  expect(statSync(at(KEYS)).mode & 0o777).toBe(0o600);
  expect(open().sign('tracking', 'a')).toEqual(signed);
  expect(told).toEqual([]);
  const other = scratchDirectory();
  openFormat(other.path, { generation: 1, shards: 2 });
  expect(open({ dir: other.path }).sign('tracking', 'a')).not.toEqual(signed);
  other.remove();
});

test('a new key above the old one signs, and what the old one signed is still right', () => {
  const signed = open().sign('tracking', 'a');
  writeFileSync(at(KEYS), `# new\n${key(1)}\n${readFileSync(at(KEYS), 'utf8')}`);
  const rotated = open();
  expect(rotated.sign('tracking', 'a')).not.toEqual(signed);
  expect(rotated.verify('tracking', 'a', signed)).toBe(true);
});

test('a key that was in use and is gone stops the start, until that is accepted', () => {
  const [print] = open().fingerprints;
  const whole = readFileSync(at(KEYS), 'utf8');
  rmSync(at(KEYS));
  expect(faultOf()).toContain(`${at(KEYS)} is missing, which held the keys ${print}: links in messages`);
  writeFileSync(at(KEYS), `${key(1)}\n`, { mode: 0o600 });
  expect(faultOf()).toContain(`${at(KEYS)} lacks keys that were in use: ${print}: links in messages`);
  expect(faultOf({ secretKeys: at(KEYS) })).toContain('lacks keys that were in use');
  writeFileSync(at(KEYS), whole, { mode: 0o600 });
  expect(faultOf()).toBe('none');
  rmSync(at(KEYS));
  expect(open({ acceptLoss: true }).fingerprints).not.toContain(print);
  expect(told).toEqual([`accepted: ${at(KEYS)} is missing, which held the keys ${print}`]);
  expect(faultOf()).toBe('none');
});

test('a file of the settings is used in place of KEYS, which is not made', () => {
  const file = at('elsewhere');
  writeFileSync(file, `${key(1)}\n${key(2)}\n`, { mode: 0o600 });
  expect(open({ secretKeys: file }).fingerprints).toHaveLength(2);
  expect(() => statSync(at(KEYS))).toThrow('ENOENT');
  expect(open({ store: 'memory', secretKeys: file }).fingerprints).toHaveLength(2);
  expect(told).toEqual([]);
  chmodSync(file, 0o644);
  open({ secretKeys: file });
  expect(told).toEqual([`${file} can be read by every user of this machine: chmod 600 ${file}`]);
});

test('a file that cannot be used is told with its name and each rule, and never with a key', () => {
  const file = at('elsewhere');
  expect(faultOf({ secretKeys: file })).toBe(`the secret keys in ${file} cannot be read: ENOENT`);
  const cases: readonly (readonly [text: string, said: string])[] = [
    ['', 'there is no key: one a line'],
    ['# nothing\n\n', 'there is no key: one a line'],
    [`${key(1)}\nhunter two\n`, 'line 2: a key must be in base64 or base64url'],
    [key(1).slice(0, 42), 'line 1: a key must be of 32 to 64 bytes, and this one is of 31'],
    [key(1).repeat(2).replaceAll('=', 'A'), 'line 1: a key must be of 32 to 64 bytes, and this one is of 66'],
    [Buffer.alloc(32).toString('base64'), 'line 1: a key must be random'],
    [`${key(1)}\n\n${key(1)}`, 'line 3: the same key stands above'],
    [
      Array.from({ length: 17 }, (_, i) => key(i)).join('\n'),
      'there are 17 keys, and at most 16 may be there',
    ],
  ];
  for (const [text, said] of cases) {
    writeFileSync(file, text, { mode: 0o600 });
    const fault = faultOf({ secretKeys: file });
    expect(fault).toContain(`the secret keys in ${file}: ${said}`);
    for (const line of text.split('\n'))
      if (line.length > 5 && !line.startsWith('#')) expect(fault).not.toContain(line);
  }
  writeFileSync(file, Array.from({ length: 16 }, (_, i) => key(i)).join('\n'), { mode: 0o600 });
  expect(open({ secretKeys: file }).fingerprints).toHaveLength(16);
});
