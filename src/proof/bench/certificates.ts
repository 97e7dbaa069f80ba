/** Certificates for benches and tests, made when they are asked for and valid for a day. */
import { randomUUID } from 'node:crypto';
import { generate } from 'selfsigned';

/** A certificate and its private key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** The authority that `server` and `client` are signed by. */
  readonly ca: KeyPair;
  /** For `localhost`, 127.0.0.1 and ::1. */
  readonly server: KeyPair;
  /** Says who calls; signed by the same authority. */
  readonly client: KeyPair;
  /** As `server`, and says who calls as well: what a node shows to the others. */
  readonly node: KeyPair;
  /** Signed by the same authority, for `elsewhere.example` only. */
  readonly elsewhere: KeyPair;
}

const DAY_MS = 86_400_000;

/** An authority and what it signed. Two calls give two authorities that do not know each other. */
export async function makeCertificates(): Promise<Certificates> {
  // Authorities of one name and different keys are taken for one another, up to the signature.
  const ca = await pair(`Attune test authority ${randomUUID()}`, undefined, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
  const [server, client, node, elsewhere] = await Promise.all([
    pair('localhost', ca, [...LEAF, { name: 'extKeyUsage', serverAuth: true }, LOOPBACK]),
    pair('a caller', ca, [...LEAF, { name: 'extKeyUsage', clientAuth: true }]),
    pair('localhost', ca, [...LEAF, { name: 'extKeyUsage', serverAuth: true, clientAuth: true }, LOOPBACK]),
    pair('elsewhere.example', ca, [
      ...LEAF,
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'elsewhere.example' }] },
    ]),
  ]);
  return { ca, server, client, node, elsewhere };
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

const LEAF: Extensions = [
  { name: 'basicConstraints', cA: false },
  { name: 'keyUsage', digitalSignature: true, critical: true },
];

const LOOPBACK: Extensions[number] = {
  name: 'subjectAltName',
  altNames: [{ type: 2, value: 'localhost' }, ip('127.0.0.1'), ip('::1')],
};

function ip(address: string): { type: 7; ip: string } {
  return { type: 7, ip: address };
}

async function pair(name: string, ca: KeyPair | undefined, extensions: Extensions): Promise<KeyPair> {
  const now = Date.now();
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // An hour back: a clock that is corrected while tests run makes none of them invalid.
    notBeforeDate: new Date(now - DAY_MS / 24),
    notAfterDate: new Date(now + DAY_MS),
    extensions,
    ...(ca === undefined ? {} : { ca }),
  });
  return { cert: made.cert, key: made.private };
}
