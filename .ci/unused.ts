import { runTool, type Step, type StepResult } from './step.ts';

/**
 * Looks twice: at the whole tree, and at what ships alone (knip's production mode: only the patterns of knip.json that
 * end in `!`), where a file or an export that only tests, benches and generators use has no user.
 */
export const unused: Step = {
  name: 'unused',
  filesMin: 150,
  async run(root) {
    const whole = await knip(root);
    const product = await knip(root, '--production');
    return {
      files: Math.min(whole.files, product.files),
      faults: [...whole.faults, ...product.faults.filter((fault) => !whole.faults.includes(fault))],
    };
  },
};

async function knip(root: string, ...mode: readonly string[]): Promise<StepResult> {
  const { stdout, stderr } = await runTool(root, 'knip', [...mode, '--reporter', './.ci/unused-report.ts']);
  const report = stdout.split('\n').find((line) => line.startsWith('{"files"'));
  if (report === undefined) return { files: 0, faults: [`knip failed: ${stdout}${stderr}`] };
  return JSON.parse(report) as StepResult;
}
