/**
 * `npm run -s recipe -- --json [--only NAME]`: follows the recipes of ARCHITECTURE.md in a copy of the repository. One JSON
 * object on stdout, progress on stderr; exit code 1 when a recipe leaves something red or a forgotten file is not noticed.
 */
import { parseArgs } from 'node:util';
import { RECIPES } from './recipes.ts';
import { type RecipeResult, runRecipe } from './run-recipe.ts';
import { ScratchCopy } from './scratch-copy.ts';
import { TypeChecker } from './type-checker.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } });
const chosen = RECIPES.filter(({ name }) => values.only === undefined || values.only === name);
if (chosen.length === 0) {
  console.error(
    `There is no recipe ${values.only}. There are: ${RECIPES.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}

const began = performance.now();
const seconds = (): string => ((performance.now() - began) / 1_000).toFixed(0).padStart(4);
const copy = new ScratchCopy();
const recipes: RecipeResult[] = [];
try {
  const types = new TypeChecker(copy.root);
  const say = (line: string): void => console.error(`${seconds()} s  ${line}`);
  for (const recipe of chosen) recipes.push(await runRecipe(recipe, { copy, types, say }));
} finally {
  copy.remove();
}
if (values.json) console.log(JSON.stringify({ recipes }));
else
  for (const { name, faults } of recipes)
    console.log(faults.length === 0 ? `${name}: holds` : faults.join('\n'));
if (recipes.some(({ greenAfter, redWhenForgotten }) => !greenAfter || !redWhenForgotten))
  process.exitCode = 1;
