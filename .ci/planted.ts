import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { copyRepository, readText } from './repository.ts';
import { faultsOf } from './step.ts';
import { STEPS } from './steps.ts';

/** A fault put into a copy of the repository, and the words by which its step must report it. */
interface Planted {
  readonly step: string;
  readonly path: string;
  readonly text: string;
  /** Added to a file that is there, not written as a new one. */
  readonly append?: true;
  /** What `text` takes the place of, in a file that is there. */
  readonly instead?: string;
  /** Words of one fault: the file, and what is wrong where the step says so. */
  readonly reported: readonly string[];
}

const NAME = 'planted';

const PLANTED: readonly Planted[] = [
  plant('format', 'src/base/planted-format.ts', 'export   const spaced = 1\n', []),
  plant(
    'lint',
    'src/base/planted-lint.ts',
    'export function loose(a: number): unknown {\n  return a == 1;\n}\n',
    ['noDoubleEquals'],
  ),
  plant(
    'lint',
    'src/base/planted-promise.ts',
    'async function late(): Promise<void> {}\nexport function forget(): void {\n  late();\n}\n',
    ['noFloatingPromises'],
  ),
  plant('types', 'src/base/planted-types.ts', "export const count: number = 'one';\n", ['TS2322']),
  imports('room-base', 'src/base/planted-room.ts', '../core/channel.ts'),
  imports('room-config', 'src/config/planted-room.ts', '../port/fact-log.ts'),
  imports('room-gen', 'src/gen/planted-room.ts', '../core/channel.ts'),
  imports('room-core', 'src/core/planted-room.ts', '../port/fact-log.ts'),
  imports('room-codec', 'src/codec/planted-room.ts', '../port/fact-log.ts'),
  imports('room-port', 'src/port/planted-room.ts', '../config/limits.ts'),
  imports('room-policy', 'src/policy/planted-room.ts', '../port/fact-log.ts'),
  imports('room-runtime', 'src/runtime/planted-room.ts', '../policy/duration.ts'),
  imports('room-cluster', 'src/cluster/planted-room.ts', '../policy/duration.ts'),
  imports('room-adapter', 'src/adapter/memory/planted-room.ts', '../../runtime/planted-target.ts'),
  imports('room-rpc', 'src/rpc/planted-room.ts', '../runtime/planted-target.ts'),
  imports('room-client', 'src/client/planted-room.ts', '../core/channel.ts'),
  imports('room-world', 'src/world/planted-room.ts', '../runtime/planted-target.ts'),
  imports('room-node', 'src/node/planted-room.ts', '../world/planted-target.ts'),
  imports('room-audit', 'src/audit/planted-room.ts', '../world/planted-target.ts'),
  imports('room-scenario', 'src/scenario/planted-room.ts', '../cli/planted-target.ts'),
  imports('room-training', 'src/training/planted-room.ts', '../cli/planted-target.ts'),
  imports('room-cli', 'src/cli/planted-room.ts', '../proof/planted-target.ts'),
  { ...imports('room-main', 'src/main.ts', './proof/planted-target.ts'), append: true },
  imports('adapter-sibling', 'src/adapter/memory/planted-sibling.ts', '../planted/planted-target.ts'),
  imports('unknown-room', 'src/planted/planted-room.ts', '../base/clock.ts'),
  imports('test-imported', 'src/base/planted-test.ts', './heap.test.ts'),
  imports('no-cycle', 'src/base/planted-cycle.ts', './planted-cycle-back.ts'),
  plant(
    'rooms',
    'src/base/planted-type-cycle.ts',
    "import type { Back } from './planted-type-back.ts';\nexport type Forth = Back | 1;\n",
    ['no-cycle', 'planted-type-cycle'],
  ),
  imports('no-unresolved', 'src/base/planted-missing.ts', './planted-nowhere.ts'),
  ...['base', 'core', 'port', 'config'].map((room) =>
    imports(`pure-${room}`, `src/${room}/planted-node.ts`, 'node:fs'),
  ),
  ...[
    ...['lmdb', 'onnxruntime-node', 'prom-client', '@grpc/grpc-js', '@nats-io/kv', 'ioredis'],
    ...['commander', '@marcbachmann/cel-js', 'yaml', 'zod', 'liquidjs'],
  ].map((driver, i) =>
    imports(
      `driver-${driver.replace(/\/(grpc-js|kv)$/, '').replace(/[@/]/g, '')}`,
      `src/runtime/planted-driver-${i}.ts`,
      driver,
    ),
  ),
  imports('dev-dependency', 'src/codec/planted-dev.ts', 'fast-check'),
  ...(
    [
      ['date', 'export const now = (): number => new Date().getTime();', 'Date'],
      ['chance', 'export const draw = (): number => Math.random();', 'Math.random'],
      ['async', 'export async function wait(): Promise<void> {}', 'async'],
      ['process', 'export const mode = process.env.MODE;', 'process'],
      ['intl', "export const lower = (a: string): string => a.toLocaleLowerCase('tr');", 'toLocaleLowerCase'],
      ['console', "console.log('here');", 'console'],
      ['import', "export const load = () => import('node:fs');", 'imports'],
      ['node', "import 'node:fs';", 'node:fs'],
    ] as const
  ).map(([name, line, word]) => plant('purity', `src/core/planted-${name}.ts`, `${line}\n`, [word])),
  plant('unused', 'src/base/planted-unused.ts', 'export const nobody = 1;\n', []),
  {
    ...plant(
      'unused',
      'src/base/result.ts',
      '\nexport function plantedUnused(): number {\n  return 1;\n}\n',
      ['plantedUnused'],
    ),
    append: true,
  },
  plant('unused', 'src/base/planted-tested.ts', 'export const tested = 1;\n', ['the file']),
  {
    ...plant('unused', 'src/base/clock.ts', '\nexport const plantedTested = 1;\n', ['plantedTested']),
    append: true,
  },
  plant('file length', 'src/base/planted-long.test.ts', `${'export {};\n'.repeat(501)}`, ['501 lines']),
  plant('file length', 'src/base/planted-long.ts', `${'export {};\n'.repeat(301)}`, ['301 lines']),
  plant('tidy', 'src/base/planted-helpers/utils.ts', 'export {};\n', ['utils']),
  plant('tidy', 'src/base/planted-only.test.ts', "test.only('one', () => {});\n", ['one test only']),
  plant('tidy', 'src/base/planted-skip.test.ts', "test.skip('one', () => {});\n", ['skips']),
  plant('tidy', 'src/base/planted-path.ts', `export const data = '/${'root'}/data';\n`, ['one machine']),
  plant('tidy', 'planted-top.txt', 'x\n', ['top-level']),
  plant('tidy', 'src/base/plantedCase.ts', 'export {};\n', ['kebab-case']),
  plant('tidy', 'src/base/planted-registry.ts', `// https://registry.${'npmjs'}.org\n`, ['a registry']),
  plant('tidy', 'src/base/planted-author.ts', `// see issue ${7}\n`, ['how it was written']),
  plant('tidy', 'src/base/planted-page.ts', `// see ${'NOWHERE'}.md\n`, ['not in the repository']),
  plant('tidy', 'src/base/planted-large.ts', `// ${'x'.repeat(1_048_576)}\n`, ['1 MiB']),
  { ...plant('tidy', 'package-lock.json', '"resolved": "x"\n', ['resolved']), append: true },
  plant('words', 'src/base/planted-pronoun.ts', '/** Whether she may be asked. */\nexport const may = 1;\n', [
    'says "she"',
  ]),
  plant('words', 'src/base/planted-old-name.ts', 'export class Residents {}\n', ['ActorCache']),
  plant('words', 'src/base/planted-twice.ts', 'export function assert(): void {}\n', ['assert is exported']),
  plant('contract', 'proto/attune/v1/planted.proto', 'syntax = "proto3";\npackage wrong;\n', []),
  {
    ...plant('contract', 'proto/attune/v1/value.proto', '', ['buf breaking', 'deleted']),
    instead: '  string message = 4;\n',
  },
  {
    ...plant('generated', 'src/gen/attune/v1/decision_pb.ts', '// planted\n', ['stale']),
    append: true,
  },
  plant('generated', 'src/gen/attune/v1/planted_pb.ts', 'export {};\n', ['no longer']),
  ...['policies/schema/actions.json', 'scenarios/scenario.schema.json'].map((path) => ({
    ...plant('generated', path, '\n', ['stale']),
    append: true as const,
  })),
];

