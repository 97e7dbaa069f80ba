/** A nats-server for the tests of this room, with TLS and the users of deploy/nats, and deployments of the tests' own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { type Guard, type GuardedUser, makeGuard } from '../../proof/servers/guard.ts';
import { type NatsServer, startNatsServer } from '../../proof/servers/nats-server.ts';
import { isThere, natsServerProgram } from '../../proof/servers/server-programs.ts';
import { natsAccess } from './nats-access.ts';
import { NatsDoor, type NatsDoorOptions } from './nats-door.ts';
import type { StreamOptions } from './shard-stream.ts';

export interface Deployment extends StreamOptions {
  /** Opened anew by each call. */
  door(): NatsDoor;
  /** Drops all of its streams. */
  drop(): Promise<void>;
  /** The same, and ends its connections. */
  destroy(): Promise<void>;
}

interface OwnServer {
  readonly directory?: string;
  readonly port?: number;
  /** Default: the certificate of the host. */
  readonly shows?: Guard['server'];
  /** Default: with TLS and users. */
  readonly isGuarded?: boolean;
}

export interface NatsHome {
  readonly server: NatsServer;
  readonly guard: Guard;
  readonly scratch: string;
  /** Another server, of the same users. In a new directory by default. */
  ownServer(change?: OwnServer): Promise<{ own: NatsServer; directory: string }>;
  /** The caller's to close. */
  connect(user: GuardedUser): Promise<NatsConnection>;
  door(change?: Partial<NatsDoorOptions>): NatsDoor;
  deployment(change?: Partial<StreamOptions>): Deployment;
}

const hasServer = await isThere(natsServerProgram);

/** Describes tests on a server that is started before them and ended after them. */
export function onNats(tests: (home: NatsHome) => void): void {
  describe.skipIf(!hasServer)('on nats-server', () => tests(natsHome()));
}

function natsHome(): NatsHome {
  let scratch: ScratchDirectory;
  let server: NatsServer;
  let guard: Guard;
  let deployments = 0;
  let owns = 0;
  beforeAll(async () => {
    scratch = scratchDirectory();
    guard = await makeGuard(scratch.path);
    server = await startNatsServer({ directory: scratch.path, guard });
  });
  afterAll(async () => {
    await server?.stop();
    scratch?.remove();
  });
  const door = (change: Partial<NatsDoorOptions> = {}): NatsDoor =>
    new NatsDoor({
      ...{ servers: [server.address], name: 'test', dialMs: 2_000, redialMs: 100, answerMs: 5_000 },
      steadyMs: () => performance.now(),
      access: () => guard.accessOf('attune-node'),
      ...change,
    });
  const connectAs = (user: GuardedUser): Promise<NatsConnection> =>
    connect({
      ...natsAccess(guard.accessOf(user), '127.0.0.1'),
      ...{ servers: [server.address], reconnect: false },
      inboxPrefix: user === 'attune-node' ? '_INBOX' : `_INBOX_${user.replace('attune-', '')}`,
    });
  return {
    get guard() {
      return guard;
    },
    async ownServer({
      directory = join(scratch.path, `own-${owns++}`),
      port = -1,
      shows = guard.server,
      isGuarded = true,
    } = {}) {
      mkdirSync(directory, { recursive: true });
      const own = await startNatsServer({
        ...{ directory, port },
        guard: isGuarded ? { ...guard, server: shows } : undefined,
      });
      return { own, directory };
    },
    connect: connectAs,
    get server() {
      return server;
    },
    get scratch() {
      return scratch.path;
    },
    door,
    deployment(change = {}) {
      const prefix = `t${deployments++}`;
      const doors: NatsDoor[] = [];
      return {
        ...{ prefix, replicas: 1, maxBytes: 64 * 2 ** 20, ...change },
        door() {
          const made = door();
          doors.push(made);
          return made;
        },
        async destroy() {
          for (const one of doors) await one.close();
          await this.drop();
        },
        async drop() {
          const connection = await connectAs('attune-operator');
          const manager = await jetstreamManager(connection);
          for await (const { config } of manager.streams.list())
            if (config.name.replace(/^(OBJ|KV)_/, '').startsWith(`${prefix}-`))
              await manager.streams.delete(config.name);
          await connection.close();
        },
      };
    },
  };
}
