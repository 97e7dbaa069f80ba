import type { UpsertResult } from '../../gen/attune/v1/catalog_pb.ts';
import { type Complaint, complaint, failOn } from '../expect/failure.ts';
import { matchViolations } from '../expect/match-refusal.ts';
import type { CatalogStep } from '../file/shape-steps.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { productInit } from './wire-event.ts';

export async function runCatalogStep(run: ScenarioRun, step: CatalogStep): Promise<void> {
  const ids = Object.keys(step.products);
  if (ids.length === 0) return;
  const results = await run.client.upsertProducts(ids.map((id) => productInit(id, step.products[id] ?? {})));
  const refused = step.expect?.refused ?? {};
  const complaints: Complaint[] = [];
  for (const [at, id] of ids.entries()) {
    const result = results[at];
    run.timeline.add(run.now, `catalogue: ${id}: ${resultText(result)}`);
    const expected = refused[id];
    if (result?.accepted === (expected === undefined)) {
      if (expected !== undefined) complaints.push(...matchViolations(expected, result.violations, ''));
    } else
      complaints.push(
        complaint(`${id} to be ${expected === undefined ? 'accepted' : 'refused'}`, resultText(result)),
      );
  }
  failOn(complaints);
  await run.untilQuiet();
}

function resultText(result: UpsertResult | undefined): string {
  if (result?.accepted === true) return 'accepted';
  return `refused (${result?.violations.map((one) => `${one.field} ${one.message}`).join('; ') ?? 'no result'})`;
}
