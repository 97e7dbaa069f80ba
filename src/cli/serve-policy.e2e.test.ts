/** The folder of a policy that `attune serve` watches: every way in which files are saved, and calls that apply another one. */
import type { ChildProcess } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from './scratch-command.fixture.ts';

const STARTER = join(import.meta.dirname, '../../policies/starter');

let scratch: ScratchDirectory;
let policy: string;
let service: ChildProcess | undefined;
let exit: ReturnType<typeof ended>;
let address: string;

beforeEach(() => {
  scratch = scratchDirectory();
  policy = join(scratch.path, 'policy');
});

afterEach(async () => {
  await stop('SIGKILL');
  scratch.remove();
});

async function start(
  until = /attune listens on 127\.0\.0\.1:(\d+)/,
  ...more: readonly string[]
): Promise<RegExpExecArray> {
  service = startCommand([
    'serve',
    ...['--listen', '127.0.0.1:0', '--no-metrics', '--shards', '2'],
    ...['--dir', join(scratch.path, 'data'), '--policy-dir', policy],
    ...more,
  ]);
  exit = ended(service);
  const listening = saying(service, /attune listens on 127\.0\.0\.1:(\d+)/);
  const told = await saying(service, until);
  address = `127.0.0.1:${(await listening)[1]}`;
  return told;
}

async function stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<string> {
  service?.kill(signal);
  service = undefined;
  return (await exit).stderr;
}

const inForce = (name: string) =>
  saying(service as ChildProcess, new RegExp(`policy (${name}@\\S+) is in force[^\\n]*`));

function named(directory: string, name: string): string {
  const file = join(directory, 'policy.yaml');
  const text = readFileSync(file, 'utf8').replace(/^name: .*$/m, `name: ${name}`);
  return text;
}

test('every way of saving is seen: in place, renamed into place, written anew, with its old time, and in a folder that was replaced', async () => {
  cpSync(STARTER, policy, { recursive: true });
  const file = join(policy, 'policy.yaml');
  await start();
  const ways: Record<string, (name: string) => void> = {
    in_place: (name) => writeFileSync(file, named(policy, name)),
    renamed: (name) => {
      writeFileSync(join(policy, '.policy.yaml.swp'), named(policy, name));
      renameSync(join(policy, '.policy.yaml.swp'), file);
    },
    // As vim does with a backup: the old file goes aside, a new one takes its name.
    aside: (name) => {
      const text = named(policy, name);
      renameSync(file, `${file}~`);
      writeFileSync(file, text);
      rmSync(`${file}~`);
    },
    old_time: (name) => {
      const { atime, mtime } = statSync(file);
      writeFileSync(file, named(policy, name));
      utimesSync(file, atime, mtime);
    },
    replaced: (name) => {
      const next = join(scratch.path, 'next');
      cpSync(policy, next, { recursive: true });
      writeFileSync(join(next, 'policy.yaml'), named(policy, name));
      renameSync(policy, join(scratch.path, 'gone'));
      renameSync(next, policy);
    },
    behind: (name) => writeFileSync(file, named(policy, name)),
  };
  for (const [name, save] of Object.entries(ways)) {
    const taken = inForce(name);
    save(name);
    expect((await taken)[1]).toContain(`${name}@`);
  }
  // A file of the same size within a tick of the one before, which the first look may have read.
  const last = inForce('twice_b');
  writeFileSync(file, named(policy, 'twice_a'));
  writeFileSync(file, named(policy, 'twice_b'));
  expect((await last)[1]).toContain('twice_b@');
}, 60_000);

test('a folder of links is followed when Kubernetes swaps what they lead to', async () => {
  const data = (n: number) => join(policy, `..2026_${n}`);
  const place = (n: number, name: string): void => {
    cpSync(STARTER, data(n), { recursive: true });
    writeFileSync(join(data(n), 'policy.yaml'), named(data(n), name));
    symlinkSync(`..2026_${n}`, join(policy, '..data_tmp'));
    renameSync(join(policy, '..data_tmp'), join(policy, '..data'));
  };
  mkdirSync(policy);
  place(1, 'first');
  for (const name of readdirSync(STARTER)) symlinkSync(join('..data', name), join(policy, name));
  await start();
  for (let n = 2; n <= 4; n++) {
    const taken = inForce(`swap_${n}`);
    place(n, `swap_${n}`);
    expect((await taken)[1]).toContain(`swap_${n}@`);
    rmSync(data(n - 1), { recursive: true });
  }
}, 60_000);