/** Files that planted faults need beside them: an import's target, so that it is refused for its room alone; a user. */
const TARGETS: Readonly<Record<string, string>> = {
  'src/runtime/planted-target.ts': 'export const target = 1;\n',
  'src/world/planted-target.ts': 'export const target = 1;\n',
  'src/cli/planted-target.ts': 'export const target = 1;\n',
  'src/proof/planted-target.ts': 'export const target = 1;\n',
  'src/adapter/planted/planted-target.ts': 'export const target = 1;\n',
  'src/base/planted-cycle-back.ts': "import './planted-cycle.ts';\nexport const back = 1;\n",
  'src/base/planted-type-back.ts':
    "import type { Forth } from './planted-type-cycle.ts';\nexport type Back = Forth | 2;\n",
  // The one user of what only a test uses.
  'src/base/planted-tested.test.ts':
    "import { plantedTested } from './clock.ts';\nimport { tested } from './planted-tested.ts';\nplantedTested + tested;\n",
};

export interface SelfTest {
  readonly planted: number;
  /** One sentence for each planted fault that its step did not report. */
  readonly missed: readonly string[];
}

/**
 * Plants every fault in a copy of the repository and asks each step to find its own; then empties a copy and asks each
 * step to notice that it looked at too little.
 */
export async function selfTest(): Promise<SelfTest> {
  return withCopy(
    () => true,
    async (full) => {
      for (const [path, text] of Object.entries(TARGETS)) write(full, path, text);
      for (const planted of PLANTED) put(full, planted);
      const missed = [...unplantedRules(), ...(await missedIn(full))];
      const blind = await withCopy(outsideSource, missedWhenEmpty);
      return { planted: PLANTED.length + STEPS.length, missed: [...missed, ...blind] };
    },
  );
}

