import { FACT_KIND } from './fact-kind.ts';
import { GUARDRAIL } from './guardrail.ts';
import { POLICY_KEY } from './policy-key.ts';
import type { Recipe } from './recipe.ts';
import { RPC } from './rpc.ts';
import { TRAIT } from './trait.ts';

/** The recipes of ARCHITECTURE.md that are followed by script. */
export const RECIPES: readonly Recipe[] = [FACT_KIND, GUARDRAIL, TRAIT, POLICY_KEY, RPC];
