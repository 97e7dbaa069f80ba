import type { Edit } from './recipe.ts';

/** `text` with every edit made. Throws a sentence that names `path` and the anchor when one does not stand there exactly once. */
export function applyEdits(path: string, text: string, edits: readonly Edit[]): string {
  let edited = text;
  for (const { find, put } of edits) {
    const times = edited.split(find).length - 1;
    if (times !== 1)
      throw new Error(
        `The recipe is stale: ${path} holds its anchor ${times} times, not once: ${JSON.stringify(find)}.`,
      );
    edited = edited.replace(find, () => put);
  }
  return edited;
}
