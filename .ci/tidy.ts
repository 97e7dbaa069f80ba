import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { listFiles, readText } from './repository.ts';
import type { Step, StepResult } from './step.ts';

const FILE_BYTES_MAX = 1_048_576;
const NAMES_FORBIDDEN = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'misc', 'index']);
const TOP_LEVEL =
  'proto src models loadtest deploy docs policies scenarios .ci .github README.md ARCHITECTURE.md BENCHMARKS.md ' +
  'CONTRIBUTING.md CHANGELOG.md LICENSE package.json package-lock.json tsconfig.json biome.json knip.json vitest.config.ts buf.yaml ' +
  'buf.gen.yaml buf.lock .dependency-cruiser.cjs .gitignore .gitattributes .npmrc .dockerignore .editorconfig';

/** Files of others, kept byte for byte. */
const FOREIGN = /^(proto\/(buf|google)\/|src\/gen\/|LICENSE$)/;

/** Rules of the whole tree that no other tool knows. */
export const tidy: Step = {
  name: 'tidy',
  filesMin: 150,
  run(root: string): StepResult {
    const paths = listFiles(root);
    const known = new Set(paths.map((path) => basename(path)));
    return { files: paths.length, faults: paths.flatMap((path) => faultsOfFile(root, path, known)) };
  },
};

function faultsOfFile(root: string, path: string, known: ReadonlySet<string>): string[] {
  const faults = faultsOfName(path);
  const size = statSync(join(root, path)).size;
  if (size > FILE_BYTES_MAX) faults.push(`${path} has ${size} bytes, more than 1 MiB.`);
  if (FOREIGN.test(path)) return faults;
  const text = readText(root, path);
  if (text.includes('\0')) return faults;
  const lines = text.split('\n');
  lines.forEach((line, at) => {
    for (const what of faultsOfLine(path, line, lines[at - 1] ?? '', known)) {
      faults.push(`${path}:${at + 1} ${what}.`);
    }
  });
  return faults;
}

function faultsOfName(path: string): string[] {
  const faults: string[] = [];
  const top = path.split('/')[0] ?? path;
  if (!TOP_LEVEL.split(' ').includes(top))
    faults.push(`${path} starts a top-level entry that is not agreed.`);
  const folders = path.split('/').slice(0, -1);
  const name = basename(path);
  if (path.startsWith('src/') && !path.startsWith('src/gen/')) {
    const stem = name.split('.')[0] ?? name;
    const vague = [...folders, stem].find((word) => NAMES_FORBIDDEN.has(word));
    if (vague !== undefined)
      faults.push(`${path} is named "${vague}", which says nothing of what is inside.`);
    if (name.endsWith('.ts') && !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.ts$/.test(name)) {
      faults.push(`${path} is not in kebab-case.`);
    }
  }
  return faults;
}

// The words are put together here, so that this file does not find itself.
const MACHINE_PATH = /(^|[\s"'`(=:])\/(work|root|home|Users|tmp)\//;
const REGISTRY = new RegExp(['registry', 'npmjs'].join(String.raw`\.`));
const AUTHORING = new RegExp(
  `\\b(${['Clau' + 'de', 'Anthro' + 'pic', 'Chat' + 'GPT', 'issue #?\\d+'].join('|')})\\b`,
);

function faultsOfLine(path: string, line: string, above: string, known: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  if (path === 'package-lock.json') {
    if (line.includes('"resolved"')) faults.push('keeps a resolved address');
    return faults;
  }
  if (MACHINE_PATH.test(line)) faults.push('names a path of one machine');
  if (REGISTRY.test(line)) faults.push('names a registry');
  if (AUTHORING.test(line)) faults.push('speaks of how it was written, not of what it does');
  for (const [document] of line.matchAll(/\b[A-Z]{3,}\.md\b/g)) {
    if (!known.has(document)) faults.push(`refers to ${document}, which is not in the repository`);
  }
  if (path.endsWith('.ts')) faults.push(...faultsOfTest(path, line, above));
  return faults;
}

function faultsOfTest(path: string, line: string, above: string): string[] {
  if (!path.endsWith('.test.ts') && !path.endsWith('.contract.ts')) return [];
  if (/\b(test|it|describe|suite)\.only\b/.test(line)) return ['runs one test only'];
  const skips = /\b(test|it|describe|suite)\.(skip|todo|skipIf|runIf|fails)\b/.test(line);
  if (skips && !/\/\/ Skipped because \S+/.test(`${above}\n${line}`)) {
    return ['skips a test without "// Skipped because …" on the line above'];
  }
  return [];
}