async function missedIn(root: string): Promise<string[]> {
  const missed: string[] = [];
  for (const step of STEPS) {
    const expected = PLANTED.filter((planted) => planted.step === step.name);
    if (expected.length === 0) missed.push(`${step.name} has no planted fault.`);
    const { faults } = await step.run(root);
    for (const { path, reported } of expected) {
      const words = [path.split('/').at(-1) ?? path, ...reported];
      if (!faults.some((fault) => words.every((word) => fault.includes(word)))) {
        missed.push(`${step.name} did not report ${path} (${words.join(', ')}).`);
      }
    }
  }
  return missed;
}

/** A rule of rooms that no fault is planted for may hold for no file at all. */
function unplantedRules(): string[] {
  const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
    readonly forbidden: readonly { readonly name: string }[];
  };
  const planted = new Set(PLANTED.filter(({ step }) => step === 'rooms').flatMap(({ reported }) => reported));
  return forbidden
    .filter(({ name }) => !planted.has(name))
    .map(({ name }) => `The rule ${name} has no planted fault.`);
}

async function missedWhenEmpty(root: string): Promise<string[]> {
  const missed: string[] = [];
  for (const step of STEPS) {
    const faults = faultsOf(step, await step.run(root));
    if (!faults.some((fault) => fault.includes('looked at'))) {
      missed.push(`${step.name} did not notice that nearly everything is gone.`);
    }
  }
  return missed;
}

function outsideSource(path: string): boolean {
  return !/^(src|proto|scenarios|policies)\//.test(path) || path === 'src/base/result.ts';
}

async function withCopy<T>(keep: (path: string) => boolean, use: (root: string) => Promise<T>): Promise<T> {
  const copy = copyRepository(keep);
  try {
    return await use(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function plant(step: string, path: string, text: string, reported: readonly string[]): Planted {
  return { step, path, text, reported };
}

function imports(rule: string, path: string, target: string): Planted {
  return plant('rooms', path, `import '${target}';\nexport const ${NAME} = 1;\n`, [rule]);
}

function put(root: string, { path, text, append, instead }: Planted): void {
  if (instead === undefined) {
    (append ? appendTo : write)(root, path, text);
    return;
  }
  const whole = readText(root, path);
  if (!whole.includes(instead)) throw new Error(`nothing to plant a fault at: ${path} has no ${instead}`);
  write(root, path, whole.replace(instead, text));
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function appendTo(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  appendFileSync(join(root, path), text);
}
