/** `attune backup` and `attune restore` of a deployment on the real servers, and over the border between it and a directory; under load: src/proof/backup. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { verifyDeployment, verifyDirectory } from '../../audit/verify.ts';
import type { AttuneClient } from '../../client/attune-client.ts';
import { onCluster, SHARDS } from '../../node/scratch-cluster.fixture.ts';
import type { GuardedUser } from '../../proof/servers/guard.ts';
import { runCommand } from '../scratch-command.fixture.ts';

const CUSTOMERS = 10;
const identifiersOf = (customer: number) => [{ kind: 'crm', value: `c${customer}` }];

onCluster((cluster) => {
  function flagsOf(deployment: string, user: GuardedUser): string[] {
    const { nats, guard } = cluster;
    return Object.entries({
      ...{ store: 'cluster', nats: nats.address, deployment },
      ...{ 'nats-creds': guard.fileOf(user), 'nats-ca': guard.ca },
    }).flatMap(([name, value]) => [`--${name}`, value]);
  }

  const backUp = (to: string, deployment: string, ...more: string[]) =>
    runCommand(['backup', to, ...flagsOf(deployment, 'attune-auditor'), ...more]);
  const restore = (from: string, deployment: string, ...more: string[]) =>
    runCommand([
      'restore',
      from,
      ...flagsOf(deployment, 'attune-node'),
      '--shard-log-bytes',
      '16MiB',
      ...more,
    ]);

  async function shop(client: AttuneClient, product: string): Promise<string[]> {
    const decisions: string[] = [];
    for (let customer = 0; customer < CUSTOMERS; customer++) {
      const identifiers = identifiersOf(customer);
      await client.publish([
        {
          ...{ source: 'web', name: 'Product Viewed', identifiers, channel: 'web' },
          products: [{ productId: product, category: 'coats', price: 180, quantity: 1 }],
        },
      ]);
      decisions.push((await client.decide({ identifiers, placements: ['home_hero'] })).decisionId);
    }
    return decisions;
  }

  async function viewsOf(client: AttuneClient): Promise<(readonly string[])[]> {
    const all: (readonly string[])[] = [];
    for (let customer = 0; customer < CUSTOMERS; customer++) {
      const { viewed } = await client.getCustomer({ identifiers: identifiersOf(customer) });
      all.push(viewed.map(({ productId }) => productId).toSorted());
    }
    return all;
  }

  const all = (...products: string[]) => Array.from({ length: CUSTOMERS }, () => products.toSorted());

  let name = '';
  let backup = '';
  let decisions: string[] = [];
  /** Served while it is backed up: with images, an archive and a log behind both. */
  beforeAll(async () => {
    name = cluster.deployment();
    backup = join(cluster.scratch, 'backup');
    const { client, node } = await cluster.serve(name);
    const [upserted] = await client.upsertProducts([
      { productId: 'coat-1', title: 'Coat', category: 'coats', price: 180 },
    ]);
    expect(upserted?.violations).toEqual([]);
    decisions = await shop(client, 'coat-1');
    const { log, archive, images } = node.stores;
    // Of whom is saved: there is none before a shard's first checkpoint.
    await vi.waitFor(async () => {
      await node.images.writeAll();
      for (let shard = 0; shard < SHARDS; shard++)
        expect((await images.list(shard)).length).toBeGreaterThan(0);
    }, 10_000);
    for (let shard = 0; shard < SHARDS; shard++) {
      const records = await log.read(shard, 1, 3);
      await archive.write(shard, records, { from: Date.now(), to: Date.now() });
      await log.trim(shard, records.length);
    }
    decisions.push(...(await shop(client, 'coat-2')));
    const { code, stdout, stderr } = await backUp(backup, name, '--secret-keys', cluster.keysFile(name));
    expect([code, stderr, stdout]).toEqual([
      0,
      '',
      expect.stringContaining(`the deployment ${name} is copied to`),
    ]);
    // Behind the backup.
    await shop(client, 'coat-3');
    await cluster.end();
  }, 60_000);

  test('into another deployment: what was acknowledged before is there once, decisions keep their names, and nodes go on', async () => {
    const to = cluster.deployment();
    const { code, stdout } = await restore(backup, to);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(
        `serve it with: attune serve --store cluster --deployment ${to} --shards ${SHARDS}`,
      ),
    ]);
    const before = await verifyDeployment(cluster.settings({ deployment: to }));
    expect(before).toMatchObject({ different: 0, incomplete: 0, findings: [], customers: CUSTOMERS });
    expect(before.decisions).toBe(2 * CUSTOMERS);
    const { client, node } = await cluster.serve(to, { secretKeys: join(backup, 'KEYS') });
    expect(node.stores.generation).toBeGreaterThan(1);
    expect(await viewsOf(client)).toEqual(all('coat-1', 'coat-2'));
    for (const id of decisions) expect((await client.explain(id)).page).toContain('home_hero');
    const again = await shop(client, 'coat-4');
    expect(again.filter((id) => decisions.includes(id))).toEqual([]);
    expect(await viewsOf(client)).toEqual(all('coat-1', 'coat-2', 'coat-4'));
    await cluster.end();
    const after = await verifyDeployment(cluster.settings({ deployment: to }));
    expect(after).toMatchObject({ different: 0, incomplete: 0, findings: [] });
    expect(after.snapshots).toBe(CUSTOMERS);
  }, 60_000);

  test('into a directory, and from there into a deployment again: nothing differs', async () => {
    const directory = join(cluster.scratch, 'directory');
    expect((await runCommand(['restore', backup, '--dir', directory])).code).toBe(0);
    expect(await verifyDirectory(directory)).toMatchObject({
      different: 0,
      findings: [],
      decisions: 2 * CUSTOMERS,
    });
    expect(readFileSync(join(directory, 'KEYS'), 'utf8')).toBe(readFileSync(cluster.keysFile(name), 'utf8'));
    expect(statSync(join(directory, 'KEYS')).mode & 0o777).toBe(0o600);
    const { client } = await cluster.serve('embedded', { store: 'disk', dir: directory, secretKeys: '' });
    expect(await viewsOf(client)).toEqual(all('coat-1', 'coat-2'));
    decisions.push(...(await shop(client, 'coat-5')));
    await cluster.end();
    const second = join(cluster.scratch, 'second');
    expect((await runCommand(['backup', second, '--dir', directory])).code).toBe(0);
    const to = cluster.deployment();
    expect((await restore(second, to)).code).toBe(0);
    const { client: again } = await cluster.serve(to, { secretKeys: join(second, 'KEYS') });
    expect(await viewsOf(again)).toEqual(all('coat-1', 'coat-2', 'coat-5'));
    for (const id of decisions) expect((await again.explain(id)).page).toContain('home_hero');
    await cluster.end();
    expect(await verifyDeployment(cluster.settings({ deployment: to }))).toMatchObject({
      different: 0,
      findings: [],
    });
  }, 60_000);

  test('a place, keys or a deployment that cannot be used are refused, and nothing is changed', async () => {
    const other = join(cluster.scratch, 'other');
    const wrongKeys = await backUp(other, name, '--secret-keys', cluster.keysFile('another'));
    expect([wrongKeys.code, wrongKeys.stderr]).toEqual([
      2,
      expect.stringMatching(
        /another\.keys lacks keys with which the deployment is served: [0-9a-f]{8}\. Name the file/,
      ),
    ]);
    expect(existsSync(other)).toBe(false);
    const full = await backUp(backup, name);
    expect([full.code, full.stderr]).toEqual([2, expect.stringContaining('it holds a backup already')]);
    const there = await restore(backup, name);
    expect([there.code, there.stderr]).toEqual([
      2,
      expect.stringMatching(
        /^NATS at \S+ has streams of a deployment d\d+ \(\S+-log-0, .*Nothing was changed\.\n$/,
      ),
    ]);
    // The auditor makes nothing.
    const { code, stderr } = await runCommand(['restore', backup, ...flagsOf('d9', 'attune-auditor')]);
    expect([code, stderr]).toEqual([69, expect.stringMatching(/permissions violation/i)]);
  }, 60_000);

  test('without the file of the keys a backup has none, and whoever goes on from it needs to have them', async () => {
    const [bare, directory] = [join(cluster.scratch, 'bare'), join(cluster.scratch, 'bare-directory')];
    const { code, stdout } = await backUp(bare, name);
    expect([code, stdout]).toEqual([0, expect.stringContaining('the secret keys are not in it')]);
    expect((await runCommand(['restore', bare, '--dir', directory])).code).toBe(0);
    const disk = { store: 'disk', dir: directory, secretKeys: '' };
    await expect(cluster.serve('bare', disk)).rejects.toThrow(
      /KEYS is missing, which held the keys [0-9a-f]{8}/,
    );
    await cluster.serve('bare', { ...disk, secretKeys: cluster.keysFile(name) });
    await cluster.end();
    const to = cluster.deployment();
    expect((await restore(bare, to)).code).toBe(0);
    await expect(cluster.serve(to)).rejects.toThrow(/lacks keys that were in use/);
    await cluster.serve(to, { secretKeys: cluster.keysFile(name) });
  }, 60_000);

  test('a backup with damaged files is restored with what is left, and each is named', async () => {
    const damaged = join(cluster.scratch, 'damaged');
    cpSync(backup, damaged, { recursive: true });
    const [segment = ''] = readdirSync(join(damaged, 'archive/0'));
    const [image = ''] = readdirSync(join(damaged, 'images/1'));
    writeFileSync(join(damaged, 'archive/0', segment), 'no segment');
    writeFileSync(join(damaged, 'images/1', image), 'no image');
    const { code, stdout } = await restore(damaged, cluster.deployment());
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining(`archive/0/${segment} is not what was written`),
    ]);
    expect(stdout).toContain(`images/1/${image} is not what was written`);
    rmSync(join(damaged, 'BACKUP'));
    const cut = await restore(damaged, cluster.deployment());
    expect([cut.code, cut.stderr]).toEqual([2, expect.stringContaining('holds no backup')]);
  }, 60_000);

  test('whoever was forgotten since is not brought back into a deployment: it says how to restore without them', async () => {
    const list = join(cluster.scratch, 'younger');
    const { client } = await cluster.serve(name);
    await client.eraseCustomer({ identifiers: identifiersOf(0) });
    await cluster.end();
    const younger = join(cluster.scratch, 'with-erasure');
    expect((await backUp(younger, name)).code).toBe(0);
    cpSync(join(younger, 'ERASURES'), list);
    const to = cluster.deployment();
    const refused = await restore(backup, to, '--erasures', list);
    expect([refused.code, refused.stderr]).toEqual([
      69,
      expect.stringMatching(
        /^1 people were forgotten who are in this backup still .*Restore it into a directory/,
      ),
    ]);
    // Nobody is brought back by the backup in which they are forgotten.
    expect((await restore(younger, to, '--erasures', list)).code).toBe(0);
    const { client: again } = await cluster.serve(to, { secretKeys: cluster.keysFile(name) });
    await expect(again.getCustomer({ identifiers: identifiersOf(0) })).resolves.toMatchObject({ viewed: [] });
  }, 60_000);
});
