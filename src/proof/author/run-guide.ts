/** Runs every example of the guide as its reader would, page by page, each on a policy of its own that begins as `policies/minimal`. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { renderFault } from '../../core/policy/policy-fault.ts';
import { renderWarning } from '../../core/policy/policy-warning.ts';
import { changedPolicy, type PolicyChanges } from '../../policy/changed-policy.ts';
import { ConditionTable } from '../../policy/compile-condition.ts';
import { policyWarnings } from '../../policy/lint/policy-warnings.ts';
import { parsePolicyDirectory, readPolicyDirectory } from '../../policy/policy-directory.ts';
import { writePolicy } from '../../policy/write-policy.ts';
import { parseScenario } from '../../scenario/file/scenario-file.ts';
import { failureText } from '../../scenario/run-files.ts';
import { policyFinder, runScenario } from '../../scenario/run-scenario.ts';
import type { NodePool } from '../../scenario/virtual/node-pool.ts';
import { startTarget, type Target } from '../bench/target.ts';
import { consoleCommands, type GuideBlock, guideBlocks, missingLine } from './guide-page.ts';
import { REPOSITORY, ScratchRoot } from './scratch-root.ts';

/** The guide, and the README beside it, whose commands are held by other tests. */
export const GUIDE = 'docs/policy';
/** Where a page's reader writes. */
const MINE = 'policies/mine';
const MAIN = join(REPOSITORY, 'src/main.ts');
const NODE_FLAGS = ['--disable-warning=DEP0123'];
const COMMAND_MS_MAX = 60_000;
/** Commands that ask a running service. */
const CALLS = /attune (catalog|send|decide|explain|why-not|get|tail|rejected|policy apply)\b/;

export interface GuideReport {
  readonly pages: number;
  /** Examples that were run; blocks of text are none. */
  readonly run: number;
  readonly failed: number;
  /** What failed: page, line and why. */
  readonly sentences: readonly string[];
}

export async function runGuide(pool: NodePool, folder = join(REPOSITORY, GUIDE)): Promise<GuideReport> {
  const pages = readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .sort();
  const sentences: string[] = [];
  let run = 0;
  for (const page of pages) {
    const blocks = guideBlocks(page, readFileSync(join(folder, page), 'utf8')).filter(
      ({ kind }) => kind !== 'text',
    );
    const example = new Example(pool);
    try {
      for (const block of blocks) {
        run++;
        const why = await example.run(block).catch((fault: Error) => fault.message);
        if (why !== undefined) sentences.push(`${GUIDE}/${page}:${block.line}: ${why}`);
      }
    } finally {
      await example.end();
    }
  }
  return { pages: pages.length, run, failed: sentences.length, sentences };
}

/** One page's folder, policy and service. */
class Example {
  readonly #pool: NodePool;
  readonly #root = new ScratchRoot();
  readonly #mine = join(this.#root.path, MINE);
  #service: Target | undefined;
  #stories = 0;

  constructor(pool: NodePool) {
    this.#pool = pool;
    writePolicy(this.#mine, readPolicyDirectory(join(this.#root.path, 'policies/minimal')));
  }

  /** Why the example does not hold; undefined: it does. */
  async run(block: GuideBlock): Promise<string | undefined> {
    switch (block.kind) {
      case 'file':
        return this.#change(block.name, block.text);
      case 'story':
        return await this.#story(block.text);
      case 'cel':
        return this.#conditions(block.text);
      case 'json':
        return await this.#console(`npm run -s attune -- send`, [], block.text);
      case 'console':
        for (const { command, expected } of consoleCommands(block.text)) {
          const why = await this.#console(command, expected, '');
          if (why !== undefined) return why;
        }
        return undefined;
      case 'sh':
        return await this.#shapes(block.text);
      case 'text':
        return undefined;
    }
  }

  async end(): Promise<void> {
    await this.#service?.stop();
    this.#root.remove();
  }

  #change(name: string, text: string): string | undefined {
    const changes = { [name]: parse(text) as PolicyChanges[string] };
    writePolicy(this.#mine, changedPolicy(readPolicyDirectory(this.#mine), changes));
    const parsed = parsePolicyDirectory(this.#mine);
    if (!parsed.ok) return parsed.faults.map(renderFault).join('\n');
    const warnings = policyWarnings(parsed, undefined);
    return warnings.length === 0 ? undefined : warnings.map(renderWarning).join('\n');
  }

  /** Of a customer of whom the shop tells what the page's policy declares. */
  #conditions(text: string): string | undefined {
    const parsed = parsePolicyDirectory(this.#mine);
    const table = new ConditionTable(parsed.ok ? parsed.policy.attributes : []);
    for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
      const found = table.intern(line);
      if (!('test' in found)) return `${line}: ${found.map(({ message }) => message).join('; ')}`;
    }
    return undefined;
  }

  async #story(text: string): Promise<string | undefined> {
    const root = this.#root.path;
    const path = `story-${++this.#stories}.yaml`;
    const parsed = parseScenario(path, text, policyFinder(root));
    if (!parsed.ok) return parsed.faults.map(renderFault).join('\n');
    const result = await runScenario(parsed.scenario, this.#pool, root);
    return result.ok ? undefined : failureText(result).join('\n');
  }

  async #console(command: string, expected: readonly string[], input: string): Promise<string | undefined> {
    let line = command.replaceAll('npm run -s attune --', 'attune');
    if (CALLS.test(line)) {
      this.#service ??= await startTarget({
        dataDir: join(this.#root.path, 'data'),
        policyDir: this.#mine,
        core: undefined,
      });
      line = line.replace(CALLS, `$& --address 127.0.0.1:${this.#service.port}`);
    }
    const { code, output } = await this.#shell(line, input);
    if (code !== 0) return `"${command}" ends with ${code}:\n${output}`;
    const missing = missingLine(output, expected);
    return missing === undefined ? undefined : `"${command}" does not print "${missing}":\n${output}`;
  }

  /** Names and flags of commands that are not run here. */
  async #shapes(text: string): Promise<string | undefined> {
    for (const line of text.split('\n')) {
      const [, words] = /npm run -s attune -- ([^|#]*)/.exec(line) ?? [];
      if (words === undefined) continue;
      const names = /^((?:[a-z-]+ ?)+)/.exec(words)?.[1]?.trim().split(' ').slice(0, 2) ?? [];
      const group = names[0] === 'policy' || names[0] === 'models' ? names : names.slice(0, 1);
      const { code, output } = await this.#shell(`attune ${group.join(' ')} --help`, '');
      const lacking = (words.match(/--[a-z-]+/g) ?? []).find((flag) => !output.includes(flag));
      if (code !== 0 || lacking !== undefined)
        return `"${line.trim()}": ${lacking ?? group.join(' ')} does not exist`;
    }
    return undefined;
  }

  async #shell(line: string, input: string): Promise<{ code: number | null; output: string }> {
    const attune = `attune() { "${process.execPath}" ${NODE_FLAGS.join(' ')} "${MAIN}" "$@"; }`;
    const child = spawn('bash', ['-c', `${attune}\n${line}`], { cwd: this.#root.path, stdio: 'pipe' });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS_MAX);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    return { code, output };
  }
}
