import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyRepository, listFiles } from './repository.ts';
import { runTool, type Step, type StepResult } from './step.ts';

/** Files that a command makes from others; they are committed, and a stale one fails the check. */
interface Generated {
  readonly what: string;
  /** Files or folders that the command writes, all of them. */
  readonly outputs: readonly string[];
  /** A program of node_modules/.bin (or `node`) and its arguments, run in the repository's folder. */
  readonly command: readonly [string, ...string[]];
  /** What must exist before the command can run. */
  readonly needs: string;
}

export const GENERATED: readonly Generated[] = [
  {
    what: 'protobuf code',
    outputs: ['src/gen'],
    command: ['buf', 'generate'],
    needs: 'buf.gen.yaml',
  },
  {
    what: 'JSON Schemas of policies',
    outputs: ['policies/schema'],
    command: ['node', 'src/policy/policy-schema.ts'],
    needs: 'src/policy/policy-schema.ts',
  },
  {
    what: 'lists of the guide',
    outputs: ['docs/policy/reasons.md', 'docs/policy/traits.md', 'docs/policy/events.md'],
    command: ['node', 'src/policy/list/list-page.ts'],
    needs: 'src/policy/list/list-page.ts',
  },
  {
    what: 'JSON Schema of scenarios',
    outputs: ['scenarios/scenario.schema.json'],
    command: ['node', 'src/scenario/file/scenario-schema.ts'],
    needs: 'src/scenario/file/scenario-schema.ts',
  },
];

/** Generates everything again in a copy and compares. */
export const generated: Step = {
  name: 'generated',
  filesMin: 5,
  async run(root: string): Promise<StepResult> {
    const copy = copyRepository();
    try {
      const results: StepResult[] = [];
      for (const one of GENERATED) results.push(await compare(root, copy, one));
      return {
        files: results.reduce((sum, { files }) => sum + files, 0),
        faults: results.flatMap(({ faults }) => faults),
      };
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  },
};

/** Writes what `one` generates into `root`; a sentence when that fails. */
export async function generate(root: string, one: Generated): Promise<string | undefined> {
  if (!existsSync(join(root, one.needs))) return `${one.what}: ${one.needs} is missing.`;
  for (const output of one.outputs) rmSync(join(root, output), { recursive: true, force: true });
  const [program, ...args] = one.command;
  const { status, stdout, stderr } = await runTool(root, program, args);
  return status === 0 ? undefined : `${one.what}: ${one.command.join(' ')} failed: ${stdout}${stderr}`.trim();
}

async function compare(root: string, copy: string, one: Generated): Promise<StepResult> {
  const failure = await generate(copy, one);
  if (failure !== undefined) return { files: 0, faults: [failure] };
  const before = contents(root, one.outputs);
  const after = contents(copy, one.outputs);
  const faults: string[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const had = before.get(path);
    const has = after.get(path);
    if (has === undefined) faults.push(`${path} is generated no longer; delete it.`);
    else if (had === undefined) faults.push(`${path} is generated but missing; run npm run generate.`);
    else if (!had.equals(has)) faults.push(`${path} is stale; run npm run generate.`);
  }
  if (after.size === 0) faults.push(`${one.what}: ${one.command.join(' ')} wrote nothing.`);
  return { files: before.size, faults };
}

function contents(root: string, outputs: readonly string[]): Map<string, Buffer> {
  const paths = listFiles(root).filter((path) =>
    outputs.some((output) => path === output || path.startsWith(`${output}/`)),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(root, path))]));
}
