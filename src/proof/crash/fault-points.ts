/**
 * Loaded into a service that is to die (`node --import`): ends the process without a word at one of the steps of a turn,
 * at the n-th time that it comes there. The service itself knows nothing of it: the steps are the calls of its adapters.
 */

import { DiskArchive } from '../../adapter/disk/disk-archive.ts';
import { DiskFactLog } from '../../adapter/disk/disk-fact-log.ts';
import { LmdbSnapshotStore } from '../../adapter/lmdb/lmdb-snapshot-store.ts';
import { ChannelRegistry } from '../../runtime/delivery/channel-registry.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

const given = new URL(import.meta.url).searchParams;
const point = given.get('point') ?? '';
let remaining = Number(given.get('after') ?? 1);

/** The process comes by a point; dies when its time has come. */
function pass(name: string): void {
  if (name !== point || --remaining > 0) return;
  process.stderr.write(`fault point: ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function wrap(prototype: object, method: string, asked: string, sent: string, done: string): void {
  const methods = prototype as Record<string, Method>;
  const inner = methods[method];
  if (inner === undefined) throw new Error(`there is no ${method} to put a fault point into`);
  methods[method] = function (...args) {
    pass(asked);
    const answer = inner.apply(this, args);
    pass(sent);
    if (!(answer instanceof Promise)) return answer;
    return answer.then((value: unknown) => {
      pass(done);
      return value;
    });
  };
}

// One appends by a group of one. Each record of a group comes by each point.
const { appendAll } = DiskFactLog.prototype;
DiskFactLog.prototype.appendAll = function (group, appended) {
  for (let n = 0; n < group.length; n++) pass('before the append');
  appendAll.call(this, group, (at, fault) => {
    if (fault === undefined) pass('append durable');
    appended(at, fault);
  });
  for (let n = 0; n < group.length; n++) pass('append under way');
};
wrap(DiskFactLog.prototype, 'trim', 'before the trim', 'trim under way', 'trimmed');
wrap(
  LmdbSnapshotStore.prototype,
  'write',
  'before the snapshots',
  'snapshots under way',
  'snapshots durable',
);
wrap(
  LmdbSnapshotStore.prototype,
  'checkpoint',
  'before the checkpoint',
  'checkpoint under way',
  'checkpoint durable',
);
wrap(DiskArchive.prototype, 'write', 'before the archive', 'archive under way', 'archived');
wrap(ChannelRegistry.prototype, 'deliver', 'before the push', 'pushed', '');
