import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observer } from '../port/observer.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { makeCertificates } from '../proof/bench/certificates.ts';
import { quietObserver } from './quiet-observer.ts';
import { openStoreAccess, type StoreFiles } from './store-access.ts';
import { parseCredentials } from './store-credentials.ts';

const SEED = `SU${'A'.repeat(56)}`;
const CREDS = `-----BEGIN NATS USER JWT-----
eyJ0eXAi.eyJqdGk.c2ln
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${SEED}
------END USER NKEY SEED------
`;

describe('a credentials file', () => {
  test('has a user and a password, an nkey, or what NATS makes', () => {
    const password = { kind: 'password', user: 'node', password: 'a: b#c' };
    for (const store of ['nats', 'redis'] as const)
      expect(parseCredentials('# mine\r\nuser: node\n\npassword:  a: b#c \n', store)).toEqual(password);
    expect(parseCredentials(`${SEED}\n`, 'nats')).toEqual({ kind: 'nkey', seed: SEED });
    expect(parseCredentials(CREDS, 'nats')).toEqual({ kind: 'jwt', text: CREDS });
  });

  test.each([
    ['redis', 'user: node\npasswort: hunter2', 'line 2 must be "user: NAME" or "password: SECRET"'],
    ['redis', 'hunter2', 'line 1 must be "user: NAME" or "password: SECRET"'],
    ['redis', 'user: a\nuser: hunter2', 'line 2 says "user:" a second time'],
    ['redis', 'user: hunter2', 'must have the line "password: SECRET"'],
    ['redis', SEED, 'line 1 must be "user: NAME" or "password: SECRET"'],
    ['redis', '', 'must have the line "user: NAME"'],
    [
      'nats',
      '',
      'must have the line "user: NAME", or be a credentials file of NATS, or the seed of a user ("SU…")',
    ],
    [
      'nats',
      CREDS.replace(SEED, 'hunter2'),
      'must hold a "NATS USER JWT" and behind it a "USER NKEY SEED", each between its marks',
    ],
  ] as const)('of %s that says %j is refused, and nothing of it is shown', (store, text, fault) => {
    expect(parseCredentials(text, store)).toEqual({ fault });
  });
});

describe('the files of a store', () => {
  let scratch: ScratchDirectory;
  let pems: Readonly<Record<'ca' | 'cert' | 'key', string>>;
  beforeAll(async () => {
    scratch = scratchDirectory();
    const { ca, client } = await makeCertificates();
    pems = { ca: ca.cert, cert: client.cert, key: client.key };
  });
  afterAll(() => scratch.remove());

  const file = (name: string, text: string): string => {
    const path = join(scratch.path, name);
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, 0o600);
    return path;
  };
  const open = (change: Partial<StoreFiles>, observer: Observer = quietObserver) =>
    openStoreAccess('redis', { credentials: '', ca: '', cert: '', key: '', ...change }, observer);

  test('are what a server is spoken to by', () => {
    const credentials = file('whole.txt', 'user: a\npassword: b\n');
    const [ca, cert, key] = [file('ca.pem', pems.ca), file('c.pem', pems.cert), file('k.pem', pems.key)];
    expect(open({})()).toEqual({ credentials: undefined, tls: undefined });
    expect(open({ credentials, ca, cert, key })()).toEqual({
      credentials: { kind: 'password', user: 'a', password: 'b' },
      tls: { ca: pems.ca, own: { cert: pems.cert, key: pems.key } },
    });
    expect(open({ ca: 'default' })().tls).toEqual({ ca: undefined, own: undefined });
  });

  test('are refused at start with flag, file and rule', () => {
    const [ca, cert, key] = [file('ca.pem', pems.ca), file('c.pem', pems.cert), file('k.pem', pems.key)];
    const odd = file('odd.pem', 'nothing');
    const refused = (change: Partial<StoreFiles>) => {
      try {
        open(change);
        return '';
      } catch (fault) {
        return (fault as Error).message;
      }
    };
    expect(refused({ credentials: '/nowhere/r.txt' })).toBe(
      '--redis-credentials /nowhere/r.txt cannot be read: ENOENT',
    );
    expect(refused({ credentials: file('half.txt', 'user: a') })).toMatch(
      /^--redis-credentials .*half\.txt must have the line "password: SECRET"$/,
    );
    expect(refused({ ca, cert })).toBe('--redis-cert needs --redis-key as well');
    expect(refused({ ca, key })).toBe('--redis-key needs --redis-cert as well');
    expect(refused({ cert, key })).toMatch(/^--redis-cert needs --redis-ca as well/);
    expect(refused({ ca: odd })).toMatch(/^--redis-ca .*odd\.pem holds no certificate \(PEM\)$/);
    expect(refused({ ca, cert, key: odd })).toMatch(/^--redis-ca .*, --redis-key .*odd\.pem do not load: /);
  });

  test('that every user of the machine can read are told', () => {
    const credentials = file('open.txt', 'user: a\npassword: b\n');
    chmodSync(credentials, 0o644);
    const told: string[] = [];
    open({ credentials }, { ...quietObserver, info: (sentence) => void told.push(sentence) });
    expect(told).toEqual([
      `${credentials} can be read by every user of this machine: chmod 600 ${credentials}`,
    ]);
  });

  test('are read again, and ones that do not load leave what was there, and are told once', () => {
    const credentials = file('turned.txt', 'user: a\npassword: b\n');
    const told: string[] = [];
    const access = open({ credentials }, { ...quietObserver, fault: (sentence) => void told.push(sentence) });
    file('turned.txt', 'user: a\npassword: c\n');
    expect(access().credentials).toMatchObject({ password: 'c' });
    file('turned.txt', 'user: a\n');
    for (let n = 0; n < 3; n++) expect(access().credentials).toMatchObject({ password: 'c' });
    rmSync(credentials);
    expect(access().credentials).toMatchObject({ password: 'c' });
    expect(told).toEqual([
      expect.stringMatching(/"password: SECRET"; what it held before stays in use$/),
      expect.stringMatching(/cannot be read: ENOENT; what it held before stays in use$/),
    ]);
  });
});
