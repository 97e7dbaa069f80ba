import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { type Service, startService } from '../../node/serve.ts';

const root = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'attune-policy-commands-'));
let service: Service;

beforeAll(async () => {
  const defaults = readOptions(SERVE_OPTIONS, { flags: {}, env: {} });
  if (!defaults.ok) throw new Error(defaults.error.join(' '));
  const settings = {
    ...defaults.value,
    store: 'memory' as const,
    listen: { host: '127.0.0.1', port: 0 },
    policyDir: join(root, 'policies/starter'),
    modelsDir: join(root, 'models'),
    policyWatch: false,
  };
  service = await startService(settings, { observer: quietObserver });
});

afterAll(async () => {
  await service.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function attune(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'src/main.ts'), ...args], { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** A copy of the starter policy with one text replaced in one of its files. */
function variant(name: string, file: string, from: string, to: string): string {
  const directory = join(scratch, name);
  cpSync(join(root, 'policies/starter'), directory, { recursive: true });
  const path = join(directory, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  writeFileSync(path, text.replace(from, to));
  return directory;
}

test('a policy is applied to a running service; a faulty one is not applied, its faults are printed with their places', async () => {
  const before = service.node.policies.current?.version ?? '';
  const address = ['--address', `127.0.0.1:${service.port}`];
  const faulty = await attune(
    'policy',
    'apply',
    variant('faulty', 'policy.yaml', 'holdout: 0.02', 'holdout: 2'),
    ...address,
  );
  expect(faulty.code).toBe(1);
  expect(faulty.stderr).toMatch(/policy\.yaml:\d+:\d+: holdout is 2/);
  expect(faulty.stderr).toContain(`${before} stays in force`);
  expect(service.node.policies.current?.version).toBe(before);

  const sound = variant('sound', 'policy.yaml', 'name: starter', 'name: shop');
  const other = await attune('policy', 'apply', sound, '--expected', 'shop@000000000000', ...address);
  expect(other.code).toBe(69);
  expect(service.node.policies.current?.version).toBe(before);

  const taken = await attune('policy', 'apply', sound, '--json', ...address);
  expect(taken).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(taken.stdout)).toMatchObject({ applied: true, previous_version: before, faults: [] });
  expect(service.node.policies.current?.version).toMatch(/^shop@/);

  const again = await attune('policy', 'apply', sound, ...address);
  expect(again.stdout).toMatch(/^shop@\w+ is in force already; nothing changed\n$/);
});

test('help says where to begin', async () => {
  const { stdout } = await attune('--help');
  expect(stdout).toMatch(/Begin here.*\n {2}attune serve\n.*attune send\n {2}attune decide/s);
  expect((await attune('verify', '--help')).stdout).toContain('attune verify .attune/data --json');
});

test('check and diff end with the documented exit codes', async () => {
  const sound = await attune('policy', 'check', 'policies/starter');
  expect(sound).toMatchObject({ code: 0, stdout: expect.stringMatching(/no fault/) });
  const faulty = await attune(
    'policy',
    'check',
    variant('faulty2', 'guardrails.yaml', 'channel: push', 'channel: pusch'),
  );
  expect(faulty).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/guardrails\.yaml:\d+:\d+: .*pusch/),
  });
  expect((await attune('policy', 'check', 'policies/none')).code).toBe(2);
  const products = join(scratch, 'products.jsonl');
  writeFileSync(products, '{"productId":"p1","category":"coats"}\n\n{"productId":"p2","category":"shoes"}\n');
  const warned = await attune('policy', 'check', 'policies/starter', '--catalog', products, '--json');
  expect(warned.code).toBe(0);
  const { warnings } = JSON.parse(warned.stdout) as { warnings: { id: string; message: string }[] };
  expect(warnings.map(({ id }) => id)).toContain('unknown-category');
  expect(warnings[0]?.message).toContain('which none of the 2 products of the catalogue has');
  writeFileSync(products, '{"productId":"p1"}\n{"no":1}\n');
  const unreadable = await attune('policy', 'check', 'policies/starter', '--catalog', products);
  expect(unreadable).toMatchObject({ code: 2, stderr: expect.stringContaining('products.jsonl:2: ') });
  const renamed = variant('renamed', 'policy.yaml', 'explore: 0.05', 'explore: 0.1');
  expect(await attune('policy', 'diff', 'policies/starter', renamed)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('0.1'),
  });
});

