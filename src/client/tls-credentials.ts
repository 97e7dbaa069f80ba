import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';

/** What TLS goes by, as PEM. An empty object: TLS with the authorities that Node trusts, and no certificate of one's own. */
export interface TlsOptions {
  /** The authorities that may sign the service's certificate, in place of those that Node trusts. */
  readonly ca?: string | Uint8Array;
  /** Who calls, for a service that asks: the certificate, with those in between behind it. */
  readonly cert?: string | Uint8Array;
  /** The private key of `cert`, without a passphrase. */
  readonly key?: string | Uint8Array;
}

export type TlsPart = keyof TlsOptions;

/** Credentials of what `tlsFaults` finds no fault with. */
export function tlsCredentials({ ca, cert, key }: TlsOptions): ChannelCredentials {
  return credentials.createSsl(bufferOf(ca), bufferOf(key), bufferOf(cert));
}

/** What is wrong, a sentence a fault; `nameOf` says how its reader knows a part. */
export function tlsFaults({ ca, cert, key }: TlsOptions, nameOf: (part: TlsPart) => string): string[] {
  const faults: string[] = [];
  if (ca !== undefined && certificates(ca).length === 0)
    faults.push(`${nameOf('ca')} holds no certificate as PEM.`);
  const [own] = cert === undefined ? [] : certificates(cert);
  if (cert !== undefined && own === undefined) faults.push(`${nameOf('cert')} holds no certificate as PEM.`);
  if (cert !== undefined && key === undefined) faults.push(`${nameOf('cert')} needs ${nameOf('key')}.`);
  if (key === undefined) return faults;
  if (cert === undefined) faults.push(`${nameOf('key')} needs ${nameOf('cert')}.`);
  const secret = privateKey(key);
  if (typeof secret === 'string') faults.push(`${nameOf('key')} ${secret}.`);
  else if (own?.checkPrivateKey(secret) === false) {
    faults.push(`${nameOf('key')} is not the key of ${nameOf('cert')}.`);
  }
  return faults;
}

/** All of them; none where one cannot be read. */
function certificates(pem: string | Uint8Array): X509Certificate[] {
  const blocks = textOf(pem).match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    // Whatever the reason, it is no certificate.
    return [];
  }
}

function privateKey(pem: string | Uint8Array): KeyObject | string {
  const text = textOf(pem);
  // Of the header: the error's code differs with the kind of encryption.
  if (text.includes('ENCRYPTED')) return 'is encrypted, and a key without a passphrase is wanted';
  try {
    return createPrivateKey(text);
  } catch {
    // Whatever the reason, it is no key.
    return 'holds no private key as PEM';
  }
}

function textOf(pem: string | Uint8Array): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');
}

function bufferOf(pem: string | Uint8Array | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(textOf(pem), 'latin1');
}
