import { isTest, readText, sourceFiles } from './repository.ts';
import type { Step, StepResult } from './step.ts';

const CODE_LINES_MAX = 300;
const TEST_LINES_MAX = 500;

/**
 * A file says one thing. Longer than 300 lines (a test: 500) it fails, unless a comment in it gives the reason:
 * `// Long because …`.
 */
export const fileLength: Step = {
  name: 'file length',
  filesMin: 150,
  run(root: string): StepResult {
    const paths = sourceFiles(root);
    return { files: paths.length, faults: paths.flatMap((path) => fault(path, readText(root, path))) };
  },
};

function fault(path: string, source: string): string[] {
  const lines = source.split('\n').length - 1;
  const max = isTest(path) ? TEST_LINES_MAX : CODE_LINES_MAX;
  if (lines <= max || /^\s*(\/\/|\*|\/\*\*) Long because \S+ \S+/m.test(source)) return [];
  return [`${path} has ${lines} lines, more than ${max}; divide it, or say "// Long because …" in it.`];
}