test('of a watched folder and a call the last one wins; the log and the answer say so', async () => {
  cpSync(STARTER, policy, { recursive: true });
  const other = join(scratch.path, 'other');
  cpSync(STARTER, other, { recursive: true });
  writeFileSync(join(other, 'policy.yaml'), named(other, 'called'));
  await start();
  const told = saying(
    service as ChildProcess,
    /the files in \S+ \((starter@\S+)\) differ from the policy in force \((called@\S+)\), which a call applied; their next change takes its place/,
  );
  const line = saying(
    service as ChildProcess,
    /policy called@\S+ is in force \(before: starter@\S+\), applied by a call; sha256 [0-9a-f]{64}/,
  );
  const applied = await runCommand(['policy', 'apply', other, '--address', address]);
  expect(applied.code).toBe(0);
  expect(applied.stderr).toMatch(
    /^The files in \S+ \(starter@\S+\) differ from the policy in force \(called@\S+\): the service watches them, and their next change takes the place of this policy\. .*--no-policy-watch\.\n$/,
  );
  await line;
  const [, , called = ''] = await told;

  // A restart leaves what the call applied, and says so; also where the folder was changed meanwhile.
  await stop('SIGTERM');
  await start(/the files in \S+ \(starter@\S+\) differ from the policy in force/);
  await stop('SIGTERM');
  writeFileSync(join(policy, 'policy.yaml'), named(policy, 'away'));
  await start(
    /the files in \S+ \(away@\S+\) differ from the policy in force \(called@\S+\), which a call applied/,
  );

  const taken = inForce('saved');
  writeFileSync(join(policy, 'policy.yaml'), named(policy, 'saved'));
  expect((await taken)[0]).toContain(`(before: ${called}, which a call had applied)`);

  // What came from the folder is followed by what was saved there while the service was away.
  await stop('SIGTERM');
  writeFileSync(join(policy, 'policy.yaml'), named(policy, 'meanwhile'));
  await start(/policy meanwhile@\S+ is in force \(before: saved@/);
}, 60_000);

test('warnings are told at the start, on a save and on apply; so are files that are not in force where nobody watches', async () => {
  cpSync(STARTER, policy, { recursive: true });
  const browse = join(policy, 'actions/browse.yaml');
  const lift = (mean: string) =>
    writeFileSync(
      browse,
      readFileSync(browse, 'utf8').replace(
        /lift: \{ mean: [\d.]+, sd: 0.004 \}/,
        `lift: { mean: ${mean}, sd: 0.004 }`,
      ),
    );
  lift('0.2');
  await start(/actions\/browse\.yaml:\d+:\d+: warning: .*mean is 0\.2.* \[lift-beyond-reach\]/);
  const saved = saying(
    service as ChildProcess,
    /policy\/actions\/browse\.yaml:\d+:\d+: warning: .*mean is 0\.3.* \[lift-beyond-reach\]/,
  );
  lift('0.3');
  await saved;
  await stop('SIGTERM');

  lift('0.25');
  await start(
    /the files in \S+ \(starter@\S+\) differ from the policy in force \(starter@\S+\), which stays; put them in force with attune policy apply \S+/,
    '--no-policy-watch',
  );
  const told = saying(service as ChildProcess, /warning: .*mean is 0\.25.* \[lift-beyond-reach\]/);
  const applied = await runCommand(['policy', 'apply', policy, '--address', address]);
  expect(applied).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/ is in force \(before: starter@/),
    stderr: expect.stringMatching(/policy\/actions\/browse\.yaml:\d+:\d+: warning: .* \[lift-beyond-reach\]/),
  });
  await told;
}, 60_000);
