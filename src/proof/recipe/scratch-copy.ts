import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyRepository } from '../../../.ci/repository.ts';
import { runTool } from '../../../.ci/step.ts';
import { applyEdits } from './apply-edits.ts';
import type { Recipe, RecipeFile } from './recipe.ts';

/**
 * A copy of the repository in which recipes are followed, one after the other. Every file of a recipe has two texts:
 * as it was before, and as the recipe leaves it; `undefined` means that there is no such file.
 */
export class ScratchCopy {
  readonly root = copyRepository();
  readonly #before = new Map<string, string | undefined>();
  readonly #followed = new Map<string, string | undefined>();

  /** Writes every file of the recipe, then runs `npm run generate` where one of them is generated. */
  async follow(recipe: Recipe): Promise<void> {
    this.#before.clear();
    this.#followed.clear();
    const byHand = recipe.files.filter((file) => file.kind !== 'generated');
    for (const { path } of recipe.files) this.#before.set(path, this.#read(path));
    for (const file of byHand) this.#write(file.path, this.#textOf(file));
    if (byHand.length < recipe.files.length) await this.#generate();
    for (const { path } of recipe.files) this.#followed.set(path, this.#read(path));
  }

  /** Gives one file back the text from before the recipe. */
  forget(path: string): void {
    this.#write(path, this.#before.get(path));
  }

  /** Takes `forget` back. */
  remember(path: string): void {
    this.#write(path, this.#followed.get(path));
  }

  /** Gives all files back their text from before the recipe. */
  undo(): void {
    for (const path of this.#before.keys()) this.forget(path);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #textOf(file: Exclude<RecipeFile, { kind: 'generated' }>): string {
    const before = this.#before.get(file.path);
    if (file.kind === 'new') {
      if (before !== undefined) throw new Error(`The recipe is stale: ${file.path} is there already.`);
      return file.text;
    }
    if (before === undefined) throw new Error(`The recipe is stale: there is no ${file.path}.`);
    return applyEdits(file.path, before, file.edits);
  }

  async #generate(): Promise<void> {
    const { status, stdout, stderr } = await runTool(this.root, 'node', ['.ci/generate.ts']);
    if (status !== 0) throw new Error(`npm run generate failed in the copy: ${stdout}${stderr}`);
  }

  #read(path: string): string | undefined {
    try {
      return readFileSync(join(this.root, path), 'utf8');
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw fault;
    }
  }

  #write(path: string, text: string | undefined): void {
    const file = join(this.root, path);
    if (text === undefined) rmSync(file, { force: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}
