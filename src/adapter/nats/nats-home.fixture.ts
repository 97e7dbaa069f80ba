/** A nats-server for the tests of this room, with deployments of their own. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { type NatsServer, startNatsServer } from '../../proof/servers/nats-server.fixture.ts';
import { isThere, natsServerProgram } from '../../proof/servers/server-programs.fixture.ts';
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

export interface NatsHome {
  readonly server: NatsServer;
  readonly scratch: string;
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
  let deployments = 0;
  beforeAll(async () => {
    scratch = scratchDirectory();
    server = await startNatsServer({ directory: scratch.path });
  });
  afterAll(async () => {
    await server?.stop();
    scratch?.remove();
  });
  const door = (change: Partial<NatsDoorOptions> = {}): NatsDoor =>
    new NatsDoor({
      ...{ servers: [server.address], name: 'test', dialMs: 2_000, redialMs: 100, answerMs: 5_000 },
      steadyMs: () => performance.now(),
      ...change,
    });
  return {
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
          const connection = await connect({ servers: [server.address] });
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
