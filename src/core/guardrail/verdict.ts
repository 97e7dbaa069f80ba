import { type Reason, type ReasonCode, reasonCode } from '../reason.ts';

/** What a guardrail found: filled in place, because one is asked for every candidate. `code` 0 lets the candidate pass. */
export class Verdict {
  code: ReasonCode = 0;
  value = 0;
  limit = 0;
  ref = '';

  pass(): void {
    this.code = 0;
    this.value = 0;
    this.limit = 0;
    this.ref = '';
  }

  /** Always true, so that a guardrail reads `return verdict.block(…)`. */
  block(code: ReasonCode, value: number, limit: number, ref: string): true {
    this.code = code;
    this.value = value;
    this.limit = limit;
    this.ref = ref;
    return true;
  }

  /** Blocks for what another verdict blocks for; false, and nothing changes, when that one lets pass. */
  adopt(found: Verdict): boolean {
    if (found.code === 0) return false;
    this.copy(found);
    return true;
  }

  copy(from: Verdict): void {
    this.code = from.code;
    this.value = from.value;
    this.limit = from.limit;
    this.ref = from.ref;
  }
}

/** The codes by name, looked up once. */
export function codes<const Names extends readonly Reason[]>(
  ...names: Names
): { readonly [K in Names[number]]: ReasonCode } {
  return Object.fromEntries(names.map((name) => [name, reasonCode(name)])) as {
    [K in Names[number]]: ReasonCode;
  };
}
