/** How the servers of a store are spoken to: as whom, and over what. It holds secrets: it is never logged, and no fault shows it. */

export type StoreCredentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** The seed of an nkey of NATS: `SU…`. */
  | { readonly kind: 'nkey'; readonly seed: string }
  /** A credentials file of NATS as it stands: a JWT and the seed that signs for it. */
  | { readonly kind: 'jwt'; readonly text: string };

/** As PEM. */
export interface StoreTls {
  /** Of the authorities that may sign the server's certificate; undefined: those that Node trusts. */
  readonly ca: string | undefined;
  /** What this side shows. */
  readonly own: { readonly cert: string; readonly key: string } | undefined;
}

export interface StoreAccess {
  /** Undefined: nobody is named. */
  readonly credentials: StoreCredentials | undefined;
  /** Undefined: in plain text. */
  readonly tls: StoreTls | undefined;
}

/** Asked before each connection, so that files may be renewed. Throws nothing. */
export type AccessNow = () => StoreAccess;

/** To a server that asks nobody who they are, in plain text. */
export const PLAIN_ACCESS: StoreAccess = { credentials: undefined, tls: undefined };
