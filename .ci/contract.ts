import { listFiles } from './repository.ts';
import { runTool, type Step } from './step.ts';

/** The contract of the last release, as `npm run release:contract` wrote it: proto/released/<version>.binpb.gz. */
const RELEASED = /^proto\/released\//;

/** The contract is written as we write contracts, and takes back nothing of the last release's. */
export const contract: Step = {
  name: 'contract',
  filesMin: 5,
  async run(root) {
    const paths = listFiles(root);
    const released = paths.filter((path) => RELEASED.test(path));
    const faults: string[] = [];
    if (released.length !== 1)
      faults.push(`proto/released holds ${released.length} files, not the last release's contract alone.`);
    for (const args of [
      ['lint'],
      ['format', '--diff', '--exit-code', '--path', 'proto/attune'],
      ...released.map((image) => ['breaking', '--against', image]),
    ]) {
      const { status, stdout, stderr } = await runTool(root, 'buf', args);
      if (status !== 0) faults.push(`buf ${args[0]}: ${stdout}${stderr}`.trim());
    }
    return { files: paths.filter((path) => /^proto\/attune\/.*\.proto$/.test(path)).length, faults };
  },
};
