import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeCertificates } from './certificates.ts';

test('an authority signs what it gives out, for the names that are said, and no other authority does', async () => {
  const [made, other] = await Promise.all([makeCertificates(), makeCertificates()]);
  const ca = new X509Certificate(made.ca.cert);
  for (const { cert } of [made.server, made.client, made.elsewhere]) {
    const leaf = new X509Certificate(cert);
    expect(leaf.checkIssued(ca) && leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.verify(new X509Certificate(other.ca.cert).publicKey)).toBe(false);
  }
  const server = new X509Certificate(made.server.cert);
  expect([server.checkHost('localhost'), server.checkIP('127.0.0.1'), server.checkIP('::1')]).toEqual([
    'localhost',
    '127.0.0.1',
    '::1',
  ]);
  expect(new X509Certificate(made.elsewhere.cert).checkIP('127.0.0.1')).toBeUndefined();
});
