import { contract } from './contract.ts';
import { fileLength } from './file-length.ts';
import { generated } from './generated.ts';
import { purity } from './purity.ts';
import { runTool, type Step, type StepResult } from './step.ts';
import { tidy } from './tidy.ts';
import { unused } from './unused.ts';
import { words } from './words.ts';

interface BiomeReport {
  readonly summary: { readonly changed: number; readonly unchanged: number };
  readonly diagnostics: readonly {
    readonly severity: string;
    readonly category: string;
    readonly message: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
}

async function biome(root: string, ...args: readonly string[]): Promise<StepResult> {
  const { stdout, stderr } = await runTool(root, 'biome', [
    ...args,
    '--reporter=json',
    '--max-diagnostics=1000',
    '.',
  ]);
  if (!stdout.startsWith('{')) return { files: 0, faults: [`biome failed: ${stdout}${stderr}`] };
  const { summary, diagnostics } = JSON.parse(stdout) as BiomeReport;
  return {
    files: summary.changed + summary.unchanged,
    faults: diagnostics
      .filter(({ severity }) => severity !== 'information' && severity !== 'info')
      .map(({ category, message, location: { path, start } }) =>
        category === 'format'
          ? `${path} is not formatted; run npm run format.`
          : `${path}:${start.line} ${message} (${category})`,
      ),
  };
}

const format: Step = { name: 'format', filesMin: 150, run: (root) => biome(root, 'format') };

const lint: Step = { name: 'lint', filesMin: 150, run: (root) => biome(root, 'lint', '--error-on-warnings') };

const types: Step = {
  name: 'types',
  filesMin: 150,
  async run(root) {
    const { stdout } = await runTool(root, 'tsc', [
      '--noEmit',
      '--pretty',
      'false',
      '--listFiles',
      '-p',
      '.',
    ]);
    const lines = stdout.split('\n');
    const files = lines.filter((line) => line.endsWith('.ts') && !line.includes('/node_modules/')).length;
    const faults = lines.filter((line) => /\berror TS\d+/.test(line));
    return { files, faults };
  },
};

interface RoomsReport {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

const rooms: Step = {
  name: 'rooms',
  filesMin: 150,
  async run(root) {
    const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', '.ci'];
    const { stdout, stderr } = await runTool(root, 'depcruise', args);
    if (!stdout.startsWith('{'))
      return { files: 0, faults: [`dependency-cruiser failed: ${stdout}${stderr}`] };
    const report = JSON.parse(stdout) as RoomsReport;
    return {
      files: report.modules.filter(({ source }) => /^(src|\.ci)\/.*\.ts$/.test(source)).length,
      faults: report.summary.violations.map(
        ({ from, to, rule }) => `${from} may not import ${to} (${rule.name}).`,
      ),
    };
  },
};

/** In the order in which they are cheap. */
export const STEPS: readonly Step[] = [
  format,
  lint,
  tidy,
  words,
  fileLength,
  purity,
  rooms,
  types,
  unused,
  contract,
  generated,
];
