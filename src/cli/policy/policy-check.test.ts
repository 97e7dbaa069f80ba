import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stalePolicySchemas, writePolicySchemas } from '../../policy/policy-schema.ts';
import { checkPolicyDirectory, diffPolicyDirectories } from './policy-check.ts';

const policies = join(import.meta.dirname, '../../../policies');
const starter = join(policies, 'starter');
let scratch = '';

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'attune-policy-'));
});
afterEach(() => {
  rmSync(scratch, { recursive: true });
});

describe('checking a directory', () => {
  it('says what a sound policy holds and exits with 0', () => {
    const { lines, exitCode } = checkPolicyDirectory(starter);
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(/^starter@[0-9a-f]{12}: \d+ actions, .*, \d+ triggers, .* no fault$/),
      'budget incentives: 2500.00 GBP a day and no more; the largest offer draws 20 % of an order or 4.56 GBP; in a cluster each of 64 shards has 39.06 GBP of it, and borrows of the others for what is larger',
      'budget win_back: 800.00 GBP a day and no more; the largest offer draws 15 % of an order or 12.06 GBP; in a cluster each of 64 shards has 12.50 GBP of it, and borrows of the others for what is larger',
      expect.stringMatching(/^starter says no buys_per_week: .* simulated fashion shop/),
    ]);
  });

  it('says nothing of the simulated shop once the policy says how many buy in its own', () => {
    const directory = copyOfStarter();
    edit(directory, 'policy.yaml', 'holdout: 0.02', 'holdout: 0.02\nbuys_per_week: 0.006');
    expect(checkPolicyDirectory(directory).lines.join(' ')).not.toContain('buys_per_week');
  });

  it('says by how much what is open may pass a budget, and which one nobody draws on', () => {
    const directory = copyOfStarter();
    const offers = join(directory, 'offers.yaml');
    const amounts = readFileSync(offers, 'utf8').replaceAll(
      /kind: percent\n {4}depth: \d+/g,
      'kind: amount\n    depth: 9',
    );
    writeFileSync(offers, `${amounts}  unused: { per_day: 5 }\n`);
    expect(checkPolicyDirectory(directory).lines.slice(1, 4)).toEqual([
      'budget incentives: 2500.00 GBP a day and no more; the largest offer draws 9.04 GBP',
      'budget win_back: 800.00 GBP a day and no more; the largest offer draws 12.06 GBP',
      'budget unused: 5.00 GBP a day; no action draws on it',
    ]);
  });

  it('lists what is probably not meant before what the policy holds, and exits with 0', () => {
    const directory = copyOfStarter();
    edit(
      directory,
      'actions/browse.yaml',
      'lift: { mean: 0.008, sd: 0.004 }',
      'lift: { mean: 0.3, sd: 0.15 }',
    );
    const { lines, exitCode, report } = checkPolicyDirectory(directory);
    expect(exitCode).toBe(0);
    expect(lines[0]).toMatch(
      /actions\/browse\.yaml:\d+:\d+: warning: actions\.browse_follow_up\.lift\.mean is 0\.3: .* \[lift-beyond-reach\]$/,
    );
    expect(lines[1]).toMatch(/no fault, 1 warning$/);
    expect(report).toMatchObject({
      faults: [],
      warnings: [{ id: 'lift-beyond-reach', file: join(directory, 'actions/browse.yaml') }],
    });
    expect(report?.actions).toBeGreaterThan(24);
  });

  it('lists every fault with its file and line, and exits with 1', () => {
    const directory = copyOfStarter();
    edit(directory, 'channels.yaml', 'kind: push', 'kind: shove');
    edit(directory, 'actions/cart.yaml', 'subject: cart', 'subject: card');
    const { lines, exitCode } = checkPolicyDirectory(directory);
    expect(exitCode).toBe(1);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /actions\/cart\.yaml:10:14: actions\.cart_reminder\.subject is "card"; .* did you mean "cart"\?/,
    );
    expect(lines[1]).toMatch(
      /channels\.yaml:\d+:11: channels\.onsite\.kind is "shove"; it must be one of push, pull$/,
    );
    expect(lines[2]).toBe('2 faults');
  });

  it('exits with 2 and a sentence when there is nothing to read', () => {
    expect(checkPolicyDirectory(join(scratch, 'missing'))).toMatchObject({
      lines: [`${join(scratch, 'missing')} is not a directory.`],
      exitCode: 2,
    });
    expect(checkPolicyDirectory(scratch)).toMatchObject({
      lines: [`${scratch} holds no YAML file.`],
      exitCode: 2,
    });
  });
});

describe('comparing two directories', () => {
  it('prints the differences, or that there are none, or the faults of the one that has some', () => {
    const directory = copyOfStarter();
    expect(diffPolicyDirectories(starter, directory)).toEqual({ lines: ['No difference.'], exitCode: 0 });
    edit(directory, 'policy.yaml', 'holdout: 0.02', 'holdout: 0.05');
    expect(diffPolicyDirectories(starter, directory).lines).toEqual([
      'policy: holdout changes from 0.02 to 0.05.',
    ]);
    edit(directory, 'policy.yaml', 'holdout: 0.05', 'holdout: 5');
    expect(diffPolicyDirectories(starter, directory).exitCode).toBe(1);
  });
});

describe("the editors' schemas", () => {
  it('in the repository are those of the types', () => {
    expect(stalePolicySchemas(join(policies, 'schema'))).toEqual([]);
  });

  it('are told to be missing, stale or left over, until they are written', () => {
    const names = writePolicySchemas(scratch);
    expect(stalePolicySchemas(scratch)).toEqual([]);
    rmSync(join(scratch, names[0] ?? ''));
    writeFileSync(join(scratch, names[1] ?? ''), '{}\n');
    writeFileSync(join(scratch, 'journeys.json'), '{}\n');
    const told = stalePolicySchemas(scratch).map((fault) => fault.replace(`${scratch}/`, ''));
    expect(told).toEqual([
      'journeys.json is generated no longer; delete it.',
      `${names[0]} is missing.`,
      `${names[1]} is stale.`,
    ]);
    writePolicySchemas(scratch);
    expect(stalePolicySchemas(scratch)).toEqual([]);
  });
});

function copyOfStarter(): string {
  const directory = join(scratch, 'copy');
  cpSync(starter, directory, { recursive: true });
  return directory;
}

function edit(directory: string, file: string, from: string, to: string): void {
  const text = readFileSync(join(directory, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(directory, file), text.replace(from, to));
}
