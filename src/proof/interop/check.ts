/** What one client was seen to do, or not. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen in its place; empty when it holds. */
  readonly why: string;
}

/** Of what was seen, as much as tells what happened. */
const WHY_KEPT = 1_500;

/** Each by the name under which it is reported; one fails by throwing. */
export type Checks = Readonly<Record<string, () => Promise<void>>>;

/** Runs the checks one after the other; one that fails does not keep the others from running. */
export async function runChecks(checks: Checks): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      results.push({ name, ok: true, why: '' });
    } catch (fault) {
      const why = fault instanceof Error ? fault.message : String(fault);
      results.push({ name, ok: false, why: why.slice(0, WHY_KEPT) });
    }
  }
  return results;
}

/** Throws with what was seen. */
export function expect(holds: boolean, seen: unknown): asserts holds {
  if (!holds) throw new Error(typeof seen === 'string' ? seen : JSON.stringify(seen));
}

/**
 * The checks that a program printed, one JSON line each, among whatever else it says. A program that says too few has
 * failed as a whole, whatever its exit code.
 */
export function checksPrinted(
  { code, stdout, stderr }: { readonly code: number; readonly stdout: string; readonly stderr: string },
  checksMin: number,
): CheckResult[] {
  const results = `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line.startsWith('{"name":'))
    .map((line) => JSON.parse(line) as CheckResult);
  if (code === 0 && results.length >= checksMin) return results;
  const why = `ended with ${code} after ${results.length} of ${checksMin} checks: ${stderr.slice(-WHY_KEPT)}`;
  return [...results, { name: 'ran to its end', ok: false, why }];
}
