/** The ways in which a NATS may know a node, against a server that wants each. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import type { StoreCredentials } from '../../port/store-access.ts';
import { startNatsServer } from '../../proof/servers/nats-server.ts';
import { onNats } from './nats-home.fixture.ts';

type KeyPair = ReturnType<typeof nkeys.createUser>;

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A claim of NATS, as `nsc` makes it. */
function jwtOf(issuer: KeyPair, subject: string, type: string, more: object = {}): string {
  const claims = {
    ...{ jti: `${type}-1`, iat: Math.floor(Date.now() / 1_000), iss: issuer.getPublicKey(), sub: subject },
    ...{ name: type, nats: { type, version: 2, ...more } },
  };
  const text = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded(claims)}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}

onNats((home) => {
  let servers = 0;

  /** Whether a server with these settings lets somebody in; what it says where not. */
  async function knows(settings: readonly string[], credentials: StoreCredentials): Promise<string> {
    const directory = join(home.scratch, `knows-${servers++}`);
    mkdirSync(directory);
    const own = await startNatsServer({ directory, settings });
    const door = home.door({
      servers: [own.address],
      access: () => ({ credentials, tls: undefined }),
    });
    const said = await door.speak().then(
      ({ connection }) => (connection.isClosed() ? 'closed' : 'let in'),
      (fault: Error) => fault.message,
    );
    await door.close();
    await own.stop();
    return said;
  }

  const seedOf = (pair: KeyPair): string => Buffer.from(pair.getSeed()).toString();

  test('an nkey', async () => {
    const [mine, other] = [nkeys.createUser(), nkeys.createUser()];
    const settings = [`authorization { users: [{ nkey: ${mine.getPublicKey()} }] }`];
    expect(await knows(settings, { kind: 'nkey', seed: seedOf(mine) })).toBe('let in');
    expect(await knows(settings, { kind: 'nkey', seed: seedOf(other) })).toMatch(/Authorization Violation/);
  });

  test('a credentials file with JWT and seed', async () => {
    const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
    const system = nkeys.createAccount();
    const unbound = {
      limits: { subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1 },
    };
    const accounts = [account, system].map((one) => {
      const key = one.getPublicKey();
      return `${key}: ${jwtOf(operator, key, 'account', unbound)}`;
    });
    const settings = [
      `operator: ${jwtOf(operator, operator.getPublicKey(), 'operator')}`,
      'resolver: MEMORY',
      `resolver_preload: { ${accounts.join(', ')} }`,
      `system_account: ${system.getPublicKey()}`,
    ];
    const limits = { subs: -1, data: -1, payload: -1 };
    const file = (signer: KeyPair): StoreCredentials => ({
      kind: 'jwt',
      text: `-----BEGIN NATS USER JWT-----
${jwtOf(signer, user.getPublicKey(), 'user', limits)}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${seedOf(user)}
------END USER NKEY SEED------
`,
    });
    expect(await knows(settings, file(account))).toBe('let in');
    expect(await knows(settings, file(nkeys.createAccount()))).toMatch(/Authorization Violation/);
  });
});
