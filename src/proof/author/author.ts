import { EXIT } from '../../node/command/command-line.ts';
import { commit, machine } from '../../node/command/machine.ts';
import { NodePool } from '../../scenario/virtual/node-pool.ts';
import { runGuide } from './run-guide.ts';
import { runPlanted } from './run-planted.ts';
import { runShops } from './run-shops.ts';

/** `npm run author`: exit code 1 when a shop, a lint or an example does not hold. */
export async function author(flags: { readonly json?: boolean }): Promise<void> {
  const began = performance.now();
  const { shops, sentences } = await runShops();
  const { lints, sentences: missed } = runPlanted();
  const pool = new NodePool({ warm: 1, spare: false });
  const guide = await runGuide(pool).finally(() => pool.close());
  const said = [...sentences, ...missed, ...guide.sentences];
  const report = {
    shops,
    lints,
    guidePages: guide.pages,
    guideExamples: guide.run,
    failed: guide.failed,
    sentences: said,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    machine: machine(),
    commit: commit(),
  };
  if (flags.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    for (const shop of shops)
      process.stdout.write(
        `${shop.name}: ${shop.faults} faults, ${shop.warnings} warnings, ${shop.stories} stories, ${shop.failed} failed\n`,
      );
    for (const { name, planted, found } of lints)
      process.stdout.write(`${name}: ${found} of ${planted} planted faults found\n`);
    process.stdout.write(`guide: ${guide.run} examples on ${guide.pages} pages, ${guide.failed} failed\n`);
    for (const sentence of said) process.stdout.write(`${sentence}\n`);
  }
  if (said.length > 0) process.exitCode = EXIT.found;
}
