/**
 * The files by which NATS and Redis are spoken to: read at start, where a fault refuses it, and again before each connection.
 *
 * I1  Files that do not load any more leave those in use as they are, and are told once for each fault.
 * I2  No fault shows what stands in a file.
 */
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { flagOf } from '../config/option.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { AccessNow, StoreAccess, StoreCredentials, StoreTls } from '../port/store-access.ts';
import { parseCredentials, type StoreName } from './store-credentials.ts';

/** Where the files are; '' where there is none. `ca` may be "default". */
export interface StoreFiles {
  readonly credentials: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The options that name them, for the sentences of faults. */
const OPTIONS: Readonly<Record<StoreName, Readonly<Record<keyof StoreFiles, string>>>> = {
  nats: { credentials: 'natsCreds', ca: 'natsCa', cert: 'natsCert', key: 'natsKey' },
  redis: { credentials: 'redisCredentials', ca: 'redisCa', cert: 'redisCert', key: 'redisKey' },
};

export function storeFlag(store: StoreName, file: keyof StoreFiles): string {
  return flagOf(OPTIONS[store][file]);
}

/** What is said before each connection. Throws PortError with a sentence where the files do not load now. */
export function openStoreAccess(store: StoreName, files: StoreFiles, observer: Observer): AccessNow {
  let used = readAccess(store, files);
  let refused = '';
  for (const file of [files.credentials, files.key]) tellWhoReads(file, observer);
  return () => {
    try {
      used = readAccess(store, files);
      refused = '';
    } catch (fault) {
      // I1
      const why = fault instanceof Error ? fault.message : String(fault);
      if (why !== refused) observer.fault(`${why}; what it held before stays in use`);
      refused = why;
    }
    return used;
  };
}

function readAccess(store: StoreName, files: StoreFiles): StoreAccess {
  return { credentials: credentialsOf(store, files.credentials), tls: tlsOf(store, files) };
}

function credentialsOf(store: StoreName, file: string): StoreCredentials | undefined {
  if (file === '') return undefined;
  const flag = storeFlag(store, 'credentials');
  const found = parseCredentials(read(flag, file), store);
  if ('fault' in found) throw refused(`${flag} ${file} ${found.fault}`);
  return found;
}

function tlsOf(store: StoreName, { ca, cert, key }: StoreFiles): StoreTls | undefined {
  const flags = { ca: storeFlag(store, 'ca'), cert: storeFlag(store, 'cert'), key: storeFlag(store, 'key') };
  if ((cert === '') !== (key === ''))
    throw refused(
      `${cert === '' ? flags.key : flags.cert} needs ${cert === '' ? flags.cert : flags.key} as well`,
    );
  if (ca === '') {
    if (cert !== '')
      throw refused(`${flags.cert} needs ${flags.ca} as well: a certificate is shown over TLS only`);
    return undefined;
  }
  const tls = {
    ca: ca === 'default' ? undefined : read(flags.ca, ca),
    own: cert === '' ? undefined : { cert: read(flags.cert, cert), key: read(flags.key, key) },
  };
  if (tls.ca !== undefined && !tls.ca.includes('-----BEGIN CERTIFICATE-----'))
    throw refused(`${flags.ca} ${ca} holds no certificate (PEM)`);
  try {
    createSecureContext({ ...(tls.ca === undefined ? {} : { ca: tls.ca }), ...tls.own });
  } catch (fault) {
    const which = [
      `${flags.ca} ${ca}`,
      ...(cert === '' ? [] : [`${flags.cert} ${cert}`, `${flags.key} ${key}`]),
    ];
    throw refused(
      `${which.join(', ')} do not load: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  }
  return tls;
}

function read(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (fault) {
    throw refused(`${flag} ${file} cannot be read: ${(fault as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

function tellWhoReads(file: string, observer: Observer): void {
  if (file !== '' && (statSync(file).mode & 0o007) !== 0)
    observer.info(`${file} can be read by every user of this machine: chmod 600 ${file}`);
}

function refused(sentence: string): PortError {
  return new PortError('unavailable', sentence, { outcome: 'nothing_written' });
}
