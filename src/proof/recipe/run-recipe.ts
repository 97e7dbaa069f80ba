import { runTool } from '../../../.ci/step.ts';
import { type Alarm, alarmText, check, type Recipe, TYPES, test } from './recipe.ts';
import type { ScratchCopy } from './scratch-copy.ts';
import type { TypeChecker } from './type-checker.ts';

export interface RecipeResult {
  readonly name: string;
  readonly files: readonly string[];
  /** Types, tests and checks hold in the copy once the recipe was followed. */
  readonly greenAfter: boolean;
  /** Each file, left out alone, turns red what the recipe says. */
  readonly redWhenForgotten: boolean;
  /** What was not as it should be, a sentence each. */
  readonly faults: readonly string[];
}

export interface RecipeRun {
  readonly copy: ScratchCopy;
  readonly types: TypeChecker;
  readonly say: (line: string) => void;
}

/** Follows one recipe in the copy, looks at what it leaves, forgets each file once, and puts the copy back. */
export async function runRecipe(recipe: Recipe, run: RecipeRun): Promise<RecipeResult> {
  const files = recipe.files.map(({ path }) => path);
  try {
    await run.copy.follow(recipe);
    const red = await redAfter(recipe, run);
    const missed = red.length > 0 ? [] : await missedAlarms(recipe, run);
    const greenAfter = red.length === 0;
    const redWhenForgotten = greenAfter && missed.length === 0;
    return { name: recipe.name, files, greenAfter, redWhenForgotten, faults: [...red, ...missed] };
  } catch (fault) {
    const faults = [fault instanceof Error ? fault.message : String(fault)];
    return { name: recipe.name, files, greenAfter: false, redWhenForgotten: false, faults };
  } finally {
    run.copy.undo();
  }
}

async function redAfter(recipe: Recipe, run: RecipeRun): Promise<string[]> {
  const red: string[] = [];
  const written = recipe.files.filter(({ kind }) => kind !== 'generated').map(({ path }) => path);
  const { status, stdout, stderr } = await runTool(run.copy.root, 'biome', ['ci', ...written]);
  if (status !== 0) red.push(`Biome refuses what the recipe writes: ${stdout}${stderr}`);
  for (const alarm of alarmsOf(recipe)) {
    const why = await whyRed(alarm, recipe, run);
    run.say(`${recipe.name}: followed, ${alarmText(alarm)} is ${why === undefined ? 'green' : 'RED'}`);
    if (why !== undefined) red.push(`Once the recipe was followed, ${alarmText(alarm)} is red: ${why}`);
  }
  return red;
}

async function missedAlarms(recipe: Recipe, run: RecipeRun): Promise<string[]> {
  const missed: string[] = [];
  for (const { path, forgotten } of recipe.files) {
    run.copy.forget(path);
    const why = await whyRed(forgotten, recipe, run);
    run.copy.remember(path);
    run.say(
      `${recipe.name}: without ${path}, ${alarmText(forgotten)} is ${why === undefined ? 'GREEN' : 'red'}`,
    );
    if (why === undefined) missed.push(`Without ${path} ${alarmText(forgotten)} is still green.`);
  }
  return missed;
}

/** All that must be silent once the recipe was followed, each once. */
function alarmsOf(recipe: Recipe): Alarm[] {
  const alarms = [
    TYPES,
    ...(recipe.checks ?? []).map(check),
    ...recipe.tests.map(test),
    ...recipe.files.map(({ forgotten }) => forgotten),
  ];
  return [...new Map(alarms.map((alarm) => [alarmText(alarm), alarm])).values()];
}

/** What the alarm says; undefined when it is silent. */
async function whyRed(alarm: Alarm, recipe: Recipe, { copy, types }: RecipeRun): Promise<string | undefined> {
  if (alarm.kind === 'types') return types.firstError(recipe.files.map(({ path }) => path));
  const { status, stdout, stderr } =
    alarm.kind === 'test'
      ? await runTool(copy.root, 'vitest', ['run', alarm.path])
      : await runTool(copy.root, 'node', ['.ci/check.ts', alarm.step]);
  return status === 0 ? undefined : `${stdout}${stderr}`.trim().slice(-1_500);
}
