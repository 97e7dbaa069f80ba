/** What the users of deploy/nats may do, and with whom a node speaks. */

import { readFileSync } from 'node:fs';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { describe, expect, test } from 'vitest';
import type { StoreAccess } from '../../port/store-access.ts';
import type { GuardedUser } from '../../proof/servers/guard.ts';
import { JetStreamFactLog } from './jetstream-fact-log.ts';
import { onNats } from './nats-home.fixture.ts';

onNats((home) => {
  async function as<T>(user: GuardedUser, use: (connection: NatsConnection) => Promise<T>): Promise<T> {
    const connection = await home.connect(user);
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }

  /** What the server says to a message that a user publishes; '': nothing. */
  function publishedBy(user: GuardedUser, subject: string): Promise<string> {
    return as(user, async (connection) => {
      const refused = (async () => {
        for await (const status of connection.status())
          if (status.type === 'error') return status.error.message;
        return '';
      })();
      connection.publish(subject, 'a fact of mine');
      await connection.flush();
      void connection.close();
      return refused;
    });
  }

  async function withRecords() {
    const deployment = home.deployment();
    const log = new JetStreamFactLog(deployment.door(), deployment);
    for (let n = 0; n < 3; n++) await log.append(0, n, Uint8Array.of(n));
    return {
      ...deployment,
      log,
      stream: `${deployment.prefix}-log-0`,
      subject: `${deployment.prefix}.log.0`,
    };
  }

  describe('the users of deploy/nats', () => {
    test.each(['attune-reader', 'attune-operator'] as const)(
      '%s publishes to no log of a shard',
      async (user) => {
        const { log, subject } = await withRecords();
        expect(await publishedBy(user, subject)).toMatch(/Permissions Violation for Publish to ".*\.log\.0"/);
        expect(await log.bounds(0)).toEqual({ first: 1, last: 3 });
      },
    );

    test('the reader sees how a stream is, and neither reads, purges, changes nor deletes it', async () => {
      const { log, stream, subject } = await withRecords();
      await as('attune-reader', async (connection) => {
        const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 2_000 });
        const { config, state } = await manager.streams.info(stream);
        expect(state.messages).toBe(3);
        const refused = expect.objectContaining({ message: expect.stringMatching(/Permissions Violation/) });
        const tries: (() => Promise<unknown>)[] = [
          () => manager.streams.purge(stream),
          () => manager.streams.delete(stream),
          () => manager.streams.deleteMessage(stream, 1),
          () => manager.streams.getMessage(stream, { seq: 1 }),
          () => manager.streams.update(stream, { ...config, max_age: 1_000_000_000 }),
          () => manager.streams.add({ name: 'mine', subjects: ['mine'], mirror: { name: stream } }),
          () => manager.consumers.add(stream, { durable_name: 'mine' }),
        ];
        for (const attempt of tries)
          expect(await attempt().catch((fault: unknown) => fault)).toEqual(refused);
        for (const heard of [subject, '_INBOX.>', '>', '$KV.>']) {
          const told = await new Promise<Error | null>((resolve) => {
            connection.subscribe(heard, { callback: (fault) => resolve(fault) });
          });
          expect(told?.message).toMatch(/Permissions Violation for Subscription/);
        }
      });
      expect(await log.bounds(0)).toEqual({ first: 1, last: 3 });
    });

    test('a node deletes and changes no stream, and deletes no record', async () => {
      const { log, stream } = await withRecords();
      await as('attune-node', async (connection) => {
        const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 2_000 });
        const { config } = await manager.streams.info(stream);
        for (const attempt of [
          () => manager.streams.delete(stream),
          () => manager.streams.deleteMessage(stream, 1),
          () => manager.streams.update(stream, { ...config, max_age: 1_000_000_000 }),
        ])
          await expect(attempt()).rejects.toThrow(/Permissions Violation/);
      });
      expect(await log.bounds(0)).toEqual({ first: 1, last: 3 });
    });
  });

  describe('a node that is not trusted, or does not trust', () => {
    const reasonOf = async (access: StoreAccess): Promise<string> => {
      const door = home.door({ access: () => access, redialMs: 60_000 });
      const fault = await door.speak().then(
        () => undefined,
        (cause: unknown) => cause as Error,
      );
      await door.close();
      return fault?.message ?? '';
    };
    const node = () => home.guard.accessOf('attune-node');

    test('is told so with the address and the reason', async () => {
      const wrong = { kind: 'password', user: 'attune-node', password: 'wrong-Pa55' } as const;
      for (const credentials of [wrong, undefined]) {
        const said = await reasonOf({ ...node(), credentials });
        expect(said).toMatch(/cannot be reached at 127\.0\.0\.1:\d+ \(Authorization Violation\)/);
        expect(said).not.toContain('wrong-Pa55');
      }
      expect(await reasonOf({ ...node(), tls: undefined })).toMatch(/unable to verify|self.signed/);
      const ca = readFileSync(home.guard.elsewhere.cert, 'utf8');
      expect(await reasonOf({ ...node(), tls: { ca, own: undefined } })).toMatch(/unable to|self.signed/);
      expect(await reasonOf(node())).toBe('');
    });

    test('a server that shows the certificate of another host is not spoken to, nor one that speaks no TLS', async () => {
      const { own } = await home.ownServer({ shows: home.guard.elsewhere });
      const door = home.door({ servers: [own.address] });
      await expect(door.speak()).rejects.toThrow(/127\.0\.0\.1 is not in the cert's list/);
      await door.close();
      await own.stop();
      const { own: plain } = await home.ownServer({ isGuarded: false });
      const other = home.door({ servers: [plain.address] });
      await expect(other.speak()).rejects.toThrow(/does not support 'tls'/);
      await other.close();
      await plain.stop();
    });

    test('a user that may not publish to the log is told at once, and nothing was written', async () => {
      const { prefix, stream } = await withRecords();
      const door = home.door({
        access: () => home.guard.accessOf('attune-reader'),
        inboxPrefix: '_INBOX_reader',
      });
      const { inbox } = await door.speak();
      const fault = await new Promise((resolve) => {
        const append = { stream, subject: `${prefix}.log.0`, expectedLast: 3, payload: Uint8Array.of(1) };
        inbox.append(append, resolve);
      });
      expect(fault).toMatchObject({
        ...{ kind: 'unavailable', outcome: 'nothing_written' },
        message: expect.stringMatching(/the user of --nats-creds may not publish there/),
      });
      await door.close();
    });

    test('one that may hear no answers sends nothing more', async () => {
      const { prefix, stream, log } = await withRecords();
      const door = home.door({ access: () => home.guard.accessOf('attune-operator') });
      const { inbox, connection } = await door.speak();
      await connection.flush();
      const append = { stream, subject: `${prefix}.log.0`, expectedLast: 3, payload: Uint8Array.of(1) };
      const fault = await new Promise((resolve) => {
        inbox.append(append, resolve);
      });
      expect(fault).toMatchObject({
        ...{ kind: 'unavailable', outcome: 'nothing_written' },
        message: expect.stringMatching(/its user may not hear answers/),
      });
      expect(await log.bounds(0)).toEqual({ first: 1, last: 3 });
      await door.close();
    });

    test('files that changed are said at the next connection', async () => {
      const { own, directory } = await home.ownServer();
      let access: StoreAccess = node();
      const door = home.door({ servers: [own.address], access: () => access, redialMs: 1 });
      await door.speak();
      await own.stop();
      const { own: again } = await home.ownServer({ directory, port: own.port });
      access = { ...access, credentials: undefined };
      await expect(door.speak()).rejects.toThrow(/Authorization Violation/);
      access = node();
      await new Promise((resolve) => setTimeout(resolve, 5));
      await door.speak();
      await door.close();
      await again.stop();
    });
  });
});
