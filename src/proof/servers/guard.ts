/** What servers and those who speak to them need to know each other: certificates of one authority, and a credentials file a user, all made here. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreAccess, StoreCredentials } from '../../port/store-access.ts';
import { makeCertificates } from '../bench/certificates.ts';

/** Of the files in deploy/. */
const USERS = ['attune-node', 'attune-reader', 'attune-auditor', 'attune-operator', 'system'] as const;
export type GuardedUser = (typeof USERS)[number];

export interface Guard {
  readonly directory: string;
  /** Of the authority. */
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  /** Signed by the same authority, for another host. */
  readonly elsewhere: { readonly cert: string; readonly key: string };
  passwordOf(user: GuardedUser): string;
  /** The credentials file of a user. */
  fileOf(user: GuardedUser): string;
  accessOf(user: GuardedUser): StoreAccess;
}

/**
 * Writes all of it into `directory`.
 *
 * @internal For tests alone.
 */
export async function makeGuard(directory: string): Promise<Guard> {
  const { ca, server, elsewhere } = await makeCertificates();
  const write = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const pair = (name: string, { cert, key }: { cert: string; key: string }) => ({
    ...{ cert: write(`${name}.crt`, cert), key: write(`${name}.key`, key) },
  });
  const credentials = new Map(
    USERS.map((user): [GuardedUser, StoreCredentials & { kind: 'password' }] => [
      user,
      { kind: 'password', user, password: randomBytes(12).toString('hex') },
    ]),
  );
  const of = (user: GuardedUser) => {
    const found = credentials.get(user);
    if (found === undefined) throw new Error(`there is no user ${user}`);
    return found;
  };
  const files = new Map(
    USERS.map((user) => [user, write(`${user}.txt`, `user: ${user}\npassword: ${of(user).password}\n`)]),
  );
  const caFile = write('ca.crt', ca.cert);
  return {
    ...{ directory, ca: caFile, server: pair('server', server), elsewhere: pair('elsewhere', elsewhere) },
    passwordOf: (user) => of(user).password,
    fileOf: (user) => files.get(user) as string,
    accessOf: (user) => ({
      credentials: of(user),
      tls: { ca: readFileSync(caFile, 'utf8'), own: undefined },
    }),
  };
}
