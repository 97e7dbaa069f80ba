/**
 * The certificate files of a server: read at start, and again when they change.
 *
 * I1  Files that do not load leave the certificates in use as they are, and are told once for each content.
 * I2  Reading them never throws out of a timer: a renewal that is half written is tried again at the next look.
 */

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Observer } from '../port/observer.ts';
import type { TlsFiles } from '../rpc/grpc/listener.ts';
import { CommandError, EXIT } from './command/command-line.ts';

export interface TlsPaths {
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly tlsClientCa: string;
}

const LOOK_MS = 2_000;

/** What the settings name; undefined: no TLS. Throws CommandError with a sentence: a file is missing, or does not load. */
export function readTlsFiles(paths: TlsPaths): TlsFiles | undefined {
  const { tlsCert, tlsKey, tlsClientCa } = paths;
  if (tlsCert === '' && tlsKey === '') {
    if (tlsClientCa === '') return undefined;
    throw new CommandError('--tls-client-ca needs --tls-cert and --tls-key as well', EXIT.usage);
  }
  if (tlsCert === '' || tlsKey === '') {
    throw new CommandError(
      `${tlsCert === '' ? '--tls-key' : '--tls-cert'} needs ${tlsCert === '' ? '--tls-cert' : '--tls-key'} as well`,
      EXIT.usage,
    );
  }
  const files = {
    cert: readPem('--tls-cert', tlsCert),
    key: readPem('--tls-key', tlsKey),
    clientCa: tlsClientCa === '' ? undefined : readCa('--tls-client-ca', tlsClientCa),
  };
  const fault = faultOf(files);
  if (fault === undefined) return files;
  throw new CommandError(`--tls-cert ${tlsCert} and --tls-key ${tlsKey} do not load: ${fault}`, EXIT.usage);
}

/** Hands new contents to `renew` when the files change (looked at every 2 s). Returns how to stop. */
export function watchTlsFiles(
  paths: TlsPaths,
  current: TlsFiles,
  renew: (files: TlsFiles) => void,
  observer: Observer,
): () => void {
  let used = digest(current);
  let refused = '';
  const look = (): void => {
    try {
      const files = readTlsFiles(paths) as TlsFiles;
      const found = digest(files);
      if (found === used) return;
      renew(files);
      used = found;
      refused = '';
      observer.info(`new connections use the certificate in ${paths.tlsCert} as it is now`);
    } catch (fault) {
      // I1, I2
      const why = fault instanceof Error ? fault.message : String(fault);
      if (why !== refused) observer.fault(`${why}; the certificate loaded before stays in use`);
      refused = why;
    }
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return () => clearInterval(timer);
}

/** A file of authorities. Throws CommandError with a sentence: it cannot be read, or holds none (of which OpenSSL says nothing). */
export function readCa(flag: string, file: string): string {
  const pem = readPem(flag, file);
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
    if (blocks.length > 0) return pem;
  } catch {
    // Whatever the reason, it is no certificate.
  }
  throw new CommandError(`${flag} ${file} holds no certificate as PEM`, EXIT.usage);
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (fault) {
    throw new CommandError(
      `${flag} ${file} cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`,
      EXIT.usage,
    );
  }
}

/** Why a pair cannot be used, as OpenSSL says it; undefined when it can. */
function faultOf({ cert, key }: Pick<TlsFiles, 'cert' | 'key'>): string | undefined {
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

function digest({ cert, key, clientCa }: TlsFiles): string {
  return [cert, key, clientCa ?? ''].join('\0');
}
