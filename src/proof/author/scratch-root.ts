import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** What a reader has before them: a folder with the repository's policies and scenarios, to write beside. */
export class ScratchRoot {
  readonly path = mkdtempSync(join(tmpdir(), 'attune-author-'));

  constructor() {
    for (const folder of ['policies', 'scenarios'])
      cpSync(join(REPOSITORY, folder), join(this.path, folder), { recursive: true });
    symlinkSync(join(REPOSITORY, 'models'), join(this.path, 'models'));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
