import type { AttuneError } from '../../client/attune-error.ts';
import type { TlsOptions } from '../../client/tls-credentials.ts';

/** What OpenSSL and Node say of a connection that came to nothing, what it means, and what helps. */
const FAULTS: readonly (readonly [said: RegExp, means: string, helps: string])[] = [
  [
    /wrong version number|packet length too long|http request/i,
    'it does not speak TLS',
    'Call it without --tls-ca, --tls-cert and --tls-key.',
  ],
  [
    /ALTNAME_INVALID|does not match certificate's altnames/,
    'its certificate is for another name',
    'Call it with --address by a name that its certificate holds.',
  ],
  [
    /certificate has expired|CERT_HAS_EXPIRED|certificate is not yet valid/,
    'its certificate is not valid today',
    'It needs a new one (--tls-cert of the service), or a clock is wrong.',
  ],
  [
    /unable to (get|verify)|self.signed|signature failure|UNABLE_TO_|invalid CA/i,
    'its certificate is signed by an authority that is not trusted here',
    'Name a PEM file of the one that signed it with --tls-ca.',
  ],
  [
    /alert certificate required/,
    'it asks for a certificate of the caller',
    'Send one with --tls-cert and --tls-key.',
  ],
  [
    /alert (unknown ca|(bad|unsupported|unknown) certificate|certificate (expired|revoked|unknown)|access denied)/,
    "it does not accept this caller's certificate",
    'Send one with --tls-cert that an authority signed which the service knows.',
  ],
];

/** Broken off before the first reply, without a word. */
const SILENT = /Failed to connect|ECONNRESET|EPIPE|socket hang up|Connection dropped/;

/** Why there was no answer, and what helps, where TLS may be the reason; undefined elsewhere. */
export function tlsFaultText(
  { reason, message }: Pick<AttuneError, 'reason' | 'message'>,
  tls: TlsOptions | undefined,
): string | undefined {
  if (reason !== '') return undefined;
  const known = tls === undefined ? undefined : FAULTS.find(([said]) => said.test(message));
  if (known !== undefined) return `${known[1]}\n${known[2]}`;
  if (!SILENT.test(message)) return undefined;
  if (tls === undefined)
    return 'it ended the connection\nIf it speaks TLS, name its authority with --tls-ca.';
  if (tls.cert === undefined)
    return 'it ended the connection\nIf it asks for a certificate of the caller, send one with --tls-cert and --tls-key.';
  return "it ended the connection\nIt may not accept this caller's certificate: --tls-cert wants one of an authority that the service knows.";
}