test('the closed lists are printed, as text and as one JSON object', async () => {
  const traits = JSON.parse((await attune('policy', 'traits', '--json')).stdout) as {
    traits: Record<string, string>[];
  };
  expect(traits.traits.find(({ trait }) => trait === 'days_since_order')).toMatchObject({
    unit: 'days',
    unknown: '9999',
    example: expect.stringContaining('days_since_order'),
  });
  expect((await attune('policy', 'reasons')).stdout).toMatch(
    /\nQUIET_HOURS\n {2}meaning {2}.*\n {2}remedy {3}Send time_zone/,
  );
  expect((await attune('policy', 'events')).stdout).toMatch(/Order Completed\n {2}needs .*order_id/);
});

test('policy test prints one JSON object last, and exits by what it found', async () => {
  const held = await attune('policy', 'test', 'scenarios/s3-gold.yaml', '--json');
  expect(held.code).toBe(0);
  const summary = JSON.parse(held.stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  expect(summary).toMatchObject({
    scenarios: [{ id: 's3-gold', ok: true, ms: expect.any(Number) }],
    failed: 0,
  });
  expect(Object.keys(summary)).toEqual(['scenarios', 'failed', 'faultyFiles', 'faults', 'machine', 'commit']);

  const text = readFileSync(join(root, 'scenarios/s3-gold.yaml'), 'utf8');
  const wrong = join(scratch, 'wrong.yaml');
  writeFileSync(
    wrong,
    text.replace('revenue: 2000, loyalty_tier: gold', 'revenue: 2000, loyalty_tier: silver'),
  );
  const failed = await attune('policy', 'test', wrong, '--json');
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stdout)).toMatchObject({ scenarios: [{ id: 's3-gold', ok: false }], failed: 1 });
  expect(failed.stderr).toContain('loyalty_tier to be "silver"');

  const faulty = join(scratch, 'faulty.yaml');
  writeFileSync(faulty, text.replace('story: S3', 'stroy: S3'));
  const refused = await attune('policy', 'test', faulty);
  expect(refused).toMatchObject({ code: 1, stdout: '0 scenarios, 0 failed; 2 faults in 1 of the files\n' });
  expect(refused.stderr).toMatch(
    /faulty\.yaml:\d+:1: the file has an unknown key "stroy"; did you mean "story"/,
  );
  expect((await attune('policy', 'test', 'scenarios/none.yaml')).code).toBe(2);
  expect(await attune('policy', 'test', 'scenarios/s3-gold.yaml', '--seeds', '0')).toMatchObject({
    code: 2,
    stderr: '--seeds takes a whole number from 1 to 1000, not "0"\n',
  });
});

test('policy test runs a race with as many seeds as it is told, and says what the races came to', async () => {
  const race = join(scratch, 'race.yaml');
  const text = readFileSync(join(root, 'scenarios/s2-race.yaml'), 'utf8');
  writeFileSync(race, text.replace('rounds: 3000', 'rounds: 150'));
  const { code, stdout, stderr } = await attune('policy', 'test', race, '--seeds', '2', '--json');
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('\n  300 rounds: ') });
  const { scenarios } = JSON.parse(stdout) as { scenarios: [{ races: Record<string, number> }] };
  const [{ races }] = scenarios;
  expect(races).toMatchObject({ rounds: 300 });
  expect((races.before ?? 0) + (races.after ?? 0)).toBe(300);
});
