/** The shops that were written from the guide: their policies without a fault or warning, and their stories. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { renderFault } from '../../core/policy/policy-fault.ts';
import { renderWarning } from '../../core/policy/policy-warning.ts';
import { policyWarnings } from '../../policy/lint/policy-warnings.ts';
import { parsePolicyDirectory } from '../../policy/policy-directory.ts';
import {
  failureText,
  faultLines,
  readScenarios,
  runScenarios,
  scenarioPaths,
} from '../../scenario/run-files.ts';
import { REPOSITORY } from './scratch-root.ts';

const SHOPS = 'src/proof/author/shops';

export interface ShopReport {
  readonly name: string;
  readonly faults: number;
  readonly warnings: number;
  readonly stories: number;
  readonly failed: number;
}

/** Every shop with what is wrong with it in sentences. */
export async function runShops(): Promise<{ shops: ShopReport[]; sentences: string[] }> {
  const shops: ShopReport[] = [];
  const sentences: string[] = [];
  for (const name of readdirSync(join(REPOSITORY, SHOPS)).sort()) {
    const { report, sentences: found } = await runShop(name);
    shops.push(report);
    sentences.push(...found);
  }
  return { shops, sentences };
}

async function runShop(name: string): Promise<{ report: ShopReport; sentences: string[] }> {
  const folder = join(REPOSITORY, SHOPS, name);
  // A shop without a policy of its own lives by the starter.
  const own = join(folder, 'policy');
  const policyDir = existsSync(own) ? own : join(REPOSITORY, 'policies/starter');
  const parsed = parsePolicyDirectory(policyDir);
  const policyFaults = parsed.ok ? [] : parsed.faults;
  const warnings = parsed.ok ? policyWarnings(parsed, undefined).map(renderWarning) : [];
  const { scenarios, faults } = readScenarios(scenarioPaths([join(folder, 'stories')]), REPOSITORY);
  const results = await runScenarios(scenarios, REPOSITORY, () => {});
  const failed = results.filter(({ ok }) => !ok);
  return {
    report: {
      name,
      faults: policyFaults.length + faults.length,
      warnings: warnings.length,
      stories: results.length,
      failed: failed.length,
    },
    sentences: [
      ...policyFaults.map(renderFault),
      ...warnings,
      ...faultLines(faults),
      ...failed.flatMap(failureText),
    ],
  };
}
