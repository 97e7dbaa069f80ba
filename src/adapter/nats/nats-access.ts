import { checkServerIdentity } from 'node:tls';
import {
  type ConnectionOptions,
  credsAuthenticator,
  nkeyAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import type { StoreAccess, StoreCredentials, StoreTls } from '../../port/store-access.ts';

/** What the library is told of credentials and TLS for a connection to `host`. */
export function natsAccess(
  { credentials, tls }: StoreAccess,
  host: string,
): Pick<ConnectionOptions, 'authenticator' | 'tls'> {
  return {
    ...(credentials === undefined ? {} : { authenticator: authenticatorOf(credentials) }),
    ...(tls === undefined ? {} : { tls: tlsOf(tls, host) }),
  };
}

function authenticatorOf(credentials: StoreCredentials) {
  if (credentials.kind === 'password')
    return usernamePasswordAuthenticator(credentials.user, credentials.password);
  return credentials.kind === 'nkey'
    ? nkeyAuthenticator(Buffer.from(credentials.seed))
    : credsAuthenticator(Buffer.from(credentials.text));
}

function tlsOf({ ca, own }: StoreTls, host: string): NonNullable<ConnectionOptions['tls']> {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...own,
    // The library upgrades an open socket and names no host for an address of numbers: Node would take a certificate of "localhost" for it.
    ...{
      checkServerIdentity: (_: string, cert: Parameters<typeof checkServerIdentity>[1]) =>
        checkServerIdentity(host, cert),
    },
  };
}
