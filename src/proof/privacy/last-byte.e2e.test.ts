/** A forgotten person is in no byte of any file, and in nothing that was ever said about them to somebody who does not ask for them. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../../cli/scratch-command.fixture.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { PlantedPerson } from './planted-person.fixture.ts';
import { PrivacyService } from './privacy-service.fixture.ts';
import { type FoundText, searchFiles, searchText } from './search-files.fixture.ts';
import { writeShop } from './shop-files.fixture.ts';

/** A minute is two seconds. */
const FACTOR = 30;

let scratch: ScratchDirectory;
let service: PrivacyService;
let client: AttuneClient;
beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(async () => {
  client?.close();
  await service?.end('SIGKILL');
  scratch.remove();
});

const inScratch = (name: string): string => join(scratch.path, name);

async function startService(): Promise<void> {
  client?.close();
  await service.start();
  client = connect(service.address);
}

/** Serves the channels that the person hears by, and forgets whom it is told to. */
function serveChannels(at: AttuneClient): { close(): void } {
  const streams = ['email', 'ads', 'push'].map((channel) =>
    at.connectChannel({
      channel,
      onDeliver: () => undefined,
      onAudienceChange: () => undefined,
      onErase: () => {},
    }),
  );
  return {
    close: () => {
      for (const stream of streams) stream.close();
    },
  };
}

const textOf = (reply: unknown): string =>
  JSON.stringify(reply, (_, value) => (typeof value === 'bigint' ? String(value) : value));

const fileKinds = (found: readonly FoundText[]): readonly string[] =>
  [...new Set(found.map(({ file }) => file.replace(/\d+/g, 'N').replace(/^.*\.(\w+)$/, '$1')))].sort();

test('nothing of a forgotten person is in a file or in what was said, once the erasure is over', async () => {
  const [data, policy] = [inScratch('data'), inScratch('policy')];
  writeShop(policy);
  const flags = ['--shards', '4', '--snapshot-every', '30s', '--hot-log-keep', '1m', '--image-every', '2m'];
  service = new PrivacyService({ dataDir: data, policyDir: policy, from: Date.now(), factor: FACTOR, flags });
  await startService();
  const [anna, ben] = [new PlantedPerson('anna'), new PlantedPerson('benn')];
  let channels = serveChannels(client);

  // They live, beside somebody else who stays.
  for (const person of [anna, ben]) {
    for (const event of person.life(service.now)) await client.publish([event]);
    for (let n = 0; n < 4; n++) {
      const asked = {
        requestId: person.value('request'),
        identifiers: [person.key(0)],
        context: { locale: 'en-GB', timeZone: 'Europe/London' },
      };
      await client.decide({ ...asked, placements: ['home_hero'] });
      await client.decide({ ...asked, requestId: person.value('request'), delivery: Delivery.DISPATCH });
    }
  }
  const decided = await client.decide({ identifiers: [anna.key(2)], placements: ['home_hero'] });
  expect(textOf(decided)).toContain(anna.values.find((value) => value.includes('-name-')));
  // So many others that what a row leaves behind is not written over by chance.
  const strangers = Array.from({ length: 400 }, (_, n) => ({
    ...ben.event(service.now, 'Page Viewed', {}),
    identifiers: [{ kind: 'crm', value: `stranger-${n}` }],
  }));
  await client.publish(strangers);
  await client.publish(anna.mistakes(service.now));
  await anna.mistakenCalls(client);
  for (const path of ['/metrics', '/readyz', `/${anna.value('path')}`])
    expect(searchText(path, await service.page(path), anna.forms)).toEqual([]);

  // Two ends that nobody planned, then a backup.
  channels.close();
  await service.end('SIGKILL');
  await startService();
  await service.end('SIGUSR2');
  expect(service.said).toContain('nobody expects this');
  await startService();
  channels = serveChannels(client);
  await service.until('attune_erasures_pending', 0, 30);
  const backup = (to: string) =>
    runCommand(['backup', inScratch(to), '--dir', data, '--address', service.address]);
  expect((await backup('before')).code).toBe(0);

  // Everywhere until now, so that the search is known to see it there.
  const before = await service.stopped(() => searchFiles(data, anna.forms));
  expect(fileKinds(before)).toEqual(expect.arrayContaining(['img', 'log', 'mdb']));
  expect((await searchFiles(inScratch('before'), anna.forms)).length).toBeGreaterThan(0);

  const state = statSync(join(data, 'state.mdb')).ino;
  const receipt = await client.eraseCustomer({ identifiers: [anna.key(3)] }, 'case-7');
  expect(receipt.receiptId).not.toBe('');
  const told = [
    await client.getCustomer({ identifiers: [anna.key(3)] }),
    await client.whyNot({ identifiers: [anna.key(0)] }, 'letter'),
    await client.admin.listRefusals(),
    await client.explain(decided.decisionId).catch((error: unknown) => String(error)),
  ].map(textOf);
  expect(told.flatMap((text) => searchText('reply', text, anna.valueForms))).toEqual([]);

  // Somebody goes on living.
  const more = setInterval(
    () => void client.publish([ben.event(service.now, 'Page Viewed', {})]).catch(() => {}),
    300,
  );
  await service.until('attune_erasures_pending', 1, 30);
  await service.until('attune_erasures_pending', 0, 45).finally(() => clearInterval(more));
  // It is another file: in the one of before, what a row leaves behind may be written over by chance or not at all.
  expect(statSync(join(data, 'state.mdb')).ino).not.toBe(state);
  expect((await backup('after')).code).toBe(0);
  expect(searchText('metrics', await service.page('/metrics'), anna.forms)).toEqual([]);

  for (const folder of ['data', 'after']) {
    expect(await service.stopped(() => searchFiles(inScratch(folder), anna.forms)), folder).toEqual([]);
    // What is left of the other says that the search still sees.
    const others = await service.stopped(() => searchFiles(inScratch(folder), ben.forms));
    expect(fileKinds(others), folder).toEqual(expect.arrayContaining(['img', 'seg']));
  }
  channels.close();
  await service.end('SIGTERM');
  expect(await searchFiles(data, anna.forms)).toEqual([]);
  expect(searchText('what the service said', service.said, anna.forms)).toEqual([]);
}, 300_000);
